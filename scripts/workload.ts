// Workloads: what runs under one policy after the other when policies are compared.

import type { BootOptions, Kernel, Policy } from "../kernel";
import type { Step } from "./report/comparison";

/** What the machine itself cannot measure, because it belongs to none of its tasks. */
export interface Beside {
	/** Requests that failed. */
	readonly failedRequests: number;
	/** Bytes that blocks in use have beyond what was asked for, as far as that is known. */
	readonly roundingBytes: number;
}

/** What became of the input under one policy. */
export interface WorkloadOutcome {
	/** Expectations of the input, and how many of them held. */
	readonly held: number;
	readonly total: number;
	/** How many steps the run had. */
	readonly steps: number;
	readonly beside: Beside;
}

/** Is called before a step, counted from 0. */
export type StepWatch = (step: number, beside: Beside) => void;

/** An input that can run under any policy, as often as asked for. */
export interface Workload {
	readonly name: string;
	readonly title: string;
	/** What the run goes on by. */
	readonly step: Step;
	/** How many steps a run has; null where that is not known beforehand. */
	readonly steps: number | null;
	/** The watch is called before every so many steps. */
	readonly every: number;
	/** The machine that the input runs on, on which a policy is then laid. */
	machine(policy: Policy): BootOptions;
	/** Runs on a machine that is up. It may panic. */
	run(
		kernel: Kernel,
		watch: StepWatch,
	): WorkloadOutcome | Promise<WorkloadOutcome>;
	/** There are no more runs. */
	end(): void;
}
