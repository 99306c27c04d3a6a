// A CPU: the registers that the kernel can see, as words of the machine area.
//
//   word   0     1       2     3     4..5     6    7        8     9..10    11       12 .. 15
//       +----+--------+------+------+-------+----+---------+-----+-------+---------+----------+
//       | id | online | root | asid | task  | if | pending | cpl | fault | context | unused   |
//       +----+--------+------+------+-------+----+---------+-----+-------+---------+----------+
//   word  16..17    18..19     20..21    22..23     24 .. 31
//       +---------+----------+---------+----------+-----------------------------------------------+
//       | cycles  | deadline | idle    | system   | mailbox between processors (kernel/smp.ts)    |   256 bytes, words 32 on unused
//       +---------+----------+---------+----------+-----------------------------------------------+
//
// cycles to system are doubles: whole cycles of the simulated clock, exact below 2^53.
//
// if: 1 = interrupts on. cpl: 0 = kernel, 3 = program. fault: address of the last page fault.
//
// C1: where CPUs are threads, only the CPU itself writes its words; others add to `pending`, and fill the mailbox under
//     its lock. A thread that gives turns writes for all of them.
// C2: `cycles` never falls, and is the only clock; what the meters still hold is added whenever it is read.
// A `Turn` is the seat at which kernel code runs: it says whose words "this CPU" are right now. One host thread that
// gives the CPUs turns moves the seat; a thread that is a CPU sits down once.

import {
	asPfn,
	asPhys,
	asVirt,
	type Pfn,
	type PhysAddr,
	type VirtAddr,
} from "./units";

const ID = 0;
const ONLINE = 1;
const ROOT = 2;
const ASID = 3;
const TASK_LOW = 4;
const TASK_HIGH = 5;
const INTERRUPTS = 6;
const PENDING = 7;
const LEVEL = 8;
const FAULT_LOW = 9;
const FAULT_HIGH = 10;
const CONTEXT = 11;
const MAILBOX = 24;
const CYCLES = 8; // index of a double
const DEADLINE = 9;
const IDLE = 10;
const SYSTEM = 11;

/** Bytes of one CPU's registers in the machine area. */
export const CPU_BYTES = 256;
/** Words of the mailbox that `Cpu.mailbox` shows. */
export const MAILBOX_WORDS = 8;

/** Interrupt lines, as bits of the pending word. */
export const IRQ_TIMER = 1;
export const IRQ_CALL = 2; // somebody asks this CPU to do something (see the mailbox)
export const IRQ_RESCHEDULE = 4;

/**
 * A word in which a fast path counts its runs. Each run costs `cycles`, charged when the clock is read; whoever keeps other
 * counts of the same thing is told then. The word must be read before it passes 2^32.
 */
export interface Meter {
	readonly words: Int32Array;
	readonly at: number;
	readonly cycles: number;
	/** Called with the runs since the last reading. */
	readonly onRead: ((runs: number) => void) | null;
}

/** Keeps what each access to memory needs to know of its CPU where accesses look: the TLB (tlb.ts). */
export interface SpaceKeeper {
	/** The CPU works in address space `asid` at privilege level `level` from now on. */
	keepSpace(asid: number, level: number): void;
}

/** Registers of one CPU. */
export class Cpu {
	/** Words of the mailbox through which other CPUs ask for something. */
	readonly mailbox: Int32Array;
	private readonly words: Int32Array;
	private readonly clocks: Float64Array;
	private readonly meters: Meter[] = [];
	private keeper: SpaceKeeper | null = null;

	constructor(
		buffer: ArrayBufferLike,
		byteOffset: number,
		readonly id: number,
	) {
		this.words = new Int32Array(buffer, byteOffset, CPU_BYTES / 4);
		this.clocks = new Float64Array(buffer, byteOffset, CPU_BYTES / 8);
		this.mailbox = new Int32Array(
			buffer,
			byteOffset + MAILBOX * 4,
			MAILBOX_WORDS,
		);
	}

	/** Switches the CPU on: interrupts off, kernel level, everything else zero. */
	powerOn(): void {
		this.words.fill(0);
		this.words[ID] = this.id;
		this.words[ONLINE] = 1;
		this.tellSpace();
	}

	get online(): boolean {
		return this.words[ONLINE] === 1;
	}

	/** Frame of the top-level page table (CR3). */
	get root(): Pfn {
		return asPfn(this.words[ROOT] as number);
	}
	setRoot(root: Pfn, asid: number): void {
		this.words[ROOT] = root;
		this.words[ASID] = asid;
		this.tellSpace();
	}

	/** Address-space identifier that tags TLB entries (PCID). */
	get asid(): number {
		return this.words[ASID] as number;
	}

	/** Task that runs here: address of its record. */
	get task(): PhysAddr {
		const low = (this.words[TASK_LOW] as number) >>> 0;
		return asPhys((this.words[TASK_HIGH] as number) * 2 ** 32 + low);
	}
	setTask(task: PhysAddr): void {
		this.words[TASK_LOW] = task;
		this.words[TASK_HIGH] = task / 2 ** 32;
	}

	get interruptsOn(): boolean {
		return this.words[INTERRUPTS] === 1;
	}
	setInterrupts(on: boolean): void {
		this.words[INTERRUPTS] = on ? 1 : 0;
	}

	/** Interrupt lines that wait to be served, as IRQ_ bits. */
	get pending(): number {
		return this.words[PENDING] as number;
	}
	raise(lines: number): void {
		(this.words[PENDING] as number) |= lines;
	}
	/** Takes and clears all pending lines. */
	takePending(): number {
		const lines = this.words[PENDING] as number;
		this.words[PENDING] = 0;
		return lines;
	}

