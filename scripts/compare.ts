// Comparing: the same input runs under one policy after the other, and each run is measured at the same moments.
//
//   input --> Workload        scenario | recording
//                |  for each policy: machine --> boot --> run, with a look at every step --> Series
//                v
//             Comparison      all series at one interval
//
// A scenario goes on by ticks, a recording by events. What a step does is the workload's own business: it gets a machine
// that is up, and calls the watch before each step, or before each so many.
//
// CO1: every variant gets the same seed and the same requests; a policy decides only how they are met.
// CO2: a panic ends its variant and no other; what was measured up to it stays.

import { statSync } from "node:fs";
import { Readable } from "node:stream";
import {
	alignSeries,
	type BootOptions,
	boot,
	bootOptionsOf,
	CYCLES_PER_TICK,
	type Kernel,
	KernelPanic,
	type Measures,
	measure,
	type Policy,
	parsePolicy,
	runScenario,
	type Scenario,
	Series,
	scenarioKernel,
	withPolicy,
} from "../kernel";
import type { CompareRequest } from "./engine";
import { noProgress, type Progress } from "./progress";
import { type ReadingSurroundings, STDIN } from "./recorded-files";
import { recordingWorkload } from "./recording-workload";
import type { Comparison, VariantReport } from "./report/comparison";
import { loadScenario, shippedNames } from "./scenario-files";
import type { Beside, Workload, WorkloadOutcome } from "./workload";

/** A scenario's requests are all of its tasks. */
const NOTHING: Beside = { failedRequests: 0, roundingBytes: 0 };
/** Nobody gives or sees anything. */
const ALONE: ReadingSurroundings = {
	stdin: Readable.from([]),
	progress: noProgress,
};
const SCENARIO_FILE = /\.ya?ml$/;

/** Runs the input under every policy that is asked for. */
export async function compare(
	request: CompareRequest,
	surroundings: ReadingSurroundings = ALONE,
): Promise<Comparison> {
	const policies = request.variants.map(parsePolicy);
	const { progress } = surroundings;
	let workload: Workload | null = null;
	try {
		workload = await openWorkload(request, surroundings);
		return await compareOn(workload, policies, progress);
	} finally {
		workload?.end();
		progress.finish();
	}
}

async function compareOn(
	workload: Workload,
	policies: readonly Policy[],
	progress: Progress,
): Promise<Comparison> {
	const { steps } = workload;
	const all = steps === null ? null : steps * policies.length;
	const runs: VariantRun[] = [];
	for (const [index, policy] of policies.entries()) {
		const before = index * (steps ?? 0);
		const run = new VariantRun(policy, workload, (step) =>
			progress.report(`running ${policy.text}`, before + step, all),
		);
		await run.run();
		runs.push(run);
	}
	const everySteps = alignSeries(runs.map(({ series }) => series));
	return {
		input: { name: workload.name, title: workload.title },
		step: workload.step,
		everySteps,
		variants: runs.map((run) => run.report()),
	};
}

/** The input of a request. Throws an Error with one sentence when there is none, or none that can run. */
export async function openWorkload(
	request: CompareRequest,
	surroundings: ReadingSurroundings = ALONE,
): Promise<Workload> {
	const { input, parts, seed, ticks } = request;
	if (isScenario(input)) {
		if (parts.length > 0)
			throw new Error(
				`${input} is a scenario, which is one file: --part is for recordings.`,
			);
		return scenarioWorkload(loadScenario(input), request);
	}
	if (ticks !== null)
		throw new Error(
			`${input} is a recording, which runs by events to its end: --ticks is for scenarios.`,
		);
	return recordingWorkload([input, ...parts], seed, surroundings);
}

function isScenario(input: string): boolean {
	if (input === STDIN) return false;
	const isThere = statSync(input, { throwIfNoEntry: false }) !== undefined;
	return (
		!isThere || shippedNames().includes(input) || SCENARIO_FILE.test(input)
	);
}

