// Grace batches: objects that are freed by kfree_rcu, which puts them aside on their CPU until a grace period is over and
// then frees them all in one untraced call.
//
//   tick            n          n+1          n+2             n+3                   n: when the page of pointers was full
//   put aside   a b c d e ... X  f g h i j  k | l m n         | o p q
//   files       1 2 3   4     5    6      7   | 8   9         | 10 11             closed
//   callbacks                                                 6 7                 free the files, in that order
//                                   moved ----^     freed ----^
//               '--- open -------------------'
//
// The work that moves what is open is due in five seconds, or, when 510 are open, with the second tick from then. Its
// callback stands in one line with those of the files that were closed: when the last one before it was freed, the batch is.
// Where no file is known, a grace period ends with the next tick if callbacks are running anyway, else with the one after.
// Both works run when the CPU changes to another thread, or has been in user mode. Pointers lie in pages of 510: the page
// begun last goes first, each from its end.
//
// Not all that is put aside is seen, and ticks without callbacks are not either. Addresses that are given out again correct
// the reach of a batch: grace-proofs.ts knows them beforehand. An address that is given out while its object waits proves
// that its batch has gone.
//
// A page that goes holds no object any more: it proves the same of all that waited there, and when a thread gives it back
// directly behind callbacks, that the work ran just now. A batch whose objects lay in such a page waits for it. Files bound
// what it frees: nothing that was put aside behind the file that callbacks freed last, and all that was before those that they
// freed before they ran last, for the work would have run behind them.
//
//   files freed    1 2 3 4 | 5 6 7 8 | page      all that was put aside before 4 was closed, nothing behind 8; in between
//                   burst     burst              as the ticks say, and if they say something else, up to a tick there
//
// 510 pointers, five seconds and the two ticks are the kernel's. All limits of proofs are assumptions, as is that a batch that
// seems too short by up to 4 objects is so within 32 ticks: Linux has no such numbers, for it knows its batches. They say from
// how many addresses that were given out again on the ticks, which may be unseen, are believed less.
//
// GB1: an object waits in one batch at most, until it is taken or forgotten. GB2: batches of a CPU go in their order.
// [kernel/rcu/tree.c kvfree_call_rcu, schedule_delayed_monitor_work, kfree_rcu_monitor, kfree_rcu_work]

import { asPhys } from "../../../hw/units";
import { PointerMap } from "../pointer-map";
import type { DirectMap } from "./direct-map";
import type { GraceProofs } from "./grace-proofs";
import { Jiffies } from "./jiffies";
import { SITE_CALLBACK, SITE_ENTRY } from "./site-kinds";
import { WaitingObjects } from "./waiting-objects";

/** Pointers in a page of them (KVFREE_BULK_MAX_ENTR). */
export const PAGE_POINTERS = 510;
const FULL_TICKS = 2; // a timer that is due with the next tick fires with the one behind it
const DRAIN = 5_128_000_000; // ns: KFREE_DRAIN_JIFFIES and half of what the timer wheel rounds up
const PRESENT = asPhys(8);
const EDGE = 4; // objects by which a batch may be found too short
const EDGE_TICKS = 32; // for which that may show
const EDGES = 16; // ticks with callbacks that are remembered
const WORDS = 5; // low, high, number, number among the proofs, files closed before
const NO_PROOF = -1;
const PROOFS_LEAST = 100; // that tell how far a batch reached
const PROOFS_FEW = 10; // of a batch that goes there are more
const PROOFS_SOON = 200; // objects put aside after a batch moved, before the last of those
const PROOFS_UNTIL = 446; // objects put aside after a batch, before the next one can have gone: a tick may bring 64
const PROOFS_AHEAD = 64; // objects of the next tick
const TICKS_LATE = 2; // ticks for which proofs make a batch wait
const TICK_SURE = 0.6; // share of a tick's objects by which a batch is believed to be shorter than the ticks say
const PROOFS_SURE = 12; // and so many at least

/** What waits on one CPU. */
class Waiting {
	/** Some words an object. */
	open: number[] = [];
	moved: number[] = [];
	/** Words that were open at the last tick and at the one before. */
	atTick = 0;
	atTickBefore = 0;
	/** Words of the last whole tick. */
	ofTick = 0;
	dueTick = Number.POSITIVE_INFINITY;
	dueTime = Number.POSITIVE_INFINITY;
	movedTick = 0;
	/** Objects put aside when it goes, where a page tells; else -1. */
	pageGoes = -1;
	/** Tick in which a batch was freed last. */
	goneTick = Number.NEGATIVE_INFINITY;
	/** Whether callbacks ran in the tick in which it was moved. */
	isPrompt = false;
	/** The last tick with callbacks. */
	burstTick = -2;
	isInBurst = false;
	/** Numbers of the objects that were put aside next when callbacks began to run, the latest times. */
	readonly edges: number[] = [];
	/** The work that moves is to run with the next thread. */
	isDue = false;
	/** The work that frees is. */
	isOver = false;
	/** Files closed so far, and of which all up to this one were freed by callbacks, which run in that order. */
	closings = 0;
	freed = 0;
	filesInBurst = 0;
	/** Files freed before the callbacks that ran last. */
	freedBefore = 0;
	/** Files that were closed before it was moved; whether some of them had still to be freed. */
	movedClosings = 0;
	isByFiles = false;
	/** Thread of the last event, and its time. */
	pid = -1;
	time = 0;
	readonly jiffies: Jiffies;

