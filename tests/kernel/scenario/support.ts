// Scenarios on the small world of fakes: /proc texts are made up from what the fakes know.

import {
	runScenario,
	type ScenarioKernel,
	type ScenarioResult,
	type Usage,
} from "../../../kernel/scenario/runner";
import { readScenario, type Scenario } from "../../../kernel/scenario/scenario";
import { World } from "../support";

/** The scenario that a value describes; throws all its problems. */
export function scenarioOf(value: object): Scenario {
	const read = readScenario({ name: "test", title: "A test", ...value });
	if (!("problems" in read)) return read;
	throw new Error(
		read.problems
			.map(({ path, message }) => `${path.join(".")}: ${message}`)
			.join("\n"),
	);
}

/** The problems of a value, as `path: sentence`; none for a scenario. */
export function problemsOf(value: object): string[] {
	const read = readScenario({ name: "test", title: "A test", ...value });
	return "problems" in read
		? read.problems.map(({ path, message }) => `${path.join(".")}: ${message}`)
		: [];
}

/** A world that counts what is alive as pages and objects. */
export function kernelOf(world: World, damage: string[] = []): ScenarioKernel {
	return {
		kernelMemory: world.fake,
		running: world.running,
		cpus: world.turn.cpus,
		check: () => damage,
		proc: (name) => procText(world, name),
		usage: () => usageOf(world),
	};
}

/** Runs a scenario of these tasks on a new world. */
export function runTasks(
	value: object,
	world = new World(),
): { world: World; result: ScenarioResult } {
	return { world, result: runScenario(kernelOf(world), scenarioOf(value)) };
}

function usageOf(world: World): Usage {
	const records = world.tasks.count;
	const all = world.fake.live.size;
	return {
		pages: 0,
		objects: new Map([
			["task_struct", records],
			["everything else", all - records],
		]),
	};
}

function procText(world: World, name: string): string {
	const live = world.fake.live.size;
	if (name === "vmstat") return `pgalloc_dma ${live}\npgfree 0\n`;
	if (name === "meminfo")
		return `MemTotal:          16384 kB\nMemFree:            ${String(8192 - live).padStart(4)} kB\n`;
	if (name === "buddyinfo")
		return `Node 0, zone      DMA ${"1 2 3 0 0 0 0 0 0 0 4"
			.split(" ")
			.map((count) => count.padStart(6))
			.join(" ")} \n`;
	return "";
}
