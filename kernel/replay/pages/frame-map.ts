// Frame map: which frame here stands for each frame of the recorded machine.
//
//   recorded frame   0x1234  0x1235  ...        frame by frame, so that a block may be split or freed in parts
//   stands for       0x1234  0x7001
//   owner of a frame here     NOBODY   the kernel's own, free, or not known
//                             START    in use when the replay began; stands for itself until it is freed
//                             REPLAY   handed out for a recorded request
//
// FM1: two recorded frames never stand for the same frame here.
// FM2: pages of bulk allocations whose recorded names nothing tells wait in `unnamed`, until a free of a page that nobody
//      knows: that must be one of them.

import { NIL, type Pfn } from "../../../hw/units";

const NOBODY = 0;
const START = 1;
const REPLAY = 2;

/** How the frames of a free were found. */
export const FOUND_NAMED = 0;
export const FOUND_START = 1;
export const FOUND_UNNAMED = 2;
export const FOUND_NOT = 3;

const FIRST_FRAMES = 1 << 14;
const TABLE_MAX = 1 << 26; // frames of 256 GiB; what lies above is kept one by one

/** A number for each recorded frame, 0 unless it was set. The recorded machine may be larger than this one. */
export class FrameNumbers {
	private table = new Int32Array(FIRST_FRAMES);
	private readonly far = new Map<number, number>();

	get(recorded: number): number {
		if (recorded < this.table.length) return this.table[recorded] as number;
		return this.far.get(recorded) ?? 0;
	}

	set(recorded: number, value: number): void {
		if (recorded >= this.table.length) this.grow(recorded);
		if (recorded < this.table.length) this.table[recorded] = value;
		else if (value !== 0) this.far.set(recorded, value);
		else this.far.delete(recorded);
	}

	private grow(recorded: number): void {
		if (recorded >= TABLE_MAX) return;
		let length = this.table.length;
		while (length <= recorded) length *= 2;
		const table = new Int32Array(length);
		table.set(this.table);
		this.table = table;
	}
}

/** Frames of the recording and frames here. */
export class FrameMap {
	/** How the last `take` found its frames: a FOUND_ constant. */
	found = FOUND_NOT;
	private readonly here = new FrameNumbers();
	private readonly owners: Uint8Array;
	private readonly unnamed = new Set<Pfn>();

	/** `frames`: frames of this machine. */
	constructor(frames: number) {
		this.owners = new Uint8Array(frames);
	}

	/** Says that frames are in use since before the replay. */
	keep(pfn: number, count: number): void {
		this.owners.fill(START, pfn, pfn + count);
	}

	/** Lets 2^order frames here stand for recorded ones. */
	set(recorded: number, pfn: Pfn, order: number): void {
		const { here, owners } = this;
		const count = 1 << order;
		for (let n = 0; n < count; n++) {
			here.set(recorded + n, pfn + n);
			owners[pfn + n] = REPLAY;
		}
	}

	/** A page of a bulk allocation whose name nothing tells. */
	setUnnamed(pfn: Pfn): void {
		this.owners[pfn] = REPLAY;
		this.unnamed.add(pfn);
	}

	/** The frame here, without taking it; NIL for none. */
	at(recorded: number): Pfn {
		return this.here.get(recorded) as Pfn;
	}

	/** Takes what stands for 2^order recorded frames out of the map: the first frame here, or NIL. */
	take(recorded: number, order: number): Pfn {
		const pfn = this.here.get(recorded) as Pfn;
		if (pfn === NIL) return this.takeOther(recorded, order);
		const isWhole = this.forget(recorded, pfn, order);
		this.found = isWhole ? FOUND_NAMED : FOUND_NOT;
		return isWhole ? pfn : NIL;
	}

	/** Nothing stands for these frames any more. False when what did is no aligned block: no kernel frees that. */
	private forget(recorded: number, pfn: Pfn, order: number): boolean {
		const { here, owners } = this;
		const count = 1 << order;
		let isWhole = (pfn & (count - 1)) === 0;
		for (let n = 0; n < count; n++) {
			const frame = here.get(recorded + n);
			if (frame !== pfn + n) isWhole = false;
			if (frame !== NIL) owners[frame] = NOBODY;
			here.set(recorded + n, NIL);
		}
		return isWhole;
	}

	/** A frame that no recorded request brought. */
	private takeOther(recorded: number, order: number): Pfn {
		const { owners, unnamed } = this;
		const itself = recorded as Pfn;
		if (unnamed.delete(itself)) return this.takeUnnamed(itself);
		const first = unnamed.values().next().value;
		if (this.isKept(recorded, order)) {
			owners.fill(NOBODY, recorded, recorded + (1 << order));
			this.found = FOUND_START;
			return itself;
		}
		if (first !== undefined && order === 0) {
			unnamed.delete(first);
			return this.takeUnnamed(first);
		}
		this.found = FOUND_NOT;
		return NIL;
	}

	private takeUnnamed(pfn: Pfn): Pfn {
		this.owners[pfn] = NOBODY;
		this.found = FOUND_UNNAMED;
		return pfn;
	}

	private isKept(recorded: number, order: number): boolean {
		const end = recorded + (1 << order);
		if ((recorded & ((1 << order) - 1)) !== 0) return false;
		for (let pfn = recorded; pfn < end; pfn++)
			if (this.owners[pfn] !== START) return false;
		return true;
	}
}