	constructor(clock: "nanoseconds" | "count") {
		this.jiffies = new Jiffies(clock);
	}
}

/** The batches of all CPUs, by recorded pointers. */
export class GraceBatches {
	private readonly entries: WaitingObjects;
	private readonly waiting: Waiting[] = []; // by CPU
	private readonly files = new PointerMap(); // tag: how many had been closed on its CPU
	private numbers = 0;
	private proven = 0;
	/** The batch that was found last, as it was put aside: low and high words in turn. */
	readonly batch: number[] = [];
	/** The CPU that it waited on. */
	batchCpu = 0;

	constructor(
		private readonly clock: () => "nanoseconds" | "count",
		private readonly proofs: GraceProofs | null,
		directMap: DirectMap | null = null,
	) {
		this.entries = new WaitingObjects(directMap);
	}

	/** Objects that wait. */
	get size(): number {
		return this.entries.size;
	}

	/**
	 * An event of a CPU is about to be played; `site` is a constant of site-kinds.ts, `maySoft` that it may be of a callback if others are.
	 * @returns true when the batch of the CPU is freed before it
	 */
	advance(
		cpu: number,
		time: number,
		pid: number,
		site: number,
		maySoft: boolean,
	): boolean {
		const its = this.of(cpu);
		const { jiffies } = its;
		its.time = time;
		if (jiffies.advance(time)) this.tick(its);
		const isCallback = site === SITE_CALLBACK;
		if (isCallback && !its.isInBurst) {
			if (jiffies.burst(time)) this.tick(its);
			its.isInBurst = true;
			its.burstTick = jiffies.now;
			its.freedBefore = its.freed;
			its.edges.push(this.numbers);
			if (its.edges.length > EDGES) its.edges.shift();
			its.filesInBurst = 0;
			if (jiffies.now === its.movedTick) its.isPrompt = true;
		}
		if (time >= its.dueTime) its.isDue = true;
		const isOther = pid !== its.pid;
		its.pid = pid;
		const hasRun = isOther || site === SITE_ENTRY;
		if (hasRun && its.isDue) this.move(its);
		if (isCallback || (its.isInBurst && maySoft && !isOther)) return false;
		if (its.isInBurst) {
			its.isInBurst = false;
			if (!its.isByFiles || its.filesInBurst === 0) its.isOver = isOver(its);
		}
		const isByFiles = its.isByFiles && its.moved.length > 0;
		if (isByFiles && its.freed >= its.movedClosings) its.isOver = true;
		if (!hasRun || !its.isOver || this.proven <= its.pageGoes) return false;
		return this.takeMoved(cpu);
	}

	/** A file is closed on a CPU: a callback is to free it. */
	close(cpu: number, low: number, high: number): void {
		this.files.set(low, high, PRESENT, ++this.of(cpu).closings);
	}

	/** A callback of a CPU freed something. */
	closed(cpu: number, low: number, high: number): void {
		if (this.files.size === 0 || this.files.take(low, high) === 0) return;
		const its = this.of(cpu);
		its.freed = Math.max(its.freed, this.files.tag);
		its.filesInBurst++;
	}

	/**
	 * An object is put aside. It does not wait yet.
	 * @param isProven whether the first pass counted it
	 */
	add(cpu: number, low: number, high: number, isProven: boolean): void {
		const its = this.of(cpu);
		this.entries.add(low, high, this.numbers);
		const proof = isProven ? this.proven++ : NO_PROOF;
		its.open.push(low, high, this.numbers++, proof, its.closings);
		this.schedule(its);
	}

	/** The object was freed in another way. */
	forget(low: number, high: number): void {
		this.entries.take(low, high);
	}

	/** The work of a CPU was seen: fills `batch` with what had been moved; false when nothing had. */
	takeMoved(cpu: number): boolean {
		const its = this.of(cpu);
		const { moved } = its;
		its.moved = [];
		its.isOver = false;
		if (moved.length > 0) its.goneTick = its.jiffies.now;
		this.batchCpu = cpu;
		this.fill(moved);
		return this.batch.length > 0;
	}

