// Put aside: when objects go to kfree_rcu, which has no event of its own.
//
//   of one thread    kmalloc H  ...  kmalloc X      X belongs to H          kernfs_fop_open: H an open file, X its node
//                    kmalloc X  ...  alloc H        the same                timerfd_create: X the timer, H its open file
//   of any           free H                         X is put aside with it
//
//   of one thread    alloc file F  ...  alloc H     freeing H closes F, which is freed when a grace period is over
//
// PA1: an object belongs to one holder at most, a holder has one object at most.

import { asPhys } from "../../../hw/units";
import { PointerMap } from "../pointer-map";
import {
	FILE,
	HOLDER,
	RCU_OF_LAST_HOLDER,
	RCU_OF_NEXT_HOLDER,
} from "./special-callers";

const PRESENT = asPhys(8);

/** Objects that are put aside when others are freed, by recorded pointers. */
export class PutAside {
	private readonly holders = new PointerMap(); // tag: index of an object
	private readonly lows: number[] = [];
	private readonly highs: number[] = [];
	private readonly unused: number[] = []; // indices
	private readonly lastHolder = new Map<number, readonly [number, number]>(); // by thread
	private readonly loose = new Map<number, readonly [number, number]>();
	private readonly lastFile = new Map<number, readonly [number, number]>();
	private readonly files = new PointerMap(); // by holder; tag: index of a file
	/** What `release` or `close` found. */
	low = 0;
	high = 0;

	/** A thread got an object; `kind` is a constant of special-callers.ts. */
	allocated(kind: number, pid: number, low: number, high: number): void {
		if (kind === HOLDER) this.hold(pid, low, high);
		else if (kind === FILE) this.lastFile.set(pid, [low, high]);
		else if (kind === RCU_OF_LAST_HOLDER) this.follow(pid, low, high);
		else if (kind === RCU_OF_NEXT_HOLDER) this.loose.set(pid, [low, high]);
	}

	/** A thread got a holder: of the object that it got before and that still needs one, or of one to come. */
	private hold(pid: number, low: number, high: number): void {
		this.holders.take(low, high);
		this.files.take(low, high);
		const file = this.lastFile.get(pid);
		if (file !== undefined) {
			this.lastFile.delete(pid);
			this.bind(this.files, low, high, file);
		}
		const object = this.loose.get(pid);
		if (object === undefined) this.lastHolder.set(pid, [low, high]);
		else {
			this.loose.delete(pid);
			this.bind(this.holders, low, high, object);
		}
	}

	/** A thread got an object that belongs to the holder that it got last. */
	private follow(pid: number, low: number, high: number): void {
		const holder = this.lastHolder.get(pid);
		if (holder === undefined) return;
		this.lastHolder.delete(pid);
		this.bind(this.holders, holder[0], holder[1], [low, high]);
	}

	/** Something was freed. Returns whether it was a holder: its object is in `low` and `high`. */
	release(low: number, high: number): boolean {
		return this.take(this.holders, low, high);
	}

	/** Something was freed. Returns whether that closes a file, which is in `low` and `high`. */
	close(low: number, high: number): boolean {
		return this.take(this.files, low, high);
	}

	private take(map: PointerMap, low: number, high: number): boolean {
		if (map.size === 0 || map.take(low, high) === 0) return false;
		const index = map.tag;
		this.low = this.lows[index] as number;
		this.high = this.highs[index] as number;
		this.unused.push(index);
		return true;
	}

	private bind(
		map: PointerMap,
		low: number,
		high: number,
		object: readonly [number, number],
	): void {
		const index = this.unused.pop() ?? this.lows.length;
		this.lows[index] = object[0];
		this.highs[index] = object[1];
		map.set(low, high, PRESENT, index);
	}
}
