// The simulator in a worker: boots the scenario's machine again, stops at an event, and hands out the bytes of a frame.
//
//   scenario --boot, run, with a tracer--> event 0, 1, ... n --stop--> RAM as it is when n + 1 is about to be recorded
//
// Some events are recorded before their words are written, some after it: only then is what n tells done for sure. What is
// written before the record of n + 1 is done as well.
//
// SM1: until the stop the run is the one that was recorded: same machine, same seed, somebody who listens.

import {
	boot,
	bootOptionsOf,
	readScenario,
	runScenario,
	scenarioKernel,
} from "../../../kernel";
import type { MachineOverrides } from "../../../kernel/scenario/machine";
import type { TracedMachine } from "../../../kernel/trace/tracer";
import type { RerunPlan } from "./rerun";

interface Question {
	readonly id: number;
	readonly pfn: number;
	readonly event: number;
	readonly plan: RerunPlan;
}

/** Thrown when what the wanted event tells is done. */
class Stop {}

/** RAM of the scenario's machine after an event. */
function memoryAt(event: number, plan: RerunPlan): ArrayBufferLike {
	const scenario = readScenario(plan.document, () => {
		throw new Error("programs in other files do not run in a page");
	});
	if ("problems" in scenario) throw new Error("the scenario is not sound");
	let memory: ArrayBufferLike | null = null;
	let heard = 0;
	const tracer = {
		isEager: true,
		begin: ({ buffer }: TracedMachine) => {
			memory = buffer;
		},
		event: () => {
			if (heard++ > event) throw new Stop();
		},
	};
	try {
		const overrides = plan.overrides as MachineOverrides | null;
		const kernel = boot({ ...bootOptionsOf(scenario, overrides), tracer });
		runScenario(scenarioKernel(kernel), scenario, plan.ticks ?? undefined);
	} catch (error) {
		if (!(error instanceof Stop)) throw error;
	}
	if (memory === null) throw new Error("nothing was recorded");
	return memory;
}

/** Answers one question after the other; a moment that was asked for last is kept. */
class Answering {
	private event = Number.NaN;
	private memory: ArrayBufferLike | null = null;

	answer({ id, pfn, event, plan }: Question): unknown {
		try {
			if (this.memory === null || event !== this.event) {
				this.memory = null;
				this.memory = memoryAt(event, plan);
				this.event = event;
			}
			return {
				id,
				bytes: new Uint8Array(this.memory, pfn * 4096, 4096).slice(),
			};
		} catch (error) {
			return { id, problem: (error as Error).message };
		}
	}
}

const answering = new Answering();
self.addEventListener("message", ({ data }: MessageEvent<Question>) => {
	self.postMessage(answering.answer(data));
});
