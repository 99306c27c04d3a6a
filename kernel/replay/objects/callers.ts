// Callers: who asks for objects of which size, each known by a small number.
//
//   (call site, bytes asked for, bytes given)  --hash-->  slots [ . 4 . . 1 . ]  --> caller 4
//                                                         sites, asked, given [4]
//
// Counters and answers that belong to a caller lie in arrays, so that an event needs no string and no object.
//
// CL1: two numbers are equal exactly when all three parts are. CL2: caller 0 stands for all those for whom there is no room.

const CALLERS_MAX = 1 << 19;
const SLOTS_FIRST = 1 << 10; // a power of two; at least half of the slots are empty
const EMPTY = -1;
const MIX = 0x9e3779b1; // an odd number with well mixed bits

/** The caller that stands for all for whom there is no room. */
export const OTHER_CALLERS = 0;

/** The callers of one recording. */
export class Callers {
	private count = 1;
	private slots: Int32Array = new Int32Array(SLOTS_FIRST).fill(EMPTY);
	private sites: Int32Array = new Int32Array(SLOTS_FIRST / 2).fill(-1, 0, 1);
	private asked: Int32Array = new Int32Array(SLOTS_FIRST / 2);
	private given: Int32Array = new Int32Array(SLOTS_FIRST / 2);

	/** How many callers there are; their numbers are 0 .. size - 1. */
	get size(): number {
		return this.count;
	}

	/** Number of the call site among the reader's names; -1 for none. */
	site(caller: number): number {
		return this.sites[caller] as number;
	}
	bytesRequested(caller: number): number {
		return this.asked[caller] as number;
	}
	bytesAllocated(caller: number): number {
		return this.given[caller] as number;
	}

	/** Number of a caller, which becomes known. */
	intern(site: number, asked: number, given: number): number {
		const { slots } = this;
		const mask = slots.length - 1;
		let slot = hashOf(site, asked, given) & mask;
		for (;;) {
			const caller = slots[slot] as number;
			if (caller === EMPTY) return this.add(slot, site, asked, given);
			const isHere =
				this.sites[caller] === site &&
				this.asked[caller] === asked &&
				this.given[caller] === given;
			if (isHere) return caller;
			slot = (slot + 1) & mask;
		}
	}

	private add(
		slot: number,
		site: number,
		asked: number,
		given: number,
	): number {
		if (this.count === CALLERS_MAX) return OTHER_CALLERS;
		const caller = this.count++;
		this.slots[slot] = caller;
		this.sites[caller] = site;
		this.asked[caller] = asked;
		this.given[caller] = given;
		if (this.count * 2 >= this.slots.length) this.grow();
		return caller;
	}

	private grow(): void {
		const length = this.slots.length * 2;
		this.sites = longer(this.sites, length / 2);
		this.asked = longer(this.asked, length / 2);
		this.given = longer(this.given, length / 2);
		const slots = new Int32Array(length).fill(EMPTY);
		for (let caller = 1; caller < this.count; caller++) {
			let slot =
				hashOf(
					this.site(caller),
					this.bytesRequested(caller),
					this.bytesAllocated(caller),
				) &
				(length - 1);
			while (slots[slot] !== EMPTY) slot = (slot + 1) & (length - 1);
			slots[slot] = caller;
		}
		this.slots = slots;
	}
}

/** The same numbers with room for `length`, the new ones `fill`. */
export function longer(
	numbers: Int32Array,
	length: number,
	fill = 0,
): Int32Array {
	const more = new Int32Array(length);
	more.set(numbers);
	return fill === 0 ? more : more.fill(fill, numbers.length);
}

function hashOf(site: number, asked: number, given: number): number {
	let hash = Math.imul(site + 1, MIX);
	hash = Math.imul(hash ^ asked, MIX);
	hash = Math.imul(hash ^ (hash >>> 15) ^ given, MIX);
	return hash ^ (hash >>> 13);
}
