// Bringing up: a machine on which a kernel is just starting, and what of the kernel there is so far.
//
//   options --> machine, static variables, log          at once
//           --> memory manager                          from mm_init on
//           --> kernel                                  from fork_init on
//
// Boot's stages get this and add to it. Each runs in a calling context of its own that has the name of Linux's function,
// so that whatever is allocated during boot says who asked.

import { Machine } from "../hw/machine";
import {
	DEFAULT_IMAGE,
	type KernelImage,
	MemoryMap,
	type MemoryRange,
	parseSize,
	pcMemoryMap,
} from "../hw/memory-map";
import { panic } from "../hw/panic";
import type { Recorder } from "../hw/recorder";
import { hex, PAGE_SIZE } from "../hw/units";
import type { PcpSizes } from "../mm/init";
import type { MemblockRange } from "../mm/memblock";
import { type CommandLine, parseCommandLine } from "./command-line";
import type { DesignName } from "./designs";
import { earlyRecorder, recordsWanted } from "./early-recorder";
import type { Kernel } from "./kernel";
import {
	COMMAND_LINE_MAX,
	LATE_RANGES_MAX,
	type LateRange,
} from "./kernel-record";
import { type KernelLog, type LogRecord, recordText } from "./printk";
import { startTracing, type Tracer } from "./trace/tracer";
import { EarlyParts, type MemoryParts } from "./wiring";
import { Witness } from "./witness";

/** What a kernel is configured with when it is built; names and meaning are Linux's. */
export interface KernelConfig {
	/** Objects of a new slab are handed out in random order. Default false. */
	readonly CONFIG_SLAB_FREELIST_RANDOM?: boolean;
	/** Every page and object is zeroed when it is handed out, unless init_on_alloc= says otherwise. Default false. */
	readonly CONFIG_INIT_ON_ALLOC_DEFAULT_ON?: boolean;
	/** Whether huge pages are used unless transparent_hugepage= says otherwise: they raise min_free_kbytes. Default always. */
	readonly CONFIG_TRANSPARENT_HUGEPAGE?: "always" | "madvise" | "never";
}

/** How a machine is to be and what boots on it. Everything has a default. */
export interface BootOptions {
	/** RAM: bytes, or a text such as "512M". Default 64M. */
	readonly memory?: string | number;
	/** The firmware's memory map, instead of `memory`. */
	readonly map?: MemoryMap;
	/** Place and sizes of the kernel image, for `memory`; a map has its own. */
	readonly image?: KernelImage;
	/** Default 1. */
	readonly cpus?: number;
	/** Seed of everything random. Default 1. */
	readonly seed?: number;
	/** The kernel command line. */
	readonly cmdline?: string;
	/** Records every event: true, or how many records each CPU keeps. Default false. */
	readonly recorder?: boolean | { readonly records: number };
	/** Hears everything that happens from power-on; the recorder is on then. */
	readonly tracer?: Tracer;
	/** What the boot loader left in RAM, such as an initial RAM disk: freed when boot ends. */
	readonly reserved?: readonly LateRange[];
	/**
	 * The only RAM that boot may use, for the kernel's books and for what it allocates until init runs. The rest is held
	 * back, reserved and untouched, for whoever fills it afterwards: a replay builds the frames of a recorded kernel there.
	 */
	readonly books?: readonly LateRange[];
	readonly config?: KernelConfig;
	/** The design that serves the objects of tasks; the kernel's own needs stay with SLUB. Default "slub". */
	readonly design?: DesignName;
	/** False: pages are not kept apart by mobility, however much memory there is. Default true. */
	readonly grouping?: boolean;
	/** Sizes of every per-CPU page list, instead of Linux's formula; high 0 and batch 1 switch them off. */
	readonly pcp?: PcpSizes;
	/** Gets each line of the log that goes to the console, as it is printed. */
	readonly onLog?: (line: string) => void;
}

/** A part of the kernel image that is given back when boot ends, with its name in the log. */
export interface FreedImagePart extends LateRange {
	readonly name: string;
}