	/** The object has gone: fills `batch` with what went with it; false when it did not wait. */
	prove(low: number, high: number, isWork = false): boolean {
		if (!this.entries.has(low, high)) return false;
		const { number } = this.entries;
		const cpu = this.waiting.findIndex(
			(its) => its && (holds(its.moved, number) || holds(its.open, number)),
		);
		const its = this.waiting[cpu] as Waiting;
		this.settle(its, this.extent(its, number, isWork));
		return this.takeMoved(cpu);
	}

	/**
	 * Pages go, and with them whatever waits there has gone: as `prove`, to be asked again until it says false.
	 * @param isWork whether a thread gave them back, which may be the work that frees a batch
	 */
	pagesGo(pfn: number, order: number, isWork: boolean): boolean {
		if (this.entries.size === 0) return false;
		let [low, high, number] = [0, 0, -1];
		const there = this.entries.inBlock(pfn, order);
		for (let at = 0; at < there.length; at += 2) {
			this.entries.has(there[at] as number, there[at + 1] as number);
			if (this.entries.number <= number) continue;
			number = this.entries.number;
			[low, high] = [there[at] as number, there[at + 1] as number];
		}
		return number >= 0 && this.prove(low, high, isWork);
	}

	/** Words of what has gone when an object has: maybe more than was thought to be moved, maybe fewer. */
	private extent(its: Waiting, number: number, isWork: boolean): number {
		const { moved, freed, edges } = its;
		const words = [...moved, ...its.open];
		const at = placeOf(words, number);
		const isNext = isWork && its.isInBurst; // the work runs behind the callbacks among which its own was
		const sure = isNext ? pastFiles(words, its.freedBefore) : 0;
		const least = Math.max(at + WORDS, sure);
		const isKnown = (words[at + 4] as number) <= freed;
		const most = isKnown ? pastFiles(words, freed) : words.length;
		const likely =
			at < moved.length ? moved.length : this.reachWith(its, at + WORDS);
		if (likely >= least && likely <= most) return likely;
		const ticks = edges.map((edge) => pastNumber(words, edge));
		const tick = ticks.filter((past) => past >= least && past <= most).at(-1);
		if (isNext && tick !== undefined) return tick;
		return Math.max(least, Math.min(most, likely));
	}

	/** Words of what has gone with the first `past` ones, some of which had not been moved. */
	private reachWith(its: Waiting, past: number): number {
		const before = its.moved.length;
		const isEdge =
			past - before <= WORDS * EDGE &&
			its.jiffies.now - its.goneTick < EDGE_TICKS;
		if (isEdge) return past;
		const most = this.proofs ? this.reachOf(its.open).reach : its.atTickBefore;
		return Math.max(past, before + most);
	}

	/** The first `words` of what waits were moved, and no more. */
	private settle(its: Waiting, words: number): void {
		const back = its.moved.splice(words);
		its.moved.push(...this.cut(its, words - its.moved.length));
		its.open.unshift(...back);
		its.atTick += back.length;
		its.atTickBefore += back.length;
		if (back.length > 0) this.schedule(its);
	}

	private of(cpu: number): Waiting {
		const known = this.waiting[cpu];
		if (known) return known;
		const made = new Waiting(this.clock());
		this.waiting[cpu] = made;
		return made;
	}

	/** Sets the timer for what is open (schedule_delayed_monitor_work). */
	private schedule(its: Waiting): void {
		if (its.open.length >= WORDS * PAGE_POINTERS)
			its.dueTick = Math.min(its.dueTick, its.jiffies.now + FULL_TICKS);
		else if (
			its.dueTime === Number.POSITIVE_INFINITY &&
			this.clock() !== "count"
		)
			its.dueTime = its.time + DRAIN;
	}

	private tick(its: Waiting): void {
		its.atTickBefore = its.atTick;
		its.atTick = its.open.length;
		its.ofTick = Math.max(0, its.atTick - its.atTickBefore);
		if (its.isDue) this.move(its); // no other thread was seen since the last tick
		if (its.jiffies.now < its.dueTick) return;
		const isLate = its.jiffies.now - its.dueTick >= TICKS_LATE;
		const isEarly = (!isLate && this.goesOn()) || this.stays(its);
		if (!isEarly) its.isDue = true;
	}

