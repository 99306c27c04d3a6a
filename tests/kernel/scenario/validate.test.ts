import Ajv from "ajv";
import { expect } from "chai";
import fc from "fast-check";
import { SCENARIO_SCHEMA } from "../../../kernel/scenario/scenario";
import {
	describe as describeValue,
	didYouMean,
	type Schema,
	validate,
} from "../../../kernel/scenario/validate";

describe("kernel/scenario/validate", () => {
	const base = { name: "test", title: "A test" };
	const messages = (document: unknown, schema: Schema = SCENARIO_SCHEMA) =>
		validate(document, schema).map(
			({ path, message }) => `${path.join(".")}: ${message}`,
		);
	const inSteps = (...steps: unknown[]): unknown => ({
		...base,
		tasks: [{ name: "t", steps }],
	});

	it("finds nothing wrong with a sound document", () => {
		expect(messages(base)).to.deep.equal([]);
		expect(
			messages(
				inSteps(
					"yield",
					{ alloc: { size: { uniform: [1, "4K"] }, count: 3, as: "x" } },
					{ free: "x" },
					{ repeat: { times: "forever", steps: [{ sleep: 1 }] } },
				),
			),
		).to.deep.equal([]);
	});

	it("says which key is unknown and which was meant", () => {
		expect(messages({ ...base, tick: 3 })).to.deep.equal([
			'tick: unknown key "tick" (did you mean "ticks"?)',
		]);
		expect(messages(inSteps({ aloc: { size: 1 } }))).to.deep.equal([
			'tasks.0.steps.0.aloc: unknown key "aloc" (did you mean "alloc"?)',
		]);
	});

	it("lists the keys that there are when none is near", () => {
		expect(messages({ ...base, machine: { colour: 1 } })).to.deep.equal([
			'machine.colour: unknown key "colour"; known are memory, map, image, reserved, cpus, seed',
		]);
	});

	it("says what is missing, and what may have been meant for it", () => {
		expect(messages({ name: "x" })).to.deep.equal([
			': "title" is missing: a title',
		]);
		expect(messages({ name: "x", titel: "y" })[0]).to.equal(
			': "title" is missing: a title (is "titel" meant?)',
		);
	});

	it("shows the beginning of what is too long for a sentence", () => {
		const words = messages({ ...base, ticks: "x".repeat(1000) }).join();
		expect(words).to.match(/found "x{60}\.\.\."$/);
		const keys = Array.from({ length: 99 }, (_, at) => [`key${at}`, 1]);
		const many = messages({ ...base, ticks: Object.fromEntries(keys) }).join();
		expect(many).to.match(/found keys key0, key1, .{40,60}\.\.\.$/);
	});

	it("says what was expected in place of what was found", () => {
		expect(messages({ ...base, machine: { cpus: 0 } })).to.deep.equal([
			"machine.cpus: expected a number of CPUs from 1 to 64, found 0",
		]);
		expect(messages({ ...base, ticks: "many" })).to.deep.equal([
			'ticks: expected a number of ticks, found "many"',
		]);
		expect(messages(inSteps({ sleep: [1] }))).to.deep.equal([
			"tasks.0.steps.0.sleep: expected a number, a size such as 4K, or a distribution (uniform, normal, exponential, pareto, weighted), found a list",
		]);
		expect(messages(null)).to.deep.equal([
			": expected a Flagstone scenario, found nothing",
		]);
	});

	it("looks into the alternative whose type fits", () => {
		expect(messages(inSteps({ sleep: { uniform: [1, 2, 3] } }))).to.deep.equal([
			"tasks.0.steps.0.sleep.uniform: expected a list of the smallest and the largest amount, found a list",
		]);
		expect(
			messages(inSteps({ free: { what: "x", order: "filo" } })),
		).to.deep.equal([
			'tasks.0.steps.0.free.order: expected lifo, fifo or random, found "filo" (did you mean "fifo"?)',
		]);
	});

	it("refuses a step with two verbs and a word that is none", () => {
		expect(messages(inSteps({ sleep: 1, log: "x" }))[0]).to.match(
			/^tasks\.0\.steps\.0: expected a step with one verb, found keys sleep, log$/,
		);
		expect(messages(inSteps("yeild"))[0]).to.match(
			/found "yeild" \(did you mean "yield"\?\)$/,
		);
	});

	it("describes values in a few words", () => {
		expect(
			[null, [], [1], {}, { a: 1 }, true, "x"].map(describeValue),
		).to.deep.equal([
			"nothing",
			"an empty list",
			"a list",
			"nothing",
			"keys a",
			"true",
			'"x"',
		]);
	});

	it("guesses a word only when it is near", () => {
		expect(didYouMean("slepe", ["sleep", "spawn"])).to.contain('"sleep"');
		expect(didYouMean("Sleep", ["sleep"])).to.contain('"sleep"');
		expect(didYouMean("xyz", ["sleep"])).to.equal("");
		expect(didYouMean("a", ["b"])).to.equal("");
	});

	it("agrees with a complete implementation of JSON Schema on documents that went wrong somewhere", () => {
		const judge = new Ajv({ strict: false }).compile(SCENARIO_SCHEMA);
		const sound = {
			...base,
			machine: { memory: "16M", cpus: 2, seed: 7 },
			caches: [{ name: "c", size: 8, flags: ["account"], ctor: true }],
			tasks: [
				{
					name: "t",
					nice: 3,
					steps: [
						"wait",
						{ alloc: { size: { normal: { mean: 9, deviation: 2 } }, as: "a" } },
						{ alloc: { order: { weighted: { "1": 2, "4K": 1 } } } },
						{ choose: [{ weight: 2, steps: [{ exit: 1 }] }] },
						{ map: { size: "2M", huge: true, as: "m" } },
						{ touch: { what: "m", order: "random" } },
						{ expect: ["no leaks"] },
					],
				},
			],
			expect: ["audit clean"],
		};
		const places: (string | number)[][] = [];
		const collect = (value: unknown, path: (string | number)[]): void => {
			places.push(path);
			if (typeof value !== "object" || value === null) return;
			for (const [key, item] of Object.entries(value))
				collect(item, [...path, key]);
		};
		collect(sound, []);
		const changed = (path: (string | number)[], to: unknown): unknown => {
			const copy = structuredClone({ top: sound }) as { top: unknown };
			let at = copy as Record<string, unknown>;
			for (const key of ["top", ...path].slice(0, -1))
				at = at[key] as Record<string, unknown>;
			const last = ["top", ...path].at(-1) as string;
			if (to === undefined) delete at[last];
			else at[last] = to;
			return JSON.parse(JSON.stringify(copy)).top;
		};
		expect(judge(sound)).to.equal(true);
		fc.assert(
			fc.property(
				fc.constantFrom(...places.filter((path) => path.length > 0)),
				fc.oneof(
					fc.constantFrom<unknown>(
						undefined,
						null,
						"",
						"x",
						"64K",
						"yield",
						"rw",
						0,
						-1,
						1.5,
						70,
						true,
						[],
						{},
						[1, 2],
						["no leaks"],
						{ uniform: [1, 2] },
						{ what: "a" },
						{ steps: [] },
					),
					fc.jsonValue(),
				),
				(path, to) => {
					const document = changed(path, to);
					const verdict = validate(document, SCENARIO_SCHEMA).length === 0;
					expect(verdict, JSON.stringify(document)).to.equal(judge(document));
				},
			),
			{ numRuns: 2000 },
		);
	});
});