/** What only boot needs, and the gaps that the loader left between parts; whole pages, parts without any left out. */
export function freedImageParts(image: KernelImage): FreedImagePart[] {
	const { code, rodata, data, init } = image;
	const part = (name: string, start: number, end: number): FreedImagePart => ({
		name,
		start: Math.ceil(start / PAGE_SIZE) * PAGE_SIZE,
		end: Math.floor(end / PAGE_SIZE) * PAGE_SIZE,
	});
	return [
		part("initmem", init.start, init.start + init.bytes),
		part("text/rodata gap", code.start + code.bytes, rodata.start),
		part("rodata/data gap", rodata.start + rodata.bytes, data.start),
	].filter(({ start, end }) => start < end);
}

const IMAGE_PARTS_MAX = 3; // ranges that freedImageParts can give
const LOADER_RANGES_MAX = LATE_RANGES_MAX - IMAGE_PARTS_MAX;
const MEMORY_DEFAULT = "64M";
const SEED_MAX = Number.MAX_SAFE_INTEGER;

/** A kernel that boots. */
export class Bringup {
	readonly commandLine: CommandLine;
	/** The map before mem= cut it. */
	readonly firmwareMap: MemoryMap;
	readonly machine: Machine;
	readonly early: EarlyParts;
	readonly seed: number;
	/** Records that each CPU's ring holds; 0 where nothing is recorded. */
	readonly records: number;
	log: KernelLog;
	/** What was free before anything was held back (see `BootOptions.books`). */
	freeAtFirst: readonly MemblockRange[] = [];
	/** Tells the recorder of stages and lines of the log. */
	witness: Witness;
	/** From mm_init on. */
	memory!: MemoryParts;
	/** From fork_init on. */
	kernel!: Kernel;

	/** Switches the machine on. Throws an Error, with one sentence, for what no machine can be. */
	constructor(readonly options: BootOptions) {
		this.commandLine = commandLineOf(options);
		this.firmwareMap = mapOf(options);
		this.seed = seedOf(options);
		const map = limitMap(this.firmwareMap, this.commandLine.memoryBytes);
		checkReserved(map, options.reserved ?? []);
		checkBooks(map, options.books ?? []);
		checkImage(map);
		const cpus = cpusOf(options, this.commandLine);
		this.machine = Machine.powerOn({ map, cpus, seed: this.seed });
		this.early = new EarlyParts(this.machine);
		const { early, machine } = this;
		this.records = recordsWanted(options, this.commandLine, early);
		const recorder = this.records > 0 ? earlyRecorder(early) : null;
		early.memblock.recorder = recorder;
		this.witness = new Witness(machine.contexts, machine.turn, recorder);
		this.log = this.openStatics();
		if (options.tracer) startTracing(machine, this, options.tracer);
	}

	/** Hears of what happens; null where nothing is recorded. */
	get recorder(): Recorder | null {
		return this.witness.recorder;
	}

	/** From mm_init on: the memory manager, which records to rings of its own. */
	setMemory(memory: MemoryParts): void {
		const { recorder } = memory.mm;
		if (recorder !== null) this.recorder?.handOver(recorder);
		this.early.memblock.recorder = recorder;
		this.witness = memory.witness;
		this.log.witness = this.witness;
		this.memory = memory;
	}

	/** Runs a stage in the calling context `path`, names from the outermost in, separated by slashes. */
	enter(path: string, stage: (bringup: Bringup) => void): void {
		const { contexts, turn } = this.machine;
		const before = turn.cpu.context;
		const node = path
			.split("/")
			.reduce((parent, name) => contexts.child(parent, name), 0);
		turn.cpu.setContext(node);
		this.witness.stage(node, true);
		stage(this);
		this.witness.stage(node, false);
		turn.cpu.setContext(before);
	}

	/** Uses the log at the place that the kernel's record names now. */
	openLog(): KernelLog {
		const log = this.early.log();
		log.witness = this.witness;
		const { onLog } = this.options;
		if (onLog)
			log.attachConsole((record: LogRecord) => {
				for (const line of recordText(record).split("\n")) onLog(line);
			});
		return log;
	}

