// The machine: RAM, CPUs and what else is bolted to the board, all in one buffer.
//
//   byte 0                                   RAM end                                        buffer end
//     +---------------------------------------+-----------+-------+-----------+--------------+
//     | RAM                                   | registers | TLBs  | call tree | machine page |
//     +---------------------------------------+-----------+-------+-----------+--------------+
//                                                 256 x CPU    |      262 208      4096 bytes, the last page
//                                                              `-- 17 280 x CPU
//
//   machine page: word  0       1         2      3 .. 4    5 .. 6    7 .. 8      16 ..
//                   +-------+---------+------+---------+---------+-----------+----------------------+
//                   | magic | version | CPUs | RAM end | statics | rng state | firmware memory map  |
//                   +-------+---------+------+---------+---------+-----------+----------------------+
//
// Everything behind the RAM is hardware state: it is not memory that the kernel can hand out, and it is part of an image.
// Whoever has the buffer has the machine: `attach` needs nothing else.
//
// H1: the machine page is the last page of the buffer, so it is found without knowing the size of the RAM.
// H2: the buffer is zero at power-on; what is not written here is zero.

import { CallTree, CONTEXT_BYTES } from "./context";
import { CPU_BYTES, Cpu, Turn } from "./cpu";
import { type Locks, ThreadLocks, TurnLocks } from "./lock";
import { type MemoryBuffer, PhysicalMemory } from "./memory";
import { MemoryMap } from "./memory-map";
import { Mmu } from "./mmu";
import type { Recorder } from "./recorder";
import { RNG_WORDS, Rng } from "./rng";
import { Tlb } from "./tlb";
import { asPhys, PAGE_SIZE, type PhysAddr, readLong, writeLong } from "./units";

const MAGIC = 0;
const VERSION = 1;
const CPUS = 2;
const RAM_END = 3;
const STATICS = 5;
const RNG = 7;
const MAP = 16;
const MAGIC_WORD = 0x46534d31; // "FSM1"
const LAYOUT_VERSION = 1;
/** CPUs that a machine can have. */
export const CPUS_MAX = 64;

const TLB_BYTES = Math.ceil(Tlb.BYTES / 64) * 64;

/** What a machine is built from. */
export interface MachineOptions {
	readonly map: MemoryMap;
	readonly cpus: number;
	readonly seed: number;
}

/** A machine that is on. */
export class Machine {
	readonly map: MemoryMap;
	readonly memory: PhysicalMemory;
	readonly cpus: readonly Cpu[];
	readonly tlbs: readonly Tlb[];
	readonly mmus: readonly Mmu[];
	readonly turn: Turn;
	readonly contexts: CallTree;
	readonly rng: Rng;
	private readonly page: Int32Array;

	private constructor(
		readonly buffer: MemoryBuffer,
		readonly locks: Locks,
		cpu: number,
		/** One thread gives all CPUs their turns; false where this thread is one CPU of several. */
		readonly takesTurns: boolean,
	) {
		const pageAt = buffer.byteLength - PAGE_SIZE;
		this.page = new Int32Array(buffer, pageAt, PAGE_SIZE / 4);
		this.map = MemoryMap.readFrom(this.page.subarray(MAP));
		const ramEnd = readLong(this.page, RAM_END);
		this.memory = new PhysicalMemory(buffer, ramEnd);
		const count = this.page[CPUS] as number;
		const ids = Array.from({ length: count }, (_, id) => id);
		const tlbsAt = ramEnd + count * CPU_BYTES;
		this.cpus = ids.map((id) => new Cpu(buffer, ramEnd + id * CPU_BYTES, id));
		this.tlbs = ids.map((id) => new Tlb(buffer, tlbsAt + id * TLB_BYTES, id));
		this.mmus = this.cpus.map(
			(cpu, id) => new Mmu(this.memory, cpu, this.tlbs[id] as Tlb, locks),
		);
		this.contexts = new CallTree(buffer, tlbsAt + count * TLB_BYTES);
		this.rng = new Rng(this.page.subarray(RNG, RNG + RNG_WORDS));
		this.turn = new Turn(this.cpus, cpu);
	}