	/** The work runs: what is open waits for its grace period, unless others still do (kfree_rcu_monitor). */
	private move(its: Waiting): void {
		if (its.moved.length > 0) return;
		const { reach, count } = this.reachOf(its.open);
		const sure = Math.max(WORDS * PROOFS_SURE, TICK_SURE * its.ofTick);
		const isShorter = count >= PROOFS_LEAST && its.open.length - reach > sure;
		its.movedClosings = its.closings;
		if (isShorter) its.movedClosings = its.open[reach - 1] as number;
		its.isByFiles = its.movedClosings > its.freed;
		its.moved = this.cut(its, isShorter ? reach : its.open.length);
		its.movedTick = its.jiffies.now;
		its.pageGoes = this.pageGoes(its.moved);
		its.isPrompt = its.burstTick === its.movedTick;
	}

	/** How many will have been put aside when the first page goes with objects of a batch; -1 when that is no matter of this batch. */
	private pageGoes(words: readonly number[]): number {
		let first = this.proven + PROOFS_UNTIL;
		const none = first;
		for (let at = 3; this.proofs && at < words.length; at += WORDS)
			if (words[at] !== NO_PROOF)
				first = Math.min(first, this.proofs.pageGoneBy(words[at] as number));
		return first < none ? first : -1;
	}

	/** Takes the first words of what is open. */
	private cut(its: Waiting, words: number): number[] {
		const gone = its.open.splice(0, words);
		its.atTick = Math.max(0, its.atTick - words);
		its.atTickBefore = Math.max(0, its.atTickBefore - words);
		its.dueTick = Number.POSITIVE_INFINITY;
		its.dueTime = Number.POSITIVE_INFINITY;
		its.isDue = false;
		if (its.open.length > 0) this.schedule(its);
		return gone;
	}

	/** Whether what is put aside next is proven to go with what is open now. */
	private goesOn(): boolean {
		const { proofs, proven } = this;
		if (proofs === null) return false;
		for (let nth = proven + EDGE; nth < proven + PROOFS_AHEAD; nth++)
			if (proofs.goneBy(nth) < proven + PROOFS_UNTIL) return true;
		return false;
	}

	/** Whether what is open does not go yet: of so much some would be given out again soon, unless other CPUs take objects. */
	private stays({ open }: Waiting): boolean {
		const isKnown = this.waiting.length === 1 && this.proofs !== null;
		if (!isKnown || this.proofs.size < this.proven + PROOFS_SOON) return false;
		return this.reachOf(open, PROOFS_SOON).count < PROOFS_FEW;
	}

	/** How many words of a batch that goes now are proven to have gone, and by how many proofs. */
	private reachOf(
		words: readonly number[],
		ahead = PROOFS_UNTIL,
	): { reach: number; count: number } {
		let reach = 0;
		let count = 0;
		const { proofs } = this;
		const until = this.proven + ahead;
		for (let at = 0; proofs && at < words.length; at += WORDS) {
			const proof = words[at + 3] as number;
			if (proof === NO_PROOF || proofs.goneBy(proof) >= until) continue;
			reach = at + WORDS;
			count++;
		}
		return { reach, count };
	}

	private fill(words: readonly number[]): void {
		const { batch, entries } = this;
		batch.length = 0;
		for (let at = 0; at < words.length; at += WORDS) {
			const low = words[at] as number;
			const high = words[at + 1] as number;
			if (!entries.has(low, high)) continue;
			if (entries.number !== words[at + 2]) continue;
			entries.take(low, high);
			batch.push(low, high);
		}
	}
}

/** Whether the grace period of what was moved ended with the callbacks that just ran. */
const isOver = ({ moved, burstTick, movedTick, isPrompt }: Waiting): boolean =>
	moved.length > 0 && burstTick > movedTick + (isPrompt ? 0 : 1);

/** Whether an object with this number is among those with these words; numbers rise. */
const holds = (words: readonly number[], number: number): boolean =>
	words.length > 0 &&
	number >= (words[2] as number) &&
	number <= (words.at(2 - WORDS) as number) &&
	placeOf(words, number) >= 0;

/** Words of those that were put aside before the file behind the first `files` was closed. */
const pastFiles = (words: readonly number[], files: number): number =>
	pastThose(words, 4, files);

/** Words of those with numbers below `number`. */
const pastNumber = (words: readonly number[], number: number): number =>
	pastThose(words, 2, number - 1);

/** Words of the first ones of which the nth word, which rises, is at most `most`. */
function pastThose(
	words: readonly number[],
	nth: number,
	most: number,
): number {
	let at = 0;
	while (at < words.length && (words[at + nth] as number) <= most) at += WORDS;
	return at;
}

/** Place of the words of an object; -1 when it is not there. */
function placeOf(words: readonly number[], number: number): number {
	let first = 0;
	let past = words.length / WORDS;
	while (first < past) {
		const middle = (first + past) >>> 1;
		const it = words[middle * WORDS + 2] as number;
		if (it === number) return middle * WORDS;
		if (it < number) first = middle + 1;
		else past = middle;
	}
	return -1;
}
