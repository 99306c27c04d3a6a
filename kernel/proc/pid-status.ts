// /proc/PID/status: who a task is, in what state, and how much memory it has.
//
//   Name:	worker
//   State:	R (running)
//   Pid:	2
//   VmPeak:	    3708 kB       sizes in 8 columns; a kernel thread has no memory of its own and no Vm lines
//   Threads:	1
//
// PS1: VmRSS = RssAnon + RssFile + RssShmem. PS2: VmPeak >= VmSize and VmHWM >= VmRSS.
// Linux prints more lines (signals, capabilities, users); those of what does not exist here are left out, the rest keeps
// Linux's order. [fs/proc/array.c proc_pid_status, fs/proc/task_mmu.c task_mem]

import { joinLines, right } from "./pad";
import { type Amounts, Scanner, takeAmounts } from "./scan";

/** States by their letter. */
export const TASK_STATES = {
	R: "running",
	S: "sleeping",
	D: "disk sleep",
	T: "stopped",
	t: "tracing stop",
	X: "dead",
	Z: "zombie",
	P: "parked",
	I: "idle",
} as const;
export type TaskStateLetter = keyof typeof TASK_STATES;

/** Names of the memory lines, top to bottom; values in kB. */
export const TASK_MEMORY_NAMES = [
	"VmPeak",
	"VmSize",
	"VmLck",
	"VmPin",
	"VmHWM",
	"VmRSS",
	"RssAnon",
	"RssFile",
	"RssShmem",
	"VmData",
	"VmStk",
	"VmExe",
	"VmLib",
	"VmPTE",
	"VmSwap",
	"HugetlbPages",
] as const;
export type TaskMemoryName = (typeof TASK_MEMORY_NAMES)[number];

/** What the file shows of a task. */
export interface TaskStatus {
	readonly name: string;
	readonly state: TaskStateLetter;
	/** Thread group: the pid of the first thread. */
	readonly tgid: number;
	readonly pid: number;
	readonly parentPid: number;
	/** kB by name, in Linux's order; null for a kernel thread. */
	readonly memory: Amounts | null;
	readonly threads: number;
	/** Times that the task gave the CPU away, and that the CPU was taken from it; null where nobody counts. */
	readonly switches: readonly [voluntary: number, involuntary: number] | null;
}

/** The text of /proc/PID/status. */
export function formatStatus(task: TaskStatus): string {
	return joinLines([
		`Name:\t${task.name}`,
		`State:\t${task.state} (${TASK_STATES[task.state]})`,
		`Tgid:\t${task.tgid}`,
		`Pid:\t${task.pid}`,
		`PPid:\t${task.parentPid}`,
		...Object.entries(task.memory ?? {}).map(
			([name, value]) => `${name}:\t${right(value, 8)} kB`,
		),
		`Threads:\t${task.threads}`,
		...switchLines(task.switches),
	]);
}

function switchLines(switches: TaskStatus["switches"]): string[] {
	if (!switches) return [];
	const [voluntary, involuntary] = switches;
	return [
		`voluntary_ctxt_switches:\t${voluntary}`,
		`nonvoluntary_ctxt_switches:\t${involuntary}`,
	];
}

/** What such a text says. Throws an Error naming the line that does not fit. */
export function parseStatus(text: string): TaskStatus {
	const scanner = new Scanner("status", text);
	const word = (name: string, value: string): string =>
		scanner.take(
			new RegExp(`^${name}:\t${value}$`),
			`\`${name}\``,
		)[0] as string;
	const number = (name: string): number => Number(word(name, "(\\d+)"));
	const name = word("Name", "(.*)");
	const state = word("State", "([RSDTtXZPI]) \\(.*\\)") as TaskStateLetter;
	const [tgid, pid, parentPid] = [
		number("Tgid"),
		number("Pid"),
		number("PPid"),
	];
	const memory = takeAmounts(scanner, /^(\w+):\t *(\d+) kB$/);
	return {
		name,
		state,
		tgid,
		pid,
		parentPid,
		memory: Object.keys(memory).length > 0 ? memory : null,
		threads: number("Threads"),
		switches: scanner.done
			? null
			: [
					number("voluntary_ctxt_switches"),
					number("nonvoluntary_ctxt_switches"),
				],
	};
}
