// /proc: the texts by name.
//
//   read("zoneinfo")     memory as a whole: collected, formatted
//   read("7/status")     a task, by its pid
//
// Each read looks at the machine anew. The texts are those of Linux to the byte, so that tools and people's habits work.

import type { MemoryMap } from "../../hw/memory-map";
import type { Pfn } from "../../hw/units";
import type { PageTables } from "../../mm/page-table";
import type { SlabCache } from "../../mm/slab-cache";
import { formatBuddyinfo } from "./buddyinfo";
import {
	collectBuddyinfo,
	collectDirectMap,
	collectIomem,
	collectMeminfo,
	collectPagetypeinfo,
	collectSlabinfo,
	collectVmstat,
	collectZoneinfo,
	type MemorySources,
} from "./collect";
import {
	collectMaps,
	collectStatus,
	committedPages,
	type TaskSources,
} from "./collect-tasks";
import { formatIomem } from "./iomem";
import { formatMeminfo } from "./meminfo";
import { formatPagetypeinfo } from "./pagetypeinfo";
import { formatMaps } from "./pid-maps";
import { formatStatus } from "./pid-status";
import { formatSlabinfo } from "./slabinfo";
import { formatVmstat } from "./vmstat";
import { formatZoneinfo } from "./zoneinfo";

/** What all texts together are collected from. */
export interface ProcSources {
	/** A MemoryManager. */
	readonly memory: MemorySources & {
		readonly caches: { all(): readonly SlabCache[] };
	};
	readonly tasks: TaskSources;
	readonly map: MemoryMap;
	/** As it was given, without a newline. */
	readonly commandLine: string;
	/** The line that begins the boot log: `Linux version ...`. */
	readonly version: string;
	/** The kernel's own page tables. */
	readonly tables: Pick<PageTables, "eachLeaf">;
	readonly kernelRoot: Pfn;
}

type Text = (sources: ProcSources) => string;
type TaskText = (sources: TaskSources, pid: number) => string;

const TEXTS: ReadonlyMap<string, Text> = new Map<string, Text>([
	["buddyinfo", ({ memory }) => formatBuddyinfo(collectBuddyinfo(memory))],
	["cmdline", ({ commandLine }) => `${commandLine}\n`],
	["iomem", ({ map }) => formatIomem(collectIomem(map))],
	["meminfo", meminfoText],
	[
		"pagetypeinfo",
		({ memory }) => formatPagetypeinfo(collectPagetypeinfo(memory)),
	],
	[
		"slabinfo",
		({ memory }) => formatSlabinfo(collectSlabinfo(memory.caches.all())),
	],
	["version", ({ version }) => `${version}\n`],
	["vmstat", ({ memory }) => formatVmstat(collectVmstat(memory))],
	["zoneinfo", ({ memory }) => formatZoneinfo(collectZoneinfo(memory))],
]);

const TASK_TEXTS: ReadonlyMap<string, TaskText> = new Map<string, TaskText>([
	["maps", (tasks, pid) => formatMaps(collectMaps(tasks, pid))],
	["status", (tasks, pid) => formatStatus(collectStatus(tasks, pid))],
]);

function meminfoText(sources: ProcSources): string {
	const { memory, tasks, tables, kernelRoot, map } = sources;
	const directMap = collectDirectMap(tables, kernelRoot, map.ramEnd);
	return formatMeminfo(
		collectMeminfo(memory, committedPages(tasks), directMap),
	);
}

/** The names that `readProc` knows; PID stands for a number. */
export const PROC_NAMES: readonly string[] = [
	...TEXTS.keys(),
	...Array.from(TASK_TEXTS.keys(), (name) => `PID/${name}`),
];

/** True for a name that `readProc` knows; whether there is such a task is seen when it is read. */
export const isProcName = (name: string): boolean => textOf(name) !== undefined;

/** The text of /proc/`name`, with or without /proc/ in front. Throws an Error when there is no such file or task. */
export function readProc(sources: ProcSources, name: string): string {
	const text = textOf(name);
	if (text) return text(sources);
	throw new Error(
		`There is no /proc file "${name}"; there are ${PROC_NAMES.join(", ")}.`,
	);
}

function textOf(name: string): Text | undefined {
	const path = name.replace(/^\/proc\//, "");
	const task = /^(\d+)\/(\w+)$/.exec(path);
	if (!task) return TEXTS.get(path);
	const text = TASK_TEXTS.get(task[2] as string);
	return text && (({ tasks }) => text(tasks, Number(task[1])));
}
