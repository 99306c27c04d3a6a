// The kernel's static record: what must be known to attach to a kernel that runs, beside the memory manager's own.
//
//   word   0       1       2 .. 3   4 .. 5   6     7         8 .. 9    10 .. 11   12 .. 13   14 .. 15   16 .. 17
//       +-------+-------+--------+--------+-----+---------+---------+----------+----------+----------+---------+
//       | magic | state | seed   | log    | log | kernel  | running | mm_      | vm_area_ | task_    | holding |
//       |       |       |        |        | len | tables  | block   | struct   | struct   | struct   |         |
//       +-------+-------+--------+--------+-----+---------+---------+----------+----------+----------+---------+
//   word  18 .. 19   20      21     22           24 .. 55              64 .. 193        200 .. 231     256 .. 767
//       +----------+-------+------+------------+---------------------+----------------+--------------+--------------+
//       | aliases  | alias | stop | late count | 8 ranges: start, end | address spaces | fault        | command line |
//       |          | lock  | lock | held back  | of 64 bits each     |                | injection    | 2048 bytes   |
//       +----------+-------+------+------------+---------------------+----------------+--------------+--------------+
//   word 232 .. 239: how often failed allocations were complained about (complaint.ts)
//   word 240: number of the design that serves the tasks' objects, 0 for SLUB (designs.ts); 242 .. 243: its root
//
// V1: the state only goes from nothing to booting to running.
// V2: once the kernel runs, only the list of aliases, the locks and what address spaces, fault injection and complaints
//     keep changes.
// [arch/x86/kernel/setup.c boot_command_line, init/main.c system_state]

import type { PhysicalMemory } from "../hw/memory";
import { asPhys, type PhysAddr } from "../hw/units";
import { AddressSpaces } from "../mm/address-space";

const MAGIC = 0;
const STATE = 1;
const SEED = 2;
const LOG = 4;
const LOG_BYTES = 6;
const KERNEL_TABLES = 7;
const RUNNING = 8;
const MM_CACHE = 10;
const VMA_CACHE = 12;
const TASK_CACHE = 14;
const HOLDING_CACHE = 16;
const ALIASES = 18;
const ALIAS_LOCK = 20;
const STOP_LOCK = 21;
const LATE_COUNT = 22;
const HELD_BACK = 23;
const LATE = 24;
const LATE_WORDS = 4;
const SPACES = 64;
const FAULTS = 200;
const FAULT_WORDS = 16;
const COMPLAINTS = 232;
const COMPLAINT_WORDS = 8;
const DESIGN = 240;
const DESIGN_ROOT = 242;
const COMMAND_LINE = 256;
const COMMAND_LINE_BYTES = 2048; // COMMAND_LINE_SIZE
const WORDS = COMMAND_LINE + COMMAND_LINE_BYTES / 4;
const MAGIC_WORD = 0x4b726e6c; // "Krnl"

/** Bytes of the record. */
export const KERNEL_RECORD_BYTES = WORDS * 4;
/** Ranges that a boot loader may leave behind. */
export const LATE_RANGES_MAX = 8;
/** Longest command line that is kept. */
export const COMMAND_LINE_MAX = COMMAND_LINE_BYTES - 1;

const STATE_BOOTING = 1;
const STATE_RUNNING = 2;

/** Bytes from `start` up to, not including, `end`. */
export interface LateRange {
	readonly start: number;
	readonly end: number;
}

/** The record in RAM. */
export class KernelRecord {
	readonly words: Int32Array;
	/** Indices into `words` of the lock of the alias list and of the one that stops all other CPUs. */
	readonly aliasLockAt = ALIAS_LOCK;
	readonly stopLockAt = STOP_LOCK;

	constructor(
		private readonly memory: PhysicalMemory,
		readonly address: PhysAddr,
	) {
		this.words = memory.wordsAt(address, WORDS);
	}

	/** Begins a boot; the record is zeroed RAM. */
	init(seed: number, commandLine: string): void {
		this.words[MAGIC] = MAGIC_WORD;
		this.words[STATE] = STATE_BOOTING;
		this.memory.writeU64(this.at(SEED), seed);
		this.memory.writeText(
			this.at(COMMAND_LINE),
			commandLine.slice(0, COMMAND_LINE_MAX),
		);
	}
	get isValid(): boolean {
		return this.words[MAGIC] === MAGIC_WORD;
	}

	/** Boot has ended. */
	get isRunning(): boolean {
		return this.words[STATE] === STATE_RUNNING;
	}
	setRunning(): void {
		this.words[STATE] = STATE_RUNNING;
	}

