// Calling contexts of a replay: the recorded call site of each request becomes the context of its CPU.
//
//   kmalloc    site  alloc_pipe_info+0x5b   --> alloc_pipe_info+0x5b
//   mm_page_alloc    names no caller        --> the thread that it happened in
//
// So what a trace of a replay says about call sites is what the recorded kernel said.
//
// RC1: a context says who asked last on that CPU; events that nobody asked for, such as marks, leave it.

import type { CallTree } from "../../hw/context";
import type { Cpu } from "../../hw/cpu";
import type { KmemEvent } from "./reading/event";
import type { Names } from "./reading/names";

const NOBODY = -1;

/** Sets the context of each event's CPU. */
export class CallContexts {
	private readonly nodes: (number | undefined)[] = []; // by number of the name

	constructor(
		private readonly contexts: CallTree,
		private readonly cpus: readonly Cpu[],
		private readonly names: Names,
	) {}

	/** The event is about to be played. */
	enter({ cpu, site, comm }: KmemEvent): void {
		const name = site === NOBODY ? comm : site;
		if (name === NOBODY) return;
		this.cpus[Math.max(0, cpu)]?.setContext(this.nodeOf(name));
	}

	private nodeOf(name: number): number {
		const known = this.nodes[name];
		if (known !== undefined) return known;
		const node = this.contexts.child(0, this.names.text(name));
		this.nodes[name] = node;
		return node;
	}
}
