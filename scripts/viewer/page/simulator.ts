// The simulator in a worker: boots the scenario's machine again, stops at an event, and hands out the bytes of a frame.
//
//   scenario --boot, run, with a tracer--> event 0, 1, ... n --stop--> RAM as it is when n + 1 is about to be recorded
//
// A tracer hears its events in batches, which is too late for somebody who wants to stop at one: here the recorder itself is
// asked to count what it writes.
//
// Some events are recorded before their words are written, some after it: only then is what n tells done for sure. What is
// written before the record of n + 1 is done as well.
//
// SM1: until the stop the run is the one that was recorded: same machine, same seed, somebody who listens.

import { Recorder } from "../../../hw/recorder";
import {
	boot,
	bootOptionsOf,
	readScenario,
	runScenario,
	scenarioKernel,
} from "../../../kernel";
import type { MachineOverrides } from "../../../kernel/scenario/machine";
import type { RerunPlan } from "./rerun";

interface Question {
	readonly id: number;
	readonly pfn: number;
	readonly event: number;
	readonly plan: RerunPlan;
}

/** Thrown when what the wanted event tells is done. */
class Stop extends Error {}

/** Counts events, and stops behind the wanted one. */
class Counting {
	private left = Number.POSITIVE_INFINITY;
	buffer: ArrayBufferLike | null = null;

	/** Counts from now on. */
	begin(event: number): void {
		this.left = event + 1;
	}

	note(ring: Int32Array): void {
		this.buffer = ring.buffer;
		if (this.left === 0) throw new Stop();
		this.left--;
	}
}

const emit = Recorder.prototype.emit;

/** RAM of the scenario's machine after an event. */
function memoryAt(event: number, plan: RerunPlan): ArrayBufferLike {
	const scenario = readScenario(plan.document, () => {
		throw new Error("programs in other files do not run in a page");
	});
	if ("problems" in scenario) throw new Error("the scenario is not sound");
	const counting = new Counting();
	Recorder.prototype.emit = function counted(this: Recorder, ...record) {
		const { ring } = this as unknown as { ring: Int32Array };
		counting.note(ring);
		emit.apply(this, record);
	};
	try {
		const overrides = plan.overrides as MachineOverrides | null;
		const tracer = { begin: () => counting.begin(event), event: () => {} };
		const kernel = boot({ ...bootOptionsOf(scenario, overrides), tracer });
		runScenario(scenarioKernel(kernel), scenario, plan.ticks ?? undefined);
	} catch (error) {
		if (!(error instanceof Stop)) throw error;
	}
	if (counting.buffer === null) throw new Error("nothing was recorded");
	return counting.buffer;
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