	/** Seed of everything random. */
	get seed(): number {
		return this.memory.readU64(this.at(SEED));
	}
	get commandLine(): string {
		return this.memory.readText(this.at(COMMAND_LINE), COMMAND_LINE_BYTES);
	}

	/** Where the kernel log is. */
	get log(): PhysAddr {
		return this.pointer(LOG);
	}
	get logBytes(): number {
		return this.words[LOG_BYTES] as number;
	}
	setLog(address: PhysAddr, bytes: number): void {
		this.setPointer(LOG, address);
		this.words[LOG_BYTES] = bytes;
	}

	/** Tables of the kernel's own half that were made before there was a page allocator. */
	get kernelTables(): number {
		return this.words[KERNEL_TABLES] as number;
	}
	setKernelTables(count: number): void {
		this.words[KERNEL_TABLES] = count;
	}

	/** Block of the running system (running.ts). */
	get running(): PhysAddr {
		return this.pointer(RUNNING);
	}
	setRunningBlock(address: PhysAddr): void {
		this.setPointer(RUNNING, address);
	}

	/** Descriptors of the caches that the kernel uses itself. */
	get mmCache(): PhysAddr {
		return this.pointer(MM_CACHE);
	}
	get vmaCache(): PhysAddr {
		return this.pointer(VMA_CACHE);
	}
	get taskCache(): PhysAddr {
		return this.pointer(TASK_CACHE);
	}
	get holdingCache(): PhysAddr {
		return this.pointer(HOLDING_CACHE);
	}
	setCaches(
		mm: PhysAddr,
		vma: PhysAddr,
		task: PhysAddr,
		holding: PhysAddr,
	): void {
		this.setPointer(MM_CACHE, mm);
		this.setPointer(VMA_CACHE, vma);
		this.setPointer(TASK_CACHE, task);
		this.setPointer(HOLDING_CACHE, holding);
	}

	/** First record of the list of cache aliases (cache-names.ts). */
	get aliases(): PhysAddr {
		return this.pointer(ALIASES);
	}
	setAliases(first: PhysAddr): void {
		this.setPointer(ALIASES, first);
	}

	/** What the boot loader left and boot freed at its end. */
	get lateRanges(): LateRange[] {
		return Array.from({ length: this.words[LATE_COUNT] as number }, (_, i) => ({
			start: this.memory.readU64(this.at(LATE + i * LATE_WORDS)),
			end: this.memory.readU64(this.at(LATE + i * LATE_WORDS + 2)),
		}));
	}
	setLateRanges(ranges: readonly LateRange[]): void {
		this.words[LATE_COUNT] = ranges.length;
		ranges.forEach(({ start, end }, i) => {
			this.memory.writeU64(this.at(LATE + i * LATE_WORDS), start);
			this.memory.writeU64(this.at(LATE + i * LATE_WORDS + 2), end);
		});
	}

	/** Boot left most of the RAM to somebody else (`BootOptions.books`): only page records tell what it is. */
	get holdsBack(): boolean {
		return this.words[HELD_BACK] === 1;
	}
	setHoldsBack(): void {
		this.words[HELD_BACK] = 1;
	}

	/** Words that all address spaces share. */
	get spaces(): Int32Array {
		return this.words.subarray(SPACES, SPACES + AddressSpaces.STATE_WORDS);
	}
	/** Words of one of the two fault injectors: 0 for slabs, 1 for pages. */
	faults(which: 0 | 1): Int32Array {
		const start = FAULTS + which * FAULT_WORDS;
		return this.words.subarray(start, start + FAULT_WORDS);
	}

	/** Words of the complaints about failed allocations. */
	get complaints(): Int32Array {
		return this.words.subarray(COMPLAINTS, COMPLAINTS + COMPLAINT_WORDS);
	}

	/** Number of the design that serves the tasks' objects. */
	get design(): number {
		return this.words[DESIGN] as number;
	}
	/** Root of that design; NULL for SLUB. */
	get designRoot(): PhysAddr {
		return this.pointer(DESIGN_ROOT);
	}
	setDesign(number: number, root: PhysAddr): void {
		this.words[DESIGN] = number;
		this.setPointer(DESIGN_ROOT, root);
	}

	private at(word: number): PhysAddr {
		return asPhys(this.address + word * 4);
	}
	private pointer(word: number): PhysAddr {
		return this.memory.readPointer(this.at(word));
	}
	private setPointer(word: number, target: PhysAddr): void {
		this.memory.writePointer(this.at(word), target);
	}
}
