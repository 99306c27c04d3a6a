// Scenarios: a document, checked and made ready to run.
//
//   text --(scripts: YAML)--> plain value --validate--> document --compile--> scenario
//                                 |                        |
//                              problems                 problems             place, sentence
//
// The engine reads no files: it gets values, and hands out problems with paths into them; who has the text knows lines and
// columns. Programs in other files are loaded by whoever has files, too.

import {
	DEFAULT_IMAGE,
	type KernelImage,
	MemoryMap,
	type MemoryRange,
	pcMemoryMap,
	type RangeType,
	type Section,
} from "../../hw/memory-map";
import type { KernelConfig } from "../bringup";
import type { LateRange } from "../kernel-record";
import {
	type CacheSpec,
	generatorCode,
	type Self,
	type Steps,
	type TaskSpec,
} from "../program";
import { cacheSpec } from "./cache";
import { compileSteps, mapsMemory } from "./compile";
import { sizeOf } from "./distribution";
import type {
	MachineDocument,
	ScenarioDocument,
	TaskDocument,
} from "./document";
import { type Expectation, parseExpectation } from "./expectation";
import { interpretedCode } from "./interpreter";
import schema from "./scenario.schema.json";
import { type Path, type Problem, type Schema, validate } from "./validate";

/** The JSON Schema of scenarios, as editors use it. */
export const SCENARIO_SCHEMA = schema as Schema;

const DEFAULT_MEMORY = 64 * 1024 * 1024;
const DEFAULT_TICKS = 1000;

/** A task's program as a file has it: the default export. */
export type ProgramFunction = (self: Self) => Steps;

/** Loads a program; throws an Error with one sentence when it cannot. */
export type ProgramLoader = (path: string) => ProgramFunction;

/** The hardware that a scenario wants. */
export interface ScenarioMachine {
	/** RAM in bytes; only if there is no map. */
	readonly memoryBytes: number | null;
	/** The firmware's map; only if there is no size. */
	readonly map: readonly MemoryRange[] | null;
	readonly image: KernelImage | null;
	/** What the boot loader left in RAM. */
	readonly reserved: readonly LateRange[];
	readonly cpus: number;
	readonly seed: number;
}

/** A cache that the kernel makes, and how many of its objects it keeps. */
export interface ScenarioCache {
	readonly spec: CacheSpec;
	readonly objects: number;
}

/** A task that begins with the scenario, `count` times. */
export interface ScenarioTask {
	readonly spec: TaskSpec;
	readonly count: number;
}

/** A scenario that can run. */
export interface Scenario {
	readonly name: string;
	readonly title: string;
	readonly teaches: string;
	readonly machine: ScenarioMachine;
	readonly commandLine: string;
	readonly config: KernelConfig;
	readonly caches: readonly ScenarioCache[];
	readonly tasks: readonly ScenarioTask[];
	/** Children that steps spawn, in the order of the document. */
	readonly children: readonly TaskSpec[];
	readonly ticks: number;
	readonly expectations: readonly Expectation[];
	/** Expectations of steps, by the number of their observation. */
	readonly observations: readonly Expectation[];
}

/** A document with something wrong in it; one problem at least. */
export interface Problems {
	readonly problems: readonly Problem[];
}

/** Makes a scenario of a plain value. `load` is asked for programs in other files. */
export function readScenario(
	value: unknown,
	load?: ProgramLoader,
): Scenario | Problems {
	const problems = validate(value, SCENARIO_SCHEMA);
	if (problems.length > 0) return { problems };
	const reader = new ScenarioReader(value as ScenarioDocument, load);
	const scenario = reader.read();
	return reader.problems.length > 0 ? reader : scenario;
}

class ScenarioReader implements Problems {
	readonly problems: Problem[] = [];
	readonly observations: Expectation[] = [];
	private readonly children: TaskSpec[] = [];

	constructor(
		private readonly document: ScenarioDocument,
		private readonly load: ProgramLoader | undefined,
	) {}

	read(): Scenario {
		const { name, title, teaches, cmdline, caches, ticks } = this.document;
		const { machine, config } = this.document;
		return {
			name,
			title,
			teaches: teaches ?? "",
			machine: this.machine(machine ?? {}),
			commandLine: cmdline ?? "",
			config: config ?? {},
			caches: (caches ?? []).map((cache) => ({
				spec: cacheSpec(cache),
				objects: cache.objects ?? 0,
			})),
			tasks: this.tasks(),
			children: this.children,
			ticks: ticks ?? DEFAULT_TICKS,
			expectations: this.expectations(),
			observations: this.observations,
		};
	}

