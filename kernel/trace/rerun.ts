// Running a scenario again up to an event of its trace: the machine itself, with every byte, at that moment.
//
//   scenario, options --boot, run--> event 0, 1, 2 ... n --Stop--> the kernel as it was when it had told event n
//
// The machine is deterministic, so the n-th event is the same one; what it holds besides what events tell can then be read
// off it. It stands still in the middle of what it was doing: it may be read, and not be used any more.
//
// RN1: the machine is exactly the recorded one: the rings have the same size, whoever listens.
// RN2: any other event than the recorded one is an Error with one sentence, and not another machine's bytes.

import { boot } from "../boot";
import type { BootOptions } from "../bringup";
import type { Kernel } from "../kernel";
import { scenarioKernel } from "../scenario/kernel-view";
import { runScenario } from "../scenario/runner";
import type { Scenario } from "../scenario/scenario";
import type { EventReader } from "./reader";
import type { Trace } from "./trace";
import type { Tracer } from "./tracer";

/** Thrown where the run is to end, through everything that is going on. */
class Stop {}

/** How the scenario ran when it was recorded. */
export interface Rerun {
	readonly scenario: Scenario;
	readonly options: BootOptions;
	/** Null for as many as the scenario says. */
	readonly ticks: number | null;
}

/**
 * The kernel after event `moment` of its trace; null while it was still booting, when there is no kernel to be asked yet.
 * Throws an Error when the scenario does not do what was recorded.
 */
export function rerunTo(
	run: Rerun,
	trace: Trace,
	moment: number,
): Kernel | null {
	let kernel: Kernel | null = null;
	const tracer = stopAfter(trace.reader, moment);
	try {
		kernel = boot({ ...run.options, tracer });
		const ticks = run.ticks ?? run.scenario.ticks;
		runScenario(scenarioKernel(kernel), run.scenario, ticks);
		kernel.mm.recorder?.flush();
	} catch (error) {
		if (error instanceof Stop) return kernel;
		throw error;
	}
	throw new Error(NOT_THE_SAME);
}

const NOT_THE_SAME =
	"the scenario does not run as it was recorded: it was recorded with another version, or its programs have changed";

/** Compares each event with the recorded one (RN2), and stops after the last. */
function stopAfter(reader: EventReader, moment: number): Tracer {
	let number = 0;
	let block = 0;
	let from = 0;
	let columns = reader.columns(0);
	return {
		begin: () => {},
		isEager: true,
		event: (_cycles, code, cpu, _context, a, b, c, d) => {
			const index = number - from;
			const isSame =
				columns.codes[index] === code &&
				columns.cpus[index] === cpu &&
				columns.a[index] === a &&
				columns.b[index] === b &&
				columns.c[index] === c &&
				columns.d[index] === d;
			if (!isSame) throw new Error(NOT_THE_SAME);
			if (number++ === moment) throw new Stop();
			if (index + 1 < columns.count) return;
			block++;
			from = number;
			columns = reader.columns(block);
		},
	};
}