	private openStatics(): KernelLog {
		const { early, machine, commandLine } = this;
		const { statics, record, globals } = early;
		globals.init(machine.cpus.length);
		machine.setStatics(statics.globals);
		record.init(this.seed, commandLine.text);
		record.setLog(statics.log, statics.logBytes);
		const log = this.openLog();
		log.setConsoleLevel(commandLine.consoleLevel);
		return log;
	}
}

function commandLineOf({ cmdline = "" }: BootOptions): CommandLine {
	if (cmdline.length > COMMAND_LINE_MAX)
		throw new Error(
			`The command line has ${cmdline.length} characters; a kernel takes at most ${COMMAND_LINE_MAX}.`,
		);
	return parseCommandLine(cmdline);
}

function mapOf(options: BootOptions): MemoryMap {
	const { memory, map, image = DEFAULT_IMAGE } = options;
	if (map && memory !== undefined)
		throw new Error("A machine has either a memory size or a memory map.");
	if (map) return map;
	const wanted = memory ?? MEMORY_DEFAULT;
	const bytes = typeof wanted === "string" ? parseSize(wanted) : wanted;
	return pcMemoryMap(bytes, image);
}

function seedOf({ seed = 1 }: BootOptions): number {
	if (Number.isInteger(seed) && seed >= 0 && seed <= SEED_MAX) return seed;
	throw new Error(`Seed ${seed} is not a whole number from 0 on.`);
}

/** CPUs that the machine has and the command line lets in. */
function cpusOf(options: BootOptions, commandLine: CommandLine): number {
	const { cpusPossible, cpusOnline } = commandLine;
	const cpus = options.cpus ?? 1;
	const possible = Math.min(cpus, cpusPossible ?? cpus);
	return Math.min(possible, Math.max(1, cpusOnline ?? possible));
}

/** The map without the RAM above `limit` (mem=). */
function limitMap(map: MemoryMap, limit: number | null): MemoryMap {
	if (limit === null || limit >= map.ramEnd) return map;
	const kept = map.ranges.flatMap((range): MemoryRange[] => {
		if (range.type !== "usable" || range.end <= limit) return [range];
		const end = Math.floor(limit / 1024) * 1024; // maps have a grain of 1 KiB
		return range.start < end ? [{ ...range, end }] : [];
	});
	return new MemoryMap(kept, map.image);
}

function checkReserved(map: MemoryMap, reserved: readonly LateRange[]): void {
	if (reserved.length > LOADER_RANGES_MAX)
		throw new Error(
			`A boot loader can leave at most ${LOADER_RANGES_MAX} ranges, not ${reserved.length}.`,
		);
	for (const { start, end } of reserved) {
		const range = `${hex(start)}-${hex(end - 1)}`;
		const inRam = map.ranges.some(
			(it) => it.type === "usable" && it.start <= start && end <= it.end,
		);
		if (!(start < end) || !inRam)
			throw new Error(
				`The range ${range} that the loader left is not inside of usable memory.`,
			);
		if (start < map.imageEnd && end > map.imageStart)
			throw new Error(
				`The range ${range} that the loader left overlaps the kernel image.`,
			);
	}
}

function checkBooks(map: MemoryMap, books: readonly LateRange[]): void {
	for (const { start, end } of books) {
		const isWhole = start % PAGE_SIZE === 0 && end % PAGE_SIZE === 0;
		const isInRam = map.ranges.some(
			(it) => it.type === "usable" && it.start <= start && end <= it.end,
		);
		if (!(start < end) || !isWhole || !isInRam)
			throw new Error(
				`The range ${hex(start)}-${hex(end - 1)} for the kernel's books is not whole pages of usable memory.`,
			);
	}
}

/** A loader that cannot place the kernel cannot start it either: the machine dies before its first line. */
function checkImage(map: MemoryMap): void {
	if (map.imageFits) return;
	const last = hex(map.imageEnd - 1);
	panic(
		`The kernel image needs all of the memory from ${hex(map.imageStart)} to ${last}`,
	);
}
