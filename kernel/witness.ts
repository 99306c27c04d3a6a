// The witness: says who works on each CPU, and tells the recorder what the running system does.
//
//   boot stage    start_kernel > mm_init > kmem_cache_init        task    worker > kmalloc
//        |                                                          |
//        `-- context word of the CPU, a node of the call tree ------'--> page records, events
//
// Contexts are kept whether somebody records or not: the record of each page says in which one it was allocated. Tasks of
// one name share their contexts, so that reports by call site add them up.
//
// WT1: outside tasks and stages the context is 0.
// WT2: without a recorder nothing but contexts changes.

import type { CallTree } from "../hw/context";
import type { Turn } from "../hw/cpu";
import { pageHigh, pageLow } from "../hw/events";
import type { Recorder } from "../hw/recorder";
import {
	EV_FAULT,
	EV_LOG,
	EV_STAGE,
	EV_SWITCH,
	EV_TASK_END,
	EV_TASK_EXIT,
	EV_TASK_NEW,
	EV_TICK,
} from "./events";

const CALLS = 64; // more than there are requests: one row of known contexts for each node

/** Who works, and what happens. */
export class Witness {
	private readonly known = new Map<number, number>(); // node * CALLS + request -> node

	constructor(
		private readonly contexts: CallTree,
		private readonly turn: Turn,
		readonly recorder: Recorder | null,
	) {}

	/** Node of the tasks of this name. */
	contextOf(name: string): number {
		return this.contexts.child(0, name);
	}

	/** This CPU works in `context` from now on; 0 for nobody. */
	enter(context: number): void {
		this.turn.cpu.setContext(context);
	}

	/** Does `work` in the context `name` below the one that this CPU is in. */
	within<T>(name: string, work: () => T): T {
		const { cpu } = this.turn;
		const caller = cpu.context;
		cpu.setContext(this.contexts.child(caller, name));
		const result = work();
		cpu.setContext(caller);
		return result;
	}

	/** This CPU performs request number `call`, called `name`, of the task whose context it is in; returns that context. */
	enterCall(call: number, name: string): number {
		const { cpu } = this.turn;
		const task = cpu.context;
		const key = task * CALLS + call;
		let node = this.known.get(key);
		if (node === undefined) {
			node = this.contexts.child(task, name);
			this.known.set(key, node);
		}
		cpu.setContext(node);
		return task;
	}

	stage(context: number, begins: boolean): void {
		this.recorder?.emit(EV_STAGE, context, begins ? 1 : 0, 0, 0);
	}

	log(level: number, text: string): void {
		this.recorder?.emitText(text);
		this.recorder?.emit(EV_LOG, level, text.length, 0, 0);
	}

	tick(number: number): void {
		this.recorder?.emit(EV_TICK, number, 0, 0, 0);
	}

	taskBegins(
		pid: number,
		parent: number,
		name: string,
		kernelThread: boolean,
	): void {
		this.recorder?.emitText(name);
		this.recorder?.emit(EV_TASK_NEW, pid, parent, kernelThread ? 1 : 0, 0);
	}

	taskExits(pid: number, code: number, killed: boolean): void {
		this.recorder?.emit(EV_TASK_EXIT, pid, code, killed ? 1 : 0, 0);
	}

	taskEnds(pid: number): void {
		this.recorder?.emit(EV_TASK_END, pid, 0, 0, 0);
	}

	/** The CPU goes from task `from` to task `to`; 0 is idle. `why` is a LEFT_ number. */
	switches(to: number, from: number, why: number): void {
		this.recorder?.emit(EV_SWITCH, to, from, why, 0);
	}

	fault(pid: number, va: number, code: number): void {
		const high = pageHigh(va, code);
		this.recorder?.emit(EV_FAULT, pageLow(va), high, pid, 0);
	}

	/** A task changed its address space; `event` is EV_MAP, EV_UNMAP or EV_PROTECT. */
	space(
		event: number,
		pid: number,
		va: number,
		bytes: number,
		protection: number,
	): void {
		const pages = Math.ceil(bytes / 4096);
		const high = pageHigh(va, protection);
		this.recorder?.emit(event, pageLow(va), high, pages, pid);
	}
}
