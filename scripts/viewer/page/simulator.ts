// The simulator in a worker: boots the scenario's machine again, stops at an event, and answers what is asked about it.
//
//   trace, plan --rerunOf--> run        { event, what } --kernelAfter, machineAfter--> bytes, free lists, text of /proc
//
// Texts of /proc are those of `flagstone trace FILE REPORT --at EVENT`, which stops at the same place (kernel/trace/rerun.ts).
//
// SM1: a moment that was asked for last is kept: several questions about it cost one run.

import { inflateSync } from "fflate";
import { asPfn } from "../../../hw/units";
import type { Kernel } from "../../../kernel";
import {
	kernelAfter,
	machineAfter,
	type Rerun,
	rerunOf,
	type Standing,
} from "../../../kernel/trace/rerun";
import type { Trace } from "../../../kernel/trace/trace";
import type { FreeChain } from "../../../mm/slab-cache";
import { traceOf } from "../model/show";
import type { Question, Reply, Start } from "./rerun";

/** The last thing that was made, by the event it was made for. */
class Last<T> {
	private event = Number.NaN;
	private value: T | null = null;

	constructor(private readonly make: (event: number) => T) {}

	at(event: number): T {
		if (this.value !== null && event === this.event) return this.value;
		this.value = null; // lets go of the other one first
		this.value = this.make(event);
		this.event = event;
		return this.value;
	}
}

/** Answers one question after the other. */
class Simulator {
	private readonly kernels: Last<Kernel>;
	private readonly machines: Last<Standing>;

	constructor(run: Rerun, trace: Trace) {
		this.kernels = new Last((event) => kernelAfter(run, trace, event));
		this.machines = new Last((event) => machineAfter(run, trace, event));
	}

	answer(question: Question): unknown {
		const { event } = question;
		if (question.kind === "proc")
			return this.kernels.at(event).proc(question.name);
		const { memory, kernel } = this.machines.at(event);
		if (question.kind === "chains")
			return chainsOf(kernel, question.slab, question.slot);
		return new Uint8Array(memory, question.pfn * 4096, 4096).slice();
	}
}

function chainsOf(
	kernel: Kernel | null,
	slab: number,
	slot: number,
): FreeChain[] {
	if (kernel === null)
		throw new Error(
			"the kernel was still booting, its free lists are not read",
		);
	const cache = kernel.caches().find((each) => each.slot === slot);
	if (cache === undefined) throw new Error("the cache does not exist now");
	return cache.freeChains(asPfn(slab));
}

/** What the first message starts, and the others ask. */
const worker: { simulator: Simulator | null } = { simulator: null };
self.addEventListener("message", ({ data }: MessageEvent<Start | Question>) => {
	if ("plan" in data) {
		const { trace, salvage, plan } = data;
		const inflate = { inflate: (packed: Uint8Array) => inflateSync(packed) };
		const whole = traceOf(trace, inflate, salvage);
		worker.simulator = new Simulator(rerunOf(plan), whole);
	} else self.postMessage(reply(data));
});

function reply(question: Question): Reply {
	if (worker.simulator === null)
		return { problem: "the scenario of this trace cannot be run here" };
	try {
		return { answer: worker.simulator.answer(question) };
	} catch (error) {
		return { problem: (error as Error).message };
	}
}
