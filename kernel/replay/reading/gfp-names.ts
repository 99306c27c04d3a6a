// What a trace says about the wanted memory, as a mask in our bits.
//
//   "GFP_KERNEL|__GFP_ZERO"  -> GFP_KERNEL | __GFP_ZERO
//   "0xcc0"                  -> the bits as they are (trace-cmd report -R)
//   "none" -> 0              "" -> -1: the recorder left it blank
//
// Names mean the same in all kernels, bits do not; so a name that this kernel does not know is left out of the mask and
// counted. Every different text is read once: afterwards its number finds its mask.

import { __GFP_HIGH, __GFP_KSWAPD_RECLAIM, GFP_FLAGS } from "../../../mm/gfp";
import { MORE, Names } from "./names";
import type { Window } from "./window";

const KNOWN_BITS = 0xffffff; // the flags of mm/gfp.ts
const BLANK = -1;
const BAR = "|";
const NUMBER = /^0x[0-9a-f]{1,8}$/i;

const UNKNOWN_MAX = 64; // names that are remembered for the report
const UNKNOWN = 2 ** 32; // more than any mask, and none of KNOWN_BITS

/** Names of other kernels for what this one has too. */
const OTHER_NAMES: ReadonlyMap<string, number> = new Map([
	["none", 0],
	["GFP_TEMPORARY", GFP_FLAGS.get("GFP_KERNEL") ?? 0],
	["__GFP_REPEAT", GFP_FLAGS.get("__GFP_RETRY_MAYFAIL") ?? 0],
	["__GFP_WAIT", GFP_FLAGS.get("__GFP_DIRECT_RECLAIM") ?? 0],
	["GFP_WAIT", GFP_FLAGS.get("__GFP_DIRECT_RECLAIM") ?? 0],
	["GFP_HIGH", __GFP_HIGH],
	["GFP_IO", GFP_FLAGS.get("__GFP_IO") ?? 0],
	["GFP_FS", GFP_FLAGS.get("__GFP_FS") ?? 0],
	["GFP_ZERO", GFP_FLAGS.get("__GFP_ZERO") ?? 0],
	["GFP_COMP", GFP_FLAGS.get("__GFP_COMP") ?? 0],
	["__GFP_DMA", GFP_FLAGS.get("GFP_DMA") ?? 0],
	["__GFP_DMA32", GFP_FLAGS.get("GFP_DMA32") ?? 0],
	["__GFP_KSWAPD", __GFP_KSWAPD_RECLAIM],
]);

/** Masks of the texts of one file. */
export class GfpNames {
	/** Events whose text held a name or bit that this kernel does not have. */
	unknownEvents = 0;
	/** Those names, each once, as far as there is room. */
	readonly unknownNames = new Set<string>();
	private readonly texts = new Names();
	private masks = new Int32Array(64);
	private isUnknown = new Uint8Array(64).fill(1, MORE, MORE + 1);
	private known = MORE + 1; // texts with a mask: numbers below this

	/** The mask of the text in [start .. end) of the window. */
	mask(window: Window, start: number, end: number): number {
		if (start === end) return BLANK;
		const id = this.texts.intern(window, start, end);
		if (id >= this.known) this.learn();
		this.unknownEvents += this.isUnknown[id] as number;
		return this.masks[id] as number;
	}

	/** Reads the texts that are new. */
	private learn(): void {
		if (this.texts.size > this.masks.length) this.grow();
		for (; this.known < this.texts.size; this.known++) this.read(this.known);
	}

	private read(id: number): void {
		let mask = 0;
		for (const part of this.texts.text(id).split(BAR)) {
			const bits = bitsOf(part);
			mask |= bits & KNOWN_BITS;
			if (bits >= 0 && bits <= KNOWN_BITS) continue;
			this.isUnknown[id] = 1;
			if (this.unknownNames.size < UNKNOWN_MAX) this.unknownNames.add(part);
		}
		this.masks[id] = mask;
	}

	private grow(): void {
		const length = this.masks.length * 2;
		const masks = new Int32Array(Math.max(length, this.texts.size));
		const isUnknown = new Uint8Array(masks.length);
		masks.set(this.masks);
		isUnknown.set(this.isUnknown);
		this.masks = masks;
		this.isUnknown = isUnknown;
	}
}

/** Bits of one name or number; a number is taken as it is, and UNKNOWN is above all. */
function bitsOf(part: string): number {
	const bits = GFP_FLAGS.get(part) ?? OTHER_NAMES.get(part);
	if (bits !== undefined) return bits;
	return NUMBER.test(part) ? Number(part) : UNKNOWN;
}
