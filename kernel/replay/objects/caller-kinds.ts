// Kinds of callers: what is special about each, looked up once and kept by its number.

import { KMALLOC, type KmemEvent } from "../reading/event";
import type { NameTexts } from "./attribution";
import { longer } from "./callers";
import { specialCaller } from "./special-callers";

const UNKNOWN = -1;
const FROM_KMALLOC = 0x100;

/** What is special about callers. */
export class CallerKinds {
	private kinds: Int32Array = new Int32Array(64).fill(UNKNOWN, 1); // caller 0 is plain

	constructor(private readonly names: NameTexts) {}

	/** The kind, a constant of special-callers.ts, of the caller of an allocation. */
	of(event: KmemEvent, caller: number): number {
		const known = this.kinds[caller];
		if (known !== undefined && known !== UNKNOWN) return known & ~FROM_KMALLOC;
		return this.learn(event, caller);
	}

	/** The kind of a caller that `of` was asked about before. */
	known(caller: number): number {
		return (this.kinds[caller] as number) & ~FROM_KMALLOC;
	}

	/** Whether a caller that `of` was asked about before calls kmalloc. */
	isKmalloc(caller: number): boolean {
		return ((this.kinds[caller] as number) & FROM_KMALLOC) !== 0;
	}

	private learn(event: KmemEvent, caller: number): number {
		if (caller >= this.kinds.length)
			this.kinds = longer(this.kinds, 2 * caller, UNKNOWN);
		const isKmalloc = event.kind === KMALLOC;
		const site = this.names.text(event.site);
		const kind = specialCaller(site, event.bytesAllocated, isKmalloc);
		this.kinds[caller] = isKmalloc ? kind | FROM_KMALLOC : kind;
		return kind;
	}
}