	/** Privilege level: 0 in the kernel, 3 in a program (CPL). */
	get level(): number {
		return this.words[LEVEL] as number;
	}
	setUserMode(user: boolean): void {
		this.words[LEVEL] = user ? 3 : 0;
		this.tellSpace();
	}

	/**
	 * Tells `keeper` of every change of the address space and the level. It keeps them in shared memory too, so whoever comes to
	 * a machine that runs finds them there, and writes nothing that may be another thread's (C1).
	 */
	setKeeper(keeper: SpaceKeeper): void {
		this.keeper = keeper;
	}

	private tellSpace(): void {
		this.keeper?.keepSpace(this.asid, this.level);
	}

	/** Address of the last page fault (CR2). */
	get faultAddress(): VirtAddr {
		const low = (this.words[FAULT_LOW] as number) >>> 0;
		return asVirt((this.words[FAULT_HIGH] as number) * 2 ** 32 + low);
	}
	setFaultAddress(address: VirtAddr): void {
		this.words[FAULT_LOW] = address;
		this.words[FAULT_HIGH] = address / 2 ** 32;
	}

	/** Calling context: a node of the call tree (context.ts). */
	get context(): number {
		return this.words[CONTEXT] as number;
	}
	setContext(node: number): void {
		this.words[CONTEXT] = node;
	}

	/** Cycles since power-on: the simulated time of this CPU. */
	get cycles(): number {
		this.readMeters();
		return this.clocks[CYCLES] as number;
	}

	/**
	 * The clock without what the meters have not settled yet: cheap enough for every event. It never falls, and within
	 * one CPU it keeps the order of events.
	 */
	get stamp(): number {
		return this.clocks[CYCLES] as number;
	}

	/** Lets code that is too short to charge itself count its runs instead: see `Meter`. */
	addMeter(meter: Meter): void {
		this.meters.push(meter);
	}

	/** Spends `cycles` on this CPU. */
	charge(cycles: number): void {
		(this.clocks[CYCLES] as number) += cycles;
	}

	/** Charges what the meters counted, and tells whoever counts the same. */
	readMeters(): void {
		for (let i = 0; i < this.meters.length; i++) {
			const meter = this.meters[i] as Meter;
			const runs = meter.words[meter.at] as number;
			if (runs === 0) continue;
			meter.words[meter.at] = 0;
			this.charge((runs >>> 0) * meter.cycles);
			meter.onRead?.(runs >>> 0);
		}
	}

	/** Cycle count at which the timer interrupts next. */
	get deadline(): number {
		return this.clocks[DEADLINE] as number;
	}
	setDeadline(cycles: number): void {
		this.clocks[DEADLINE] = cycles;
	}

	/** Cycles spent with nothing to run. */
	get idleCycles(): number {
		return this.clocks[IDLE] as number;
	}
	addIdle(cycles: number): void {
		(this.clocks[IDLE] as number) += cycles;
		this.charge(cycles);
	}

	/** Cycles spent in interrupts and the scheduler. */
	get systemCycles(): number {
		return this.clocks[SYSTEM] as number;
	}
	chargeSystem(cycles: number): void {
		(this.clocks[SYSTEM] as number) += cycles;
		this.charge(cycles);
	}
}

/** Somebody who keeps the current CPU and a view of its area, because a look-up would cost too much. */
export interface Seated {
	sit(area: Int32Array, cpu: Cpu): void;
}

/** Whose turn it is: "this CPU", and its per-CPU area once the kernel has made one. */
export class Turn {
	/** The CPU that runs now. */
	cpu: Cpu;
	/** Its per-CPU area as words; a few empty ones until the kernel has made a real one. */
	local: Int32Array;
	/** The same area as doubles: counters. */
	counters: Float64Array;
	private areas: readonly Int32Array[];
	private doubles: readonly Float64Array[];
	private readonly followers: Seated[] = [];

	/** `first` has the turn to begin with. */
	constructor(
		readonly cpus: readonly Cpu[],
		first = 0,
	) {
		this.cpu = cpus[first] as Cpu;
		this.local = new Int32Array(2);
		this.counters = new Float64Array(1);
		this.areas = cpus.map(() => this.local);
		this.doubles = cpus.map(() => this.counters);
	}

	/** Tells where each CPU's per-CPU area lies; index = CPU number. */
	setAreas(
		words: readonly Int32Array[],
		doubles: readonly Float64Array[],
	): void {
		this.areas = words;
		this.doubles = doubles;
		this.seat(this.cpu.id);
	}

	/** Gives the turn to CPU `id`. */
	seat(id: number): void {
		this.cpu = this.cpus[id] as Cpu;
		this.local = this.areas[id] as Int32Array;
		this.counters = this.doubles[id] as Float64Array;
		for (let i = 0; i < this.followers.length; i++)
			(this.followers[i] as Seated).sit(this.local, this.cpu);
	}

	/** Tells `follower` the per-CPU area of whoever has the turn, now and whenever the turn changes. */
	follow(follower: Seated): void {
		this.followers.push(follower);
		follower.sit(this.local, this.cpu);
	}

	/** `follower` is not told any more. */
	leave(follower: Seated): void {
		const at = this.followers.indexOf(follower);
		if (at >= 0) this.followers.splice(at, 1);
	}

	/** Per-CPU area of any CPU, for readers and for drains. */
	areaOf(id: number): Int32Array {
		return this.areas[id] as Int32Array;
	}
	countersOf(id: number): Float64Array {
		return this.doubles[id] as Float64Array;
	}
}
