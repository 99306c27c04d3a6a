// SLUB in its most literal form: arrays of free objects, one for each slab and one for each CPU.
//
// It must hand out the very same objects as mm/slab-cache.ts. Where a new slab lies is the page allocator's business: the
// model asks for its first object's address.

/** One slab. */
export interface SlabState {
	readonly base: number;
	/** The slab's own free objects, first out first. */
	free: number[];
	/** Objects that are not on the slab's own chain. */
	inuse: number;
	frozen: boolean;
}

/** One CPU's side. */
interface CpuState {
	current: SlabState | null;
	/** What the CPU took over from the current slab, first out first. */
	free: number[];
	/** Further slabs, first out first. */
	chain: SlabState[];
}

/** The numbers of a cache. */
export interface SlabNumbers {
	readonly size: number;
	readonly objects: number;
	readonly minPartial: number;
	readonly cpuPartialSlabs: number;
	/** Bytes of a slab. */
	readonly bytes: number;
}

const PROMOTED_MAX = 32; // free objects of slabs that shrinking sorts

/** One cache on several CPUs. */
export class SlabModel {
	readonly slabs: SlabState[] = [];
	readonly cpus: CpuState[];
	/** The node's partial list, head first. */
	partial: SlabState[] = [];

	constructor(
		private readonly numbers: SlabNumbers,
		cpuCount: number,
	) {
		this.cpus = Array.from({ length: cpuCount }, () => ({
			current: null,
			free: [],
			chain: [],
		}));
	}

	/** The next object of a CPU; `newSlab` tells where a slab begins that has to be made. */
	alloc(cpu: number, newSlab: () => number): number {
		const mine = this.cpus[cpu]!;
		if (mine.free.length === 0) this.refill(mine, newSlab);
		return mine.free.shift()!;
	}

	free(cpu: number, object: number): void {
		const mine = this.cpus[cpu]!;
		const slab = this.slabOf(object);
		if (slab === mine.current) {
			mine.free.unshift(object);
			return;
		}
		const wasFull = slab.free.length === 0;
		slab.free.unshift(object);
		slab.inuse--;
		if (slab.frozen) return;
		if (wasFull) {
			slab.frozen = true;
			if (mine.chain.length >= this.numbers.cpuPartialSlabs)
				this.unfreeze(mine.chain.splice(0));
			mine.chain.unshift(slab);
		} else if (slab.inuse === 0 && this.isLong()) {
			this.partial = this.partial.filter((each) => each !== slab);
			this.discard(slab);
		}
	}

	flush(cpu: number): void {
		const mine = this.cpus[cpu]!;
		const slab = mine.current;
		if (slab !== null) this.deactivate(slab, mine.free.splice(0));
		mine.current = null;
		this.unfreeze(mine.chain.splice(0));
	}

	/** Asked for on a CPU, which is flushed before the others. */
	shrink(own: number): void {
		this.flush(own);
		for (let cpu = 0; cpu < this.cpus.length; cpu++)
			if (cpu !== own) this.flush(cpu);
		const promoted: SlabState[][] = Array.from(
			{ length: PROMOTED_MAX },
			() => [],
		);
		const rest: SlabState[] = [];
		for (const slab of this.partial) {
			const free = this.numbers.objects - slab.inuse;
			if (slab.inuse === 0) this.discard(slab);
			else if (free <= PROMOTED_MAX) promoted[free - 1]!.unshift(slab);
			else rest.push(slab);
		}
		this.partial = [...promoted.flat(), ...rest];
	}

	slabOf(object: number): SlabState {
		return this.slabs.find(
			({ base }) => object >= base && object < base + this.numbers.bytes,
		)!;
	}

	private isLong(): boolean {
		return this.partial.length >= this.numbers.minPartial;
	}

	private refill(mine: CpuState, newSlab: () => number): void {
		const { current } = mine;
		const hasFrees = current !== null && current.free.length > 0;
		if (current !== null && !hasFrees) current.frozen = false; // full, on no list
		const next = hasFrees ? current : mine.chain.shift();
		this.takeOver(mine, next ?? this.takePartial(mine) ?? this.make(newSlab()));
	}

	private takeOver(mine: CpuState, slab: SlabState): void {
		mine.current = slab;
		mine.free = slab.free.splice(0);
		slab.inuse = this.numbers.objects;
		slab.frozen = true;
	}

	private takePartial(mine: CpuState): SlabState | undefined {
		const first = this.partial.shift();
		if (first === undefined) return undefined;
		const half = Math.floor(this.numbers.cpuPartialSlabs / 2);
		for (let more = 0; more <= half; more++) {
			const slab = this.partial.shift();
			if (slab === undefined) break;
			slab.frozen = true;
			mine.chain.unshift(slab);
		}
		return first;
	}

	private make(base: number): SlabState {
		const { objects, size } = this.numbers;
		const free = Array.from({ length: objects }, (_, i) => base + i * size);
		const slab = { base, free, inuse: 0, frozen: false };
		this.slabs.push(slab);
		return slab;
	}

	private unfreeze(chain: readonly SlabState[]): void {
		for (const slab of chain) {
			slab.frozen = false;
			if (slab.inuse === 0 && this.isLong()) this.discard(slab);
			else this.partial.push(slab);
		}
	}

	private deactivate(slab: SlabState, unused: readonly number[]): void {
		const hadFrees = slab.free.length > 0;
		slab.free = [...unused, ...slab.free];
		slab.inuse -= unused.length;
		slab.frozen = false;
		if (slab.inuse === 0 && this.isLong()) this.discard(slab);
		else if (slab.free.length > 0 && hadFrees) this.partial.push(slab);
		else if (slab.free.length > 0) this.partial.unshift(slab);
	}

	private discard(slab: SlabState): void {
		this.slabs.splice(this.slabs.indexOf(slab), 1);
	}
}
