// Comparing: the same input runs under one policy after the other, and each run is measured at the same moments.
//
//   input --> Workload        scenario | recording
//                |  for each policy: machine --> boot --> run, with a look at every tick --> Series
//                v
//             Comparison      all series at one interval
//
// What a workload is, is its own business: it boots a machine under a policy, lets pass whatever it does there, and calls
// the watch before each tick. So a recording is compared like a scenario.
//
// CO1: every variant gets the same seed and the same requests; a policy decides only how they are met.
// CO2: a panic ends its variant and no other; what was measured up to it stays.

import { statSync } from "node:fs";
import {
	alignSeries,
	type BootOptions,
	boot,
	bootOptionsOf,
	CYCLES_PER_TICK,
	type Kernel,
	KernelPanic,
	measure,
	type Policy,
	parsePolicy,
	runScenario,
	type Scenario,
	Series,
	scenarioKernel,
	type Watch,
	withPolicy,
} from "../kernel";
import type { CompareRequest } from "./engine";
import type { Comparison, VariantReport } from "./report/comparison";
import { loadScenario, shippedNames } from "./scenario-files";

const SCENARIO_FILE = /\.ya?ml$/;

/** What became of the input under one policy. */
export interface WorkloadOutcome {
	readonly held: number;
	readonly total: number;
}

/** An input that can run under any policy, as often as asked for. */
export interface Workload {
	readonly name: string;
	readonly title: string;
	/** The machine that the input runs on when no policy says otherwise. */
	machine(): BootOptions;
	/** Runs on a machine that is up, `watch` looking on before each tick (from 0). It may panic. */
	run(kernel: Kernel, watch: Watch): WorkloadOutcome | Promise<WorkloadOutcome>;
}

/** Runs the input under every policy that is asked for. */
export async function compare(request: CompareRequest): Promise<Comparison> {
	const policies = request.variants.map(parsePolicy);
	const workload = openWorkload(request);
	const runs: VariantRun[] = [];
	for (const policy of policies) {
		const run = new VariantRun(policy, workload);
		await run.run();
		runs.push(run);
	}
	const everyTicks = alignSeries(runs.map(({ series }) => series));
	return {
		input: { name: workload.name, title: workload.title },
		everyTicks,
		tickNanoseconds: CYCLES_PER_TICK,
		variants: runs.map((run) => run.report()),
	};
}

/** The input of a request. Throws an Error with one sentence when there is none, or none that can run. */
export function openWorkload(request: CompareRequest): Workload {
	const { input } = request;
	const isShipped = shippedNames().includes(input);
	const isThere = statSync(input, { throwIfNoEntry: false }) !== undefined;
	if (isThere && !isShipped && !SCENARIO_FILE.test(input))
		return openRecording(request);
	return scenarioWorkload(loadScenario(input), request);
}

/** A recording as a workload: its requests, one after the other, on a machine like the recorded one. */
function openRecording({ input }: CompareRequest): Workload {
	throw new Error(
		`${input} is no scenario: recordings cannot be compared yet, only shipped scenarios and .yaml files.`,
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
		machine: () => bootOptionsOf(scenario, overrides),
		run: (kernel, watch) => {
			const view = scenarioKernel(kernel);
			const all = ticks ?? undefined;
			const { outcomes } = runScenario(view, scenario, all, watch);
			const held = outcomes.filter((outcome) => outcome.held).length;
			return { held, total: outcomes.length };
		},
	};
}

/** One policy's run: what it has come to so far. */
class VariantRun {
	readonly series = new Series();
	private machine: MachineFacts;
	private ticks = 0;
	private expectations: WorkloadOutcome = { held: 0, total: 0 };
	private damage: readonly string[] = [];
	private panic: string | null = null;

	constructor(
		private readonly policy: Policy,
		private readonly workload: Workload,
	) {
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
		const { policy, machine, ticks, expectations, damage, panic } = this;
		const { samples } = this.series;
		return {
			policy: policy.text,
			...machine,
			ticks,
			samples,
			expectations,
			damage,
			panic,
		};
	}

	private get options(): BootOptions {
		return withPolicy(this.workload.machine(), this.policy);
	}

	private async runOn(kernel: Kernel): Promise<void> {
		const look = () => measure(kernel);
		this.expectations = await this.workload.run(kernel, (tick) => {
			this.ticks = tick;
			this.series.look(tick, look);
		});
		this.ticks = kernel.ticks;
		this.series.end(this.ticks, look());
		this.damage = kernel.check();
	}
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
