// The report of a run: what a kernel came to, as plain data.
//
//   Run (log, kernel or none, panic or none)  --reportOf-->  BootReport
//
// J2: numbers of objects are exact: what waits on a CPU's freelist is not in use, whatever /proc/slabinfo says.

import type { Kernel, ObjectUsage } from "../kernel";
import { objectsInUse } from "../kernel/scenario/kernel-view";
import { EXIT_ZOMBIE, NO_TASK, stateText } from "../kernel/task";
import { ALLOC_SLAB } from "../mm/cpu-slab";
import type { SlabCache } from "../mm/slab-cache";
import { MAX_ORDER } from "../mm/zone";
import type { BootRequest } from "./engine";
import type {
	BootReport,
	CacheReport,
	ExpectationReport,
	MachineReport,
	TaskReport,
	TraceReport,
	ZoneReport,
} from "./report/report";

/** What a run has come to so far; a panic may end it at any point. */
export interface Run {
	readonly scenario: { readonly name: string; readonly title: string };
	readonly log: string[];
	kernel: Kernel | null;
	expectations: readonly ExpectationReport[];
	panic: string | null;
	trace?: TraceReport | undefined;
}

/** What is to be told of a run. */
export function reportOf(
	run: Run,
	request: Pick<BootRequest, "proc" | "memoryBytes" | "cpus" | "seed"> &
		Partial<BootRequest>,
): BootReport {
	const { scenario, log, kernel, expectations, panic, trace } = run;
	const counters = kernel?.counters() ?? {};
	return {
		scenario: { name: scenario.name, title: scenario.title },
		machine: machineReport(kernel, request),
		log,
		frames: kernel?.frames() ?? [],
		zones: kernel ? zoneReports(kernel) : [],
		caches: kernel ? cacheReports(kernel) : [],
		tasks: kernel ? taskReports(kernel) : [],
		counters,
		expectations,
		damage: kernel?.check() ?? [],
		panic,
		proc: Object.fromEntries(
			request.proc.map((name) => [name, kernel?.proc(name) ?? ""]),
		),
		...(trace === undefined ? {} : { trace }),
	};
}

/** The machine; of one that panicked while it booted, what was asked for. */
function machineReport(
	kernel: Kernel | null,
	request: Parameters<typeof reportOf>[1],
): MachineReport {
	if (kernel === null)
		return {
			memoryBytes: request.memoryBytes ?? 0,
			frameCount: 0,
			cpus: request.cpus ?? 1,
			seed: request.seed ?? 0,
			ticks: 0,
			nanoseconds: 0,
			commandLine: request.commandLine ?? "",
		};
	const { machine, memory, parts } = kernel;
	return {
		memoryBytes: machine.map.usableBytes,
		frameCount: memory.frameCount,
		cpus: machine.cpus.length,
		seed: parts.record.seed,
		ticks: kernel.ticks,
		nanoseconds: Math.max(...machine.cpus.map(({ cycles }) => cycles)),
		commandLine: kernel.commandLine.text,
	};
}

function zoneReports({ mm }: Kernel): ZoneReport[] {
	return mm.allocator.zones.map(({ zone }) => ({
		name: zone.name,
		startFrame: zone.start,
		managedPages: zone.managed,
		freePages: zone.free,
		freeByOrder: Array.from({ length: MAX_ORDER }, (_, order) =>
			zone.freeBlocks(order),
		),
	}));
}

/** SLUB's caches, then those of the tasks' design and whatever else it holds. */
function cacheReports(kernel: Kernel): CacheReport[] {
	const own = kernel.caches().map((cache) => cacheReport(kernel, cache));
	const { objects } = kernel;
	if (objects.rootAddress === 0) return own;
	const parts = objects.usage().map((part) => partReport(objects.name, part));
	return [...own, ...parts];
}

/** A part of a design, under the design's name: some have names that SLUB uses too. */
function partReport(design: string, part: ObjectUsage): CacheReport {
	const { objectSize, active, total, slabs, pages } = part;
	return {
		name: `${design} ${part.name}`,
		objectBytes: objectSize,
		slotBytes: objectSize,
		activeObjects: active,
		totalObjects: total,
		slabs,
		pages,
		slabsMade: slabs, // a design counts them all together
		wasteBytes: part.wasted + part.free,
	};
}

function cacheReport({ mm }: Kernel, cache: SlabCache): CacheReport {
	const { total, slabs } = cache.usage();
	const inUse = objectsInUse(cache);
	const pages = slabs * 2 ** cache.geometry.order;
	return {
		name: cache.name,
		objectBytes: cache.objectSize,
		slotBytes: cache.geometry.size,
		activeObjects: inUse,
		totalObjects: total,
		slabs,
		pages,
		slabsMade: mm.cpuSlabs.counted(cache.slot, ALLOC_SLAB),
		wasteBytes: pages * 4096 - inUse * cache.objectSize,
	};
}

function taskReports({ running, paging }: Kernel): TaskReport[] {
	const { tasks } = running;
	const reports: TaskReport[] = [];
	for (let task = tasks.first(); task !== NO_TASK; task = tasks.next(task)) {
		const ended = tasks.state(task) === EXIT_ZOMBIE;
		const space = tasks.mm(task);
		reports.push({
			pid: tasks.pid(task),
			name: tasks.name(task),
			state: stateText(tasks.state(task)),
			exitCode: ended ? tasks.exitCode(task) : null,
			nanoseconds: tasks.userCycles(task) + tasks.systemCycles(task),
			residentPages: space === 0 ? 0 : paging.spaces.rssPages(space),
		});
	}
	return reports;
}
