// The runner: boots nothing, reads nothing, but runs a scenario on a kernel that is up.
//
//   make caches -> look -> begin tasks -> run ticks -> look again -> outcomes
//                   |                        |            |
//               baseline of growth()    expect steps   expect lines
//               and of leaks
//
// It only begins tasks and reads: what it keeps besides are notes for the report. Tasks that it began stay as zombies
// when they end, so that expectations can ask how they ended.

import { panic } from "../../hw/panic";
import { GFP_KERNEL } from "../../mm/gfp";
import type { KernelMemory } from "../life";
import { EXIT_ZOMBIE, NO_TASK, type Task } from "../task";
import {
	evaluate,
	type Fact,
	type FactSource,
	growthPlaces,
	type Outcome,
	type Place,
} from "./expectation";
import { type FactRoot, Reading } from "./facts";
import type { Scenario, ScenarioCache } from "./scenario";

/** Memory in use that is not the tasks' own business: what must be the same before and after. */
export interface Usage {
	/** Pages that are neither free, nor on per-CPU lists, nor slabs. */
	readonly pages: number;
	/** Objects in use by the name of their cache, exactly. */
	readonly objects: ReadonlyMap<string, number>;
}

/** A kernel that is up, as a scenario needs it. */
export interface ScenarioKernel extends FactRoot {
	readonly kernelMemory: KernelMemory;
	/** All auditors: sentences about broken invariants. */
	check(): readonly string[];
	usage(): Usage;
}

/** What became of a run. */
export interface ScenarioResult {
	/** Ticks that passed. */
	readonly ticks: number;
	/** Expectations of steps first, in the order of the document, then those of the end. */
	readonly outcomes: readonly Outcome[];
}

/** Looks at a run before each of its ticks; gets the number of ticks that have passed. It must only read. */
export type Watch = (passed: number) => void;

/** Runs a scenario to its end; `ticks` overrides how long that is. */
export function runScenario(
	kernel: ScenarioKernel,
	scenario: Scenario,
	ticks = scenario.ticks,
	watch: Watch | null = null,
): ScenarioResult {
	return new Runner(kernel, scenario).run(ticks, watch);
}

/**
 * Tells a kernel the programs of a scenario, always in the same order: whoever attaches to a machine on which it runs
 * does this first, and lets time pass.
 */
export function registerPrograms(
	{ running }: ScenarioKernel,
	{ tasks, children }: Scenario,
): void {
	for (const { spec } of tasks) running.life.registerCode(spec.code);
	for (const spec of children) running.life.registerCode(spec.code);
}

class Runner implements FactSource {
	private readonly observed: (Outcome | undefined)[];
	private baseline: Reading;
	private usage: Usage | null = null;
	private now: Reading;

	constructor(
		private readonly kernel: ScenarioKernel,
		private readonly scenario: Scenario,
	) {
		this.observed = scenario.observations.map(() => undefined);
		this.baseline = new Reading(kernel);
		this.now = this.baseline;
	}

	run(ticks: number, watch: Watch | null): ScenarioResult {
		const { kernel, scenario } = this;
		const { running } = kernel;
		const { syscalls, loop } = running;
		registerPrograms(kernel, scenario);
		for (const cache of scenario.caches) this.makeCache(cache);
		this.noteBaseline();
		for (const { spec, count } of scenario.tasks)
			for (let i = 0; i < count; i++) running.spawn(spec);
		syscalls.setObserver((_task, number) => this.observe(number));
		const whileTasks = scenario.tasks.length > 0;
		const begin = loop.ticks;
		const until = (): boolean => {
			watch?.(loop.ticks - begin);
			return false;
		};
		const passed = loop.run({ ticks, whileTasks, until });
		syscalls.setObserver(null);
		this.now = new Reading(kernel);
		const last = scenario.expectations.map((one) => evaluate(one, this));
		return { ticks: passed, outcomes: [...this.steps(), ...last] };
	}

	// -- what expectations look at -----------------------------------------------

	look({ parts, growth }: Place): readonly Fact[] | string {
		const facts = this.now.look(parts);
		if (!growth || typeof facts === "string") return facts;
		const before = this.baseline.look(parts);
		return facts.map(({ value, scale }, index) => {
			const old = typeof before === "string" ? 0 : before[index]?.value;
			return { value: Number(value) - Number(old ?? 0), whole: 0, scale };
		});
	}

	damage(): readonly string[] {
		return this.kernel.check();
	}

	leaks(): readonly string[] {
		const { alive, dead } = this.census();
		if (alive.length > 0)
			return [
				`leaks show only when all tasks have ended, and ${list(alive)} ${alive.length > 1 ? "have" : "has"} not`,
			];
		const before = this.usage as Usage;
		const after = this.kernel.usage();
		const sentences: string[] = [];
		if (after.pages !== before.pages)
			sentences.push(`${after.pages - before.pages} pages were not given back`);
		const names = new Set([...before.objects.keys(), ...after.objects.keys()]);
		for (const name of names) {
			const zombies = name === "task_struct" ? dead : 0;
			const was = before.objects.get(name) ?? 0;
			const more = (after.objects.get(name) ?? 0) - zombies - was;
			if (more !== 0)
				sentences.push(`${more} objects of ${name} were not given back`);
		}
		return sentences;
	}

	// -- private -----------------------------------------------------------------

	private makeCache({ spec, objects }: ScenarioCache): void {
		const { kernelMemory } = this.kernel;
		const cache =
			kernelMemory.findCache(spec.name) || kernelMemory.createCache(spec);
		if (cache === 0)
			panic(
				`kmem_cache_create_usercopy: Failed to create slab '${spec.name}'. Error -12`,
			);
		for (let i = 0; i < objects; i++)
			if (kernelMemory.cacheAlloc(cache, GFP_KERNEL) === 0)
				panic(`Out of memory for the objects of cache '${spec.name}'`);
	}

	/** Notes what the machine looks like before the tasks begin. */
	private noteBaseline(): void {
		const { expectations, observations } = this.scenario;
		const all = [...expectations, ...observations];
		this.baseline = new Reading(this.kernel);
		for (const expectation of all)
			for (const place of growthPlaces(expectation))
				this.baseline.keep(place.parts);
		if (all.some(({ kind }) => kind === "leaks"))
			this.usage = this.kernel.usage();
	}

	/** A step expects something now. Of many times, the first that failed counts. */
	private observe(number: number): void {
		const expectation = this.scenario.observations[number];
		if (expectation === undefined || this.observed[number]?.held === false)
			return;
		this.now = new Reading(this.kernel);
		this.observed[number] = evaluate(expectation, this);
	}

	private steps(): Outcome[] {
		return this.scenario.observations.map(
			({ text }, number) =>
				this.observed[number] ?? {
					text,
					held: false,
					detail: "the step was never reached",
				},
		);
	}

	private census(): { alive: string[]; dead: number } {
		const { tasks } = this.kernel.running;
		const alive: string[] = [];
		let dead = 0;
		for (let at: Task = tasks.first(); at !== NO_TASK; at = tasks.next(at)) {
			if (tasks.state(at) === EXIT_ZOMBIE) dead++;
			else alive.push(tasks.name(at));
		}
		return { alive, dead };
	}
}

const list = (names: readonly string[]): string => {
	const some = names.slice(0, 3).join(", ");
	return names.length > 3 ? `${some} and ${names.length - 3} more` : some;
};
