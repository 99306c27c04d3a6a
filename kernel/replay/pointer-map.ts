// Pointers of the recorded world, each with what stands for it here.
//
//   slots    0          1          2          3                   a power of two, at most half of them taken
//         +----------+----------+----------+----------+- - -
//         | key A    |  free    | key C    | key B    |            B's own slot is 2, which was taken: it lies in the next free one
//         | value A  |          | value C  | value B  |
//         +----------+----------+----------+----------+- - -
//
// A recorded pointer is two words, real or hashed: it only has to be the same pointer again. What stands for it is the
// physical address of an object here, and a number that the owner of the map gives a meaning.
//
// PM1: between a key's own slot and the slot where it lies no slot is free; taking a key out moves the later ones up.
// PM2: NULL (0, 0) is no key: it marks free slots.
// [Knuth, The Art of Computer Programming 3, 6.4 algorithms L and R]

import { panic } from "../../hw/panic";
import { NULL, type PhysAddr } from "../../hw/units";

const FIRST_SLOTS = 1024;
const MIX_LOW = 0x9e3779b1; // 2^32 divided by the golden ratio
const MIX_HIGH = 0x85ebca6b;

/** What stands for recorded pointers. */
export class PointerMap {
	private lows = new Int32Array(FIRST_SLOTS);
	private highs = new Int32Array(FIRST_SLOTS);
	private addresses = new Float64Array(FIRST_SLOTS);
	private tags = new Int32Array(FIRST_SLOTS);
	private mask = FIRST_SLOTS - 1;
	private count = 0;
	/** The tag of what `get` or `take` found last. */
	tag = 0;

	/** Pointers in the map. */
	get size(): number {
		return this.count;
	}

	/** Lets `address` stand for a pointer; whatever stood for it before is forgotten. */
	set(low: number, high: number, address: PhysAddr, tag: number): void {
		if ((low | high) === 0) panic("replay: PM2 NULL is no key");
		if (this.count * 2 >= this.mask) this.grow();
		const slot = this.find(low, high);
		if (this.isFree(slot)) this.count++;
		this.put(slot, low, high, address, tag);
	}

	/** What stands for a pointer; NULL for nothing. Its tag is in `tag`. */
	get(low: number, high: number): PhysAddr {
		const slot = this.find(low, high);
		if (this.isFree(slot)) return NULL;
		this.tag = this.tags[slot] as number;
		return this.addresses[slot] as PhysAddr;
	}

	/** As `get`, and forgets the pointer. */
	take(low: number, high: number): PhysAddr {
		const slot = this.find(low, high);
		if (this.isFree(slot)) return NULL;
		this.tag = this.tags[slot] as number;
		const address = this.addresses[slot] as PhysAddr;
		this.remove(slot);
		return address;
	}

	/** Calls `visit` for every pointer, in no order that means anything. */
	each(
		visit: (low: number, high: number, address: PhysAddr, tag: number) => void,
	): void {
		for (let slot = 0; slot <= this.mask; slot++)
			if (!this.isFree(slot))
				visit(
					this.lows[slot] as number,
					this.highs[slot] as number,
					this.addresses[slot] as PhysAddr,
					this.tags[slot] as number,
				);
	}

	private isFree(slot: number): boolean {
		return ((this.lows[slot] as number) | (this.highs[slot] as number)) === 0;
	}

	/** Slot of a key, or the free one where it would lie. */
	private find(low: number, high: number): number {
		let slot = this.home(low, high);
		for (;;) {
			const isHere = this.lows[slot] === low && this.highs[slot] === high;
			if (isHere || this.isFree(slot)) return slot;
			slot = (slot + 1) & this.mask;
		}
	}

	private home(low: number, high: number): number {
		const mixed = Math.imul(low, MIX_LOW) ^ Math.imul(high, MIX_HIGH);
		return (mixed ^ (mixed >>> 15)) & this.mask;
	}

	private put(
		slot: number,
		low: number,
		high: number,
		address: PhysAddr,
		tag: number,
	): void {
		this.lows[slot] = low;
		this.highs[slot] = high;
		this.addresses[slot] = address;
		this.tags[slot] = tag;
	}

	/** Empties a slot, and moves up whoever lies behind it only because it was taken (PM1). */
	private remove(slot: number): void {
		let hole = slot;
		for (let at = (slot + 1) & this.mask; !this.isFree(at); ) {
			const low = this.lows[at] as number;
			const high = this.highs[at] as number;
			const past = (at - this.home(low, high)) & this.mask;
			if (past >= ((at - hole) & this.mask)) {
				const address = this.addresses[at] as PhysAddr;
				this.put(hole, low, high, address, this.tags[at] as number);
				hole = at;
			}
			at = (at + 1) & this.mask;
		}
		this.put(hole, 0, 0, NULL, 0);
		this.count--;
	}

	private grow(): void {
		const { lows, highs, addresses, tags } = this;
		const slots = lows.length * 2;
		this.lows = new Int32Array(slots);
		this.highs = new Int32Array(slots);
		this.addresses = new Float64Array(slots);
		this.tags = new Int32Array(slots);
		this.mask = slots - 1;
		for (let old = 0; old < lows.length; old++) {
			const low = lows[old] as number;
			const high = highs[old] as number;
			if ((low | high) === 0) continue;
			const address = addresses[old] as PhysAddr;
			this.put(this.find(low, high), low, high, address, tags[old] as number);
		}
	}
}
