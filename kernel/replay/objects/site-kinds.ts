// Kinds of call sites: what the place of an event tells of its CPU, looked up once and kept by its number.
//
//   rcu_do_batch, __d_free_external    a callback of RCU: the CPU's timer ticked, and a grace period is over
//   kfree_rcu_work                     the few that kfree_rcu had no page for go with events, behind their batch
//   mas_destroy                        what a request for nodes of a tree has left over goes back (node-requests.ts)
//   __mt_destroy                       the last node of a tree goes
//   getname_flags                      a system call begins: the CPU was in user mode, and whoever was woken before has run

import type { NameTexts } from "./attribution";
import { longer } from "./callers";

export const SITE_PLAIN = 0;
export const SITE_CALLBACK = 1;
export const SITE_RCU_WORK = 2;
export const SITE_ENTRY = 3;
export const SITE_NODE_BACK = 4;
export const SITE_TREE_END = 5;

const UNKNOWN = -1;

/** What is special about places. */
export class SiteKinds {
	private kinds: Int32Array = new Int32Array(64).fill(UNKNOWN);

	constructor(private readonly names: NameTexts) {}

	/** The kind of a place, a number of the reader's names. */
	of(site: number): number {
		if (site < 0) return SITE_PLAIN;
		const known = this.kinds[site];
		if (known !== undefined && known !== UNKNOWN) return known;
		if (site >= this.kinds.length)
			this.kinds = longer(this.kinds, 2 * site, UNKNOWN);
		const kind = kindOf(this.names.text(site));
		this.kinds[site] = kind;
		return kind;
	}
}

function kindOf(site: string): number {
	if (site.startsWith("rcu_do_batch+")) return SITE_CALLBACK;
	if (site.startsWith("__d_free_external+")) return SITE_CALLBACK;
	if (site.startsWith("kfree_rcu_work+")) return SITE_RCU_WORK;
	if (site.startsWith("getname_flags")) return SITE_ENTRY;
	if (site.startsWith("mas_destroy+")) return SITE_NODE_BACK;
	if (site.startsWith("__mt_destroy+")) return SITE_TREE_END;
	return SITE_PLAIN;
}
