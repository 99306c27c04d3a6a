// The object log: what the first pass remembers of every address that objects had.
//
//   pointer  ->  life of its slab, caller of the last allocation, bits
//
//     LIVE       the last event was an allocation
//     TOUCHED    there was an event since the start
//     WAS_FREE   and the first of them was an allocation
//
//   start                    first event after it       at the start the address was
//     |------------------------ allocation              free
//     |------------------------ free                    in use
//     |-- none                                          as the last event before it says
//
// A slab's addresses are forgotten when others take their place; those of slabs that existed at the start move to a list
// then, from which the start is made.
//
// OL1: the bits speak of one life; an address in another life begins anew.

import { asPhys, type PhysAddr } from "../../../hw/units";
import { PointerMap } from "../pointer-map";
import { GrowingNumbers } from "./growing";

const LIVE = 1;
const TOUCHED = 2;
const WAS_FREE = 4;
const SHIFT = 3; // of the caller
const BEFORE_ALL = asPhys(2 ** 40); // keeps the value of an entry from being NULL

/** Addresses of slabs that existed at the start, and whether they were free then. */
export class StartAddresses {
	readonly lives = new GrowingNumbers();
	readonly lows = new GrowingNumbers();
	readonly highs = new GrowingNumbers();
	/** 1 free, 0 in use. */
	readonly free = new GrowingNumbers();
	/** 1 where an event since the start tells. */
	readonly touched = new GrowingNumbers();

	get length(): number {
		return this.lives.length;
	}

	add(
		life: number,
		low: number,
		high: number,
		is: { free: boolean; touched: boolean },
	): void {
		this.lives.push(life);
		this.lows.push(low);
		this.highs.push(high);
		this.free.push(is.free ? 1 : 0);
		this.touched.push(is.touched ? 1 : 0);
	}
}

/** What is known of addresses. */
export class ObjectLog {
	private readonly map = new PointerMap();
	private isStarted = false;
	/** Lives at the start were numbers below this; some of them may begin as one only later. */
	readonly atStart = new StartAddresses();
	/** Of the address last passed to `allocate` or `free`: whether an object was in use there, in the same life. */
	wasLive = false;
	/** Whether it was met in this life since the start. */
	wasTouched = false;
	/** Who allocated it last; only where `wasLive`. */
	caller = 0;

	/** `isOld` tells whether a life existed at the start. */
	constructor(private readonly isOld: (life: number) => boolean) {}

	/** From here on events are those of the replay. */
	start(): void {
		this.isStarted = true;
	}

	allocate(low: number, high: number, life: number, caller: number): void {
		const bits = this.look(low, high, life, true);
		this.map.set(low, high, entryOf(life), (caller << SHIFT) | bits | LIVE);
	}

	free(low: number, high: number, life: number): void {
		const bits = this.look(low, high, life, false);
		this.map.set(low, high, entryOf(life), bits & ~LIVE);
	}

	/** The address that was freed last had been taken since the start, unseen: so it was free at the start, if that was its first event. */
	wasTakenUnseen(low: number, high: number): void {
		if (this.wasTouched) return;
		const value = this.map.get(low, high);
		if (value !== 0) this.map.set(low, high, value, this.map.tag | WAS_FREE);
	}

	/** Moves what is still known of slabs of the start to the list. */
	finish(): void {
		this.map.each((low, high, value, tag) => {
			this.keep(lifeIn(value), low, high, tag);
		});
	}

	/** Reads the entry of an address; returns its bits after an event. */
	private look(low: number, high: number, life: number, isAlloc: boolean) {
		const value = this.map.get(low, high);
		const known = value === 0 ? -1 : lifeIn(value);
		const { tag } = this.map;
		const isSame = known === life;
		if (known >= 0 && !isSame) this.keep(known, low, high, tag);
		let bits = isSame ? tag & (LIVE | TOUCHED | WAS_FREE) : 0;
		this.wasLive = (bits & LIVE) !== 0;
		this.wasTouched = (bits & TOUCHED) !== 0;
		this.caller = isSame ? tag >>> SHIFT : 0;
		if (this.isStarted && !this.wasTouched)
			bits |= isAlloc ? TOUCHED | WAS_FREE : TOUCHED;
		return bits;
	}

	private keep(life: number, low: number, high: number, tag: number): void {
		if (!this.isOld(life)) return;
		const touched = (tag & TOUCHED) !== 0;
		const free = touched ? (tag & WAS_FREE) !== 0 : (tag & LIVE) === 0;
		this.atStart.add(life, low, high, { free, touched });
	}
}

const entryOf = (life: number): PhysAddr => asPhys(BEFORE_ALL + life);
const lifeIn = (value: PhysAddr): number => value - BEFORE_ALL;