function scenarioWorkload(
	scenario: Scenario,
	{ seed, ticks }: CompareRequest,
): Workload {
	const overrides = { memoryBytes: null, cpus: null, seed, commandLine: null };
	return {
		name: scenario.name,
		title: scenario.title,
		step: { word: "tick", nanoseconds: CYCLES_PER_TICK },
		steps: ticks,
		every: 1,
		machine: () => bootOptionsOf(scenario, overrides),
		run: (kernel, watch) => {
			const view = scenarioKernel(kernel);
			const all = ticks ?? undefined;
			const { outcomes } = runScenario(view, scenario, all, (tick) =>
				watch(tick, NOTHING),
			);
			const held = outcomes.filter((outcome) => outcome.held).length;
			const total = outcomes.length;
			return { held, total, steps: kernel.ticks, beside: NOTHING };
		},
		end: () => {},
	};
}

/** One policy's run: what it has come to so far. */
class VariantRun {
	readonly series: Series;
	private machine: MachineFacts;
	private steps = 0;
	private expectations: VariantReport["expectations"] = { held: 0, total: 0 };
	private damage: readonly string[] = [];
	private panic: string | null = null;

	constructor(
		private readonly policy: Policy,
		private readonly workload: Workload,
		private readonly tell: (step: number) => void,
	) {
		this.series = new Series({ every: workload.every });
		this.machine = plannedFacts(this.options, policy);
	}

	/** Boots and runs (CO2). The machine is forgotten afterwards: several large ones need not be there at once. */
	async run(): Promise<void> {
		try {
			const kernel = boot(this.options);
			this.machine = factsOf(kernel);
			await this.runOn(kernel);
		} catch (error) {
			if (!(error instanceof KernelPanic)) throw error;
			this.panic = error.message;
		}
	}

	/** What is left of the run; after the series were aligned. */
	report(): VariantReport {
		const { policy, machine, steps, expectations, damage, panic } = this;
		const { samples } = this.series;
		return {
			policy: policy.text,
			...machine,
			steps,
			samples,
			expectations,
			damage,
			panic,
		};
	}

	private get options(): BootOptions {
		return withPolicy(this.workload.machine(this.policy), this.policy);
	}

	private async runOn(kernel: Kernel): Promise<void> {
		const { series } = this;
		const outcome = await this.workload.run(kernel, (step, beside) => {
			this.steps = step;
			this.tell(step);
			series.look(step, () => measuresOf(kernel, beside));
		});
		const { held, total, steps, beside }: WorkloadOutcome = outcome;
		this.expectations = { held, total };
		this.steps = steps;
		series.end(steps, measuresOf(kernel, beside));
		this.damage = kernel.check();
	}
}

/** What a machine's memory comes to, with what it could not measure itself. */
function measuresOf(
	kernel: Kernel,
	{ failedRequests, roundingBytes }: Beside,
): Measures {
	const measures = measure(kernel);
	return {
		...measures,
		failedAllocations: measures.failedAllocations + failedRequests,
		roundingBytes: measures.roundingBytes + roundingBytes,
		askedBytes: measures.askedBytes - roundingBytes,
	};
}

type MachineFacts = Pick<
	VariantReport,
	"commandLine" | "cpus" | "memoryBytes" | "seed"
>;

const factsOf = ({ machine, parts, commandLine }: Kernel): MachineFacts => ({
	memoryBytes: machine.map.usableBytes,
	cpus: machine.cpus.length,
	seed: parts.record.seed,
	commandLine: commandLine.text,
});

/** What was asked for: all that is known of a machine that panics before it has booted. */
const plannedFacts = (
	{ cpus = 1, seed = 0, cmdline = "" }: BootOptions,
	{ memoryBytes }: Policy,
): MachineFacts => ({
	memoryBytes: memoryBytes ?? 0,
	cpus,
	seed,
	commandLine: cmdline,
});
