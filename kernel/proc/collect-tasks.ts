// Collecting from tasks: what /proc/PID/maps and /proc/PID/status show.
//
//   task --> address space --> area --> area --> area       one line of maps each
//     |            `-- pages of all areas, frames mapped, tables     the Vm lines of status
//     `-- name, state, pid, parent
//
// All memory of programs is anonymous so far: no file, no device, offset 0, private. VmRSS is then RssAnon. The largest
// size that a space ever had is not kept, so VmPeak is the size of now; the most frames that it had are.
// [fs/proc/array.c task_state, fs/proc/task_mmu.c show_map_vma, task_mem]

import type { PhysAddr } from "../../hw/units";
import type { AddressSpaces } from "../../mm/address-space";
import {
	VM_EXEC,
	VM_READ,
	VM_SHARED,
	VM_WRITE,
	VMA_STACK,
	type Vmas,
} from "../../mm/vma";
import { NO_TASK, stateLetter, type Task, type Tasks } from "../task";
import type { MapLine } from "./pid-maps";
import {
	TASK_MEMORY_NAMES,
	type TaskMemoryName,
	type TaskStatus,
} from "./pid-status";
import type { Amounts } from "./scan";

const KIB_PER_PAGE = 4;

/** What the texts about a task are collected from. */
export interface TaskSources {
	readonly tasks: Tasks;
	readonly spaces: Pick<
		AddressSpaces,
		"vmaList" | "totalPages" | "rssPages" | "peakRssPages" | "tableBytes"
	>;
	readonly vmas: Pick<
		Vmas,
		"each" | "start" | "end" | "flags" | "kind" | "name"
	>;
}

/** The areas of a task; none for a kernel thread. Throws an Error when there is no such task. */
export function collectMaps(sources: TaskSources, pid: number): MapLine[] {
	const task = findTask(sources.tasks, pid);
	return areasOf(sources, task).map((area) => mapLine(sources, area));
}

/** Who a task is and what it has. Throws an Error when there is no such task. */
export function collectStatus(sources: TaskSources, pid: number): TaskStatus {
	const { tasks } = sources;
	const task = findTask(tasks, pid);
	const parent = tasks.parent(task);
	return {
		name: tasks.name(task),
		state: stateLetter(tasks.state(task)),
		tgid: pid,
		pid,
		parentPid: parent === NO_TASK ? 0 : tasks.pid(parent),
		memory: tasks.mm(task) === 0 ? null : taskMemory(sources, task),
		threads: 1,
		switches: null,
	};
}

/** Pages of private areas that tasks may write to: what they could come to need (Committed_AS). */
export function committedPages(sources: TaskSources): number {
	const { tasks } = sources;
	let kib = 0;
	for (let task = tasks.first(); task !== NO_TASK; task = tasks.next(task))
		kib += kibOf(sources, dataAreas(sources, task));
	return kib / KIB_PER_PAGE;
}

function findTask(tasks: Tasks, pid: number): Task {
	const task = tasks.find(pid);
	if (task === NO_TASK) throw new Error(`There is no task with pid ${pid}.`);
	return task;
}

function areasOf(sources: TaskSources, task: Task): PhysAddr[] {
	const space = sources.tasks.mm(task);
	const areas: PhysAddr[] = [];
	if (space !== 0)
		sources.vmas.each(sources.spaces.vmaList(space), (area) => {
			areas.push(area);
		});
	return areas;
}

function mapLine({ vmas }: TaskSources, area: PhysAddr): MapLine {
	const flags = vmas.flags(area);
	return {
		start: vmas.start(area),
		end: vmas.end(area),
		read: (flags & VM_READ) !== 0,
		write: (flags & VM_WRITE) !== 0,
		execute: (flags & VM_EXEC) !== 0,
		shared: (flags & VM_SHARED) !== 0,
		offset: 0,
		device: [0, 0],
		inode: 0,
		name: vmas.name(area),
	};
}

function kibOf({ vmas }: TaskSources, areas: readonly PhysAddr[]): number {
	return areas.reduce(
		(kib, area) => kib + (vmas.end(area) - vmas.start(area)) / 1024,
		0,
	);
}

/** Private areas that can be written. */
const dataAreas = (sources: TaskSources, task: Task): PhysAddr[] =>
	areasOf(sources, task).filter((area) => {
		const flags = sources.vmas.flags(area);
		return (flags & (VM_WRITE | VM_SHARED)) === VM_WRITE;
	});

const stackAreas = (
	{ vmas }: TaskSources,
	areas: readonly PhysAddr[],
): PhysAddr[] => areas.filter((area) => vmas.kind(area) === VMA_STACK);

function taskMemory(sources: TaskSources, task: Task): Amounts {
	const { spaces } = sources;
	const space = sources.tasks.mm(task);
	const size = spaces.totalPages(space) * KIB_PER_PAGE;
	const resident = spaces.rssPages(space) * KIB_PER_PAGE;
	const data = dataAreas(sources, task);
	const stack = kibOf(sources, stackAreas(sources, data));
	const known: Partial<Record<TaskMemoryName, number>> = {
		VmPeak: size,
		VmSize: size,
		VmHWM: Math.max(spaces.peakRssPages(space) * KIB_PER_PAGE, resident),
		VmRSS: resident,
		RssAnon: resident,
		VmData: kibOf(sources, data) - stack,
		VmStk: stack,
		VmPTE: spaces.tableBytes(space) / 1024,
	};
	return Object.fromEntries(
		TASK_MEMORY_NAMES.map((name) => [name, known[name] ?? 0]),
	);
}
