// Call sites: who owns how much, as a tree of calling contexts.
//
//   start_kernel ------------------------------+- init ---        width: what the node and all below it account for
//     mm_init -----------+- fork_init ---        worker --
//       kmem_cache_init -     copy_process         kmalloc
//
// The numbers are those of `flagstone trace FILE owners` (kernel/trace/ask/owners.ts).
//
// CS1: the value of a node is its own and that of all its children.

import type { OwnerRow, OwnersSort } from "../../../kernel/trace/ask/owners";
import type { ContextTree } from "../../../kernel/trace/context-tree";

/** A node with what it and those below it account for. */
export interface CallSite {
	readonly node: number;
	readonly name: string;
	readonly own: number;
	readonly value: number;
	/** Largest first. */
	readonly children: readonly CallSite[];
}

/** The tree of the owners by call site. */
export function siteTree(
	rows: readonly OwnerRow[],
	measure: OwnersSort,
	contexts: ContextTree,
): CallSite {
	const own = new Map(rows.map((row) => [row.key, row[measure]]));
	const below = new Map<number, number[]>();
	const seen = new Set<number>([0]);
	const enter = (node: number): void => {
		if (seen.has(node)) return;
		seen.add(node);
		const parent = contexts.parent(node);
		const siblings = below.get(parent);
		if (siblings === undefined) below.set(parent, [node]);
		else siblings.push(node);
		enter(parent);
	};
	for (const node of own.keys()) enter(node);
	const build = (node: number): CallSite => {
		const children = (below.get(node) ?? [])
			.map(build)
			.sort((one, other) => other.value - one.value);
		const mine = own.get(node) ?? 0;
		const value = children.reduce((sum, child) => sum + child.value, mine);
		const name = node === 0 ? "all" : (contexts.name(node) ?? `${node}`);
		return { node, name, own: mine, value, children };
	};
	return build(0);
}
