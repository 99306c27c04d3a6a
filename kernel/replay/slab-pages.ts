// Slab pages: which page events of a recording are the slab layer's own.
//
//   first pass     mm_page_alloc, number 17 --> life 5       mm_page_free, number 90 --> life 5
//   at its end     life 5 held an object --> 17 and 90 are the slab layer's
//
// Slabs here ask for pages when they need them, so the recorded requests of slabs are answers and not requests. Whether a block
// became a slab shows only behind its allocation: hence the first pass.
//
// Where the recorder hid the pointers, no object shows where it lies: then every block that was asked for as slabs are is one.
//
// SG1: events are known by their numbers in the file, which are the same in every pass.

import { NO_LIFE, type SlabLives } from "./objects/slab-lives";
import { type KmemEvent, PAGE_ALLOC, PAGE_FREE } from "./reading/event";

const FIRST_NOTES = 1024;

/** The events of one file. */
export class SlabPages {
	private ordinals = new Float64Array(FIRST_NOTES);
	private lives = new Int32Array(FIRST_NOTES);
	private count = 0;
	private bits = new Uint8Array(0);

	/** Takes a page event before the lives know of it. Returns true when an allocation is to be noted behind it. */
	before(event: KmemEvent, ordinal: number, lives: SlabLives): void {
		if (event.kind !== PAGE_FREE) return;
		const life = lives.at(event.pfn);
		if (life !== 0) this.note(ordinal, life);
	}

	/** Takes the same event when the lives, of which there were `size` before, know of it. */
	after(
		event: KmemEvent,
		ordinal: number,
		lives: SlabLives,
		size: number,
	): void {
		if (event.kind === PAGE_ALLOC && lives.size > size)
			this.note(ordinal, lives.size - 1);
	}

	/** All lives are known; `events` is how many events the file has. `showsObjects`: pointers tell where objects lie. */
	finish(lives: SlabLives, events: number, showsObjects = true): void {
		this.bits = new Uint8Array((events >>> 3) + 1);
		for (let n = 0; n < this.count; n++) {
			if (showsObjects && !lives.isSlab(this.lives[n] as number)) continue;
			const ordinal = this.ordinals[n] as number;
			const at = Math.floor(ordinal / 8);
			this.bits[at] = (this.bits[at] as number) | (1 << (ordinal & 7));
		}
	}

	/** Whether an event is the slab layer's. */
	has(ordinal: number): boolean {
		const byte = this.bits[Math.floor(ordinal / 8)] ?? 0;
		return ((byte >>> (ordinal & 7)) & 1) === 1;
	}

	/** The life that an event is about; NO_LIFE when it is none of a block that was asked for as slabs are. */
	life(ordinal: number): number {
		let first = 0;
		let past = this.count;
		while (first < past) {
			const middle = (first + past) >>> 1;
			if ((this.ordinals[middle] as number) < ordinal) first = middle + 1;
			else past = middle;
		}
		const isNoted = first < this.count && this.ordinals[first] === ordinal;
		return isNoted ? (this.lives[first] as number) : NO_LIFE;
	}

	private note(ordinal: number, life: number): void {
		if (this.count === this.lives.length) this.grow();
		this.ordinals[this.count] = ordinal;
		this.lives[this.count++] = life;
	}

	private grow(): void {
		const { ordinals, lives } = this;
		this.ordinals = new Float64Array(ordinals.length * 2);
		this.ordinals.set(ordinals);
		this.lives = new Int32Array(lives.length * 2);
		this.lives.set(lives);
	}
}

/** The same as well as a single pass can tell: a block that was asked for as slabs are is one. */
export class LikelySlabPages {
	private readonly isSlab: Uint8Array; // by frame

	constructor(
		frames: number,
		private readonly mayBeSlab: (gfp: number) => boolean,
	) {
		this.isSlab = new Uint8Array(frames);
	}

	/** Whether a page event is the slab layer's; to be asked once for each, in their order. */
	take({ kind, pfn, order, gfp }: KmemEvent): boolean {
		if (pfn < 0 || pfn >= this.isSlab.length) return false;
		if (kind === PAGE_ALLOC) {
			const isSlab = this.mayBeSlab(gfp);
			this.isSlab.fill(isSlab ? 1 : 0, pfn, pfn + 2 ** Math.max(order, 0));
			return isSlab;
		}
		if (kind !== PAGE_FREE) return false;
		const was = this.isSlab[pfn] === 1;
		this.isSlab[pfn] = 0;
		return was;
	}
}