	/** Builds a machine and switches it on. Throws, with a sentence, when the host cannot hold it. */
	static powerOn(options: MachineOptions): Machine {
		const { map, cpus, seed } = options;
		if (!(Number.isInteger(cpus) && cpus >= 1 && cpus <= CPUS_MAX))
			throw new Error(
				`A machine has 1 to ${CPUS_MAX} CPUs; ${cpus} were asked for.`,
			);
		const area = cpus * (CPU_BYTES + TLB_BYTES) + CONTEXT_BYTES;
		const bytes = map.ramEnd + Math.ceil(area / PAGE_SIZE + 1) * PAGE_SIZE;
		const buffer = makeBuffer(bytes);
		const page = new Int32Array(buffer, bytes - PAGE_SIZE, PAGE_SIZE / 4);
		page[MAGIC] = MAGIC_WORD;
		page[VERSION] = LAYOUT_VERSION;
		page[CPUS] = cpus;
		writeLong(page, RAM_END, map.ramEnd);
		map.writeTo(page.subarray(MAP));
		const machine = new Machine(buffer, new TurnLocks(), 0, true);
		machine.rng.seed(seed);
		for (const cpu of machine.cpus) cpu.powerOn();
		return machine;
	}

	/**
	 * Views of a machine that is on, for the thread that is CPU `cpu` of it; without a CPU number, for a thread that
	 * gives all CPUs turns.
	 */
	static attach(buffer: MemoryBuffer, cpu?: number): Machine {
		const count = cpusIn(buffer);
		if (count === 0)
			throw new Error("The buffer does not hold a Flagstone machine.");
		const isCpu = cpu === undefined || (cpu >= 0 && cpu < count);
		if (!isCpu || !Number.isInteger(cpu ?? 0))
			throw new Error(`The machine has CPUs 0 to ${count - 1}, not ${cpu}.`);
		const locks = cpu === undefined ? new TurnLocks() : new ThreadLocks(cpu);
		return new Machine(buffer, locks, cpu ?? 0, cpu === undefined);
	}

	/** Lets translation units and TLBs tell what they do; null for silence. */
	record(recorder: Recorder | null): void {
		for (const mmu of this.mmus) mmu.recorder = recorder;
		for (const tlb of this.tlbs) tlb.recorder = recorder;
	}

	/** Address of the kernel's static variables; 0 before a kernel runs. */
	get statics(): PhysAddr {
		return asPhys(readLong(this.page, STATICS));
	}
	setStatics(address: PhysAddr): void {
		writeLong(this.page, STATICS, address);
	}
}

/** CPUs of the machine in a buffer; 0 when there is none in it. */
function cpusIn(buffer: MemoryBuffer): number {
	const pageAt = buffer.byteLength - PAGE_SIZE;
	if (pageAt <= 0 || pageAt % PAGE_SIZE !== 0) return 0;
	const page = new Int32Array(buffer, pageAt, MAP);
	const isOurs = page[MAGIC] === MAGIC_WORD && page[VERSION] === LAYOUT_VERSION;
	return isOurs ? (page[CPUS] as number) : 0;
}

/** Shared memory where the host has it; a browser page without it gets a plain buffer, and one thread. */
function makeBuffer(bytes: number): MemoryBuffer {
	try {
		return typeof SharedArrayBuffer === "function"
			? new SharedArrayBuffer(bytes)
			: new ArrayBuffer(bytes);
	} catch {
		const gib = (bytes / 2 ** 30).toFixed(1);
		throw new Error(
			`The host cannot reserve ${gib} GiB of address space for this machine; give it less memory.`,
		);
	}
}
