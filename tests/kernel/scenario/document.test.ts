import { expect } from "chai";
import type {
	ScenarioDocument,
	StepDocument,
} from "../../../kernel/scenario/document";
import { SCENARIO_SCHEMA } from "../../../kernel/scenario/scenario";
import { validate } from "../../../kernel/scenario/validate";

describe("kernel/scenario/document", () => {
	// One of everything: what the compiler accepts here, the schema must accept, too.
	const steps: readonly StepDocument[] = [
		"yield",
		"wait",
		{ alloc: { size: { uniform: [1, "2K"] }, count: 2, gfp: "GFP_KERNEL" } },
		{ alloc: { order: 1, until_failure: true, as: "x" } },
		{ alloc: { cache: "c" } },
		{ realloc: { what: "x", size: 3, order: "lifo" } },
		{ map: { size: "2M", huge: true, protection: "rw", at: 65536, as: "m" } },
		{ protect: { what: "m", protection: "r" } },
		{ touch: "m" },
		{ touch: { what: "m", pages: 3, order: "random", write: false } },
		{ read: { what: "m", offset: 8 } },
		{ write: { address: "0x1000", value: 5, count: 2 } },
		{ unmap: "m" },
		{ free: { what: "x", order: "random", count: 1 } },
		{ repeat: { times: "forever", steps: ["yield"] } },
		{ choose: [{ weight: 2, steps: [] }, { steps: [] }] },
		{ sleep: { exponential: { mean: 4, max: 9 } } },
		{ compute: { pareto: { min: 3, shape: 1.5 } } },
		{ spawn: { name: "child", kind: "process", steps: [] } },
		{ wait: "all" },
		{ create: { name: "c", size: 8, flags: ["dma"] } },
		{ shrink: "c" },
		{ destroy: "c" },
		{ log: "text" },
		{ expect: ["no leaks"] },
		{ exit: 0 },
	];
	const document: ScenarioDocument = {
		name: "everything",
		title: "One of everything",
		teaches: "Types and schema say the same.",
		machine: {
			map: ["0x0-0xfffff usable"],
			image: {
				code: "0x0-0xfff",
				rodata: "0x1000-0x1fff",
				data: "0x2000-0x2fff",
				init: "0x3000-0x3fff",
				bss: "0x4000-0x4fff",
			},
			reserved: ["0x8000-0x8fff"],
			cpus: 2,
			seed: 1,
		},
		config: { CONFIG_TRANSPARENT_HUGEPAGE: "never" },
		cmdline: "quiet",
		caches: [{ name: "c", size: 8, align: 8, ctor: true, objects: 3 }],
		tasks: [
			{ name: "t", kind: "process", nice: 1, cpu: 0, count: 2, steps },
			{ name: "p", program: "./program.js" },
		],
		ticks: 3,
		expect: ["audit clean"],
	};

	it("fits the schema", () => {
		expect(validate(document, SCENARIO_SCHEMA)).to.deep.equal([]);
	});

	it("knows every verb of the schema", () => {
		const object = SCENARIO_SCHEMA.definitions?.step?.anyOf?.[1];
		const used = new Set(
			steps.flatMap((step) =>
				typeof step === "string" ? [] : Object.keys(step),
			),
		);
		expect([...used].sort()).to.deep.equal(
			Object.keys(object?.properties ?? {}).sort(),
		);
	});
});