	/** A task of the document; null, with a problem, when it cannot be. */
	task(document: TaskDocument, path: Path): TaskSpec | null {
		const spec = this.spec(document, path);
		if (spec !== null && path.includes("steps")) this.children.push(spec);
		return spec;
	}

	private tasks(): ScenarioTask[] {
		return (this.document.tasks ?? []).flatMap((document, index) => {
			const spec = this.task(document, ["tasks", index]);
			return spec === null ? [] : [{ spec, count: document.count ?? 1 }];
		});
	}

	private spec(document: TaskDocument, path: Path): TaskSpec | null {
		const { name, nice, cpu, steps, program } = document;
		if ((steps === undefined) === (program === undefined)) {
			this.problem(
				path,
				`task "${name}" needs steps or a program, and not both`,
			);
			return null;
		}
		const cpus = this.document.machine?.cpus ?? 1;
		if (cpu !== undefined && cpu >= cpus)
			this.problem(
				[...path, "cpu"],
				`there is no CPU ${cpu}: the machine has CPUs 0 to ${cpus - 1}`,
			);
		const maps = mapsMemory(steps ?? []);
		if (maps && document.kind === "thread")
			this.problem(
				[...path, "kind"],
				`task "${name}" maps memory, which a thread of the kernel cannot`,
			);
		const code =
			program === undefined
				? interpretedCode(
						name,
						compileSteps(steps ?? [], [...path, "steps"], this),
					)
				: generatorCode(name, this.program(program, path));
		const kernelThread = document.kind !== "process" && !maps;
		const spec: TaskSpec = { name, code, kernelThread, nice: nice ?? 0 };
		return cpu === undefined ? spec : { ...spec, cpu };
	}

	private program(file: string, path: Path): ProgramFunction {
		const none = function* (): Steps {};
		if (this.load === undefined) {
			this.problem([...path, "program"], "programs cannot be loaded here");
			return none;
		}
		try {
			return this.load(file);
		} catch (error) {
			this.problem([...path, "program"], sentence(error));
			return none;
		}
	}

	private expectations(): Expectation[] {
		return (this.document.expect ?? []).flatMap((text, index) => {
			const parsed = parseExpectation(text);
			if (!("message" in parsed)) return [parsed];
			const path = ["expect", index];
			this.problems.push({ path, inKey: false, ...parsed });
			return [];
		});
	}

	private machine(machine: MachineDocument): ScenarioMachine {
		const { memory, map, image, reserved, cpus, seed } = machine;
		if (memory !== undefined && map !== undefined)
			this.problem(
				["machine", "memory"],
				"a machine has either memory or a map, not both",
			);
		const isPc = map === undefined;
		const wanted = {
			memoryBytes: isPc ? sizeOf(memory ?? DEFAULT_MEMORY) : null,
			map: isPc ? null : map.map(range),
			image: image === undefined ? null : kernelImage(image),
		};
		this.tryMap(wanted);
		return {
			...wanted,
			reserved: (reserved ?? []).map(lateRange),
			cpus: cpus ?? 1,
			seed: seed ?? 1,
		};
	}

	/** Notes what no machine can be: 3 KiB of memory, ranges that overlap. */
	private tryMap({
		memoryBytes,
		map,
		image,
	}: Pick<ScenarioMachine, "memoryBytes" | "map" | "image">): void {
		try {
			if (map !== null) new MemoryMap(map, image ?? DEFAULT_IMAGE);
			else pcMemoryMap(memoryBytes ?? 0, image ?? DEFAULT_IMAGE);
		} catch (error) {
			const place = map === null ? "memory" : "map";
			this.problem(["machine", place], sentence(error));
		}
	}

	private problem(path: Path, message: string): void {
		this.problems.push({ path, inKey: false, message });
	}
}

/** "0x100000-0x1ffd9fff usable": the end is the last byte. */
function range(text: string): MemoryRange {
	const [ends = "", type] = text.split(" ");
	const { start, bytes } = section(ends);
	return { start, end: start + bytes, type: type as RangeType };
}

function lateRange(text: string): LateRange {
	const { start, bytes } = section(text);
	return { start, end: start + bytes };
}

function section(text: string): Section {
	const [first, last] = text.split("-").map(Number) as [number, number];
	return { start: first, bytes: last + 1 - first };
}

function kernelImage(
	image: NonNullable<MachineDocument["image"]>,
): KernelImage {
	return {
		code: section(image.code),
		rodata: section(image.rodata),
		data: section(image.data),
		init: section(image.init),
		bss: section(image.bss),
	};
}

/** What an error says, without a full stop. */
const sentence = (error: unknown): string =>
	(error instanceof Error ? error.message : String(error)).replace(/\.$/, "");
