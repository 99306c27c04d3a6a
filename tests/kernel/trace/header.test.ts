import { expect } from "chai";
import fc from "fast-check";
import { headerProblem } from "../../../kernel/trace/header";
import { HEADER } from "./sample";

const START = "the header of the trace is damaged: ";
const { machine } = HEADER;

describe("the header of a trace", () => {
	it("is accepted, with more than this package knows (H2)", () => {
		expect(headerProblem(HEADER)).to.equal(null);
		const more = { ...HEADER, more: 1, machine: { ...machine, more: [] } };
		expect(headerProblem(more)).to.equal(null);
		expect(headerProblem({ ...HEADER, scenario: null, replay: {} })).to.equal(
			null,
		);
	});

	it("is refused by one sentence that says what is wrong", () => {
		const cases: readonly (readonly [unknown, string])[] = [
			[null, "it must be an object"],
			["x", "it must be an object"],
			[{ ...HEADER, format: "x" }, 'format must be "flagstone-trace"'],
			[{ ...HEADER, version: 2 }, "version must be 1"],
			[{ ...HEADER, seed: "1" }, "seed must be a number"],
			[{ ...HEADER, scenario: 1 }, "scenario must be an object or null"],
			[{ ...HEADER, scenario: {} }, "scenario.name must be a text"],
			[
				{ ...HEADER, cyclesPerTick: 0 },
				"cyclesPerTick must be a number above 0",
			],
			[
				{ ...HEADER, machine: { ...machine, cpus: 0 } },
				"machine.cpus must be a whole number from 1 to 256",
			],
			[
				{ ...HEADER, machine: { ...machine, ranges: [[0, 1, "x"], 1] } },
				"machine.ranges[1] must be an object",
			],
			[
				{ ...HEADER, machine: { ...machine, ranges: [[0, "1", "x"]] } },
				"machine.ranges[0].1 must be a whole number from 0",
			],
			[
				{ ...HEADER, machine: { ...machine, zones: [{}] } },
				"machine.zones[0].index must be a whole number from 0",
			],
			[
				{ ...HEADER, dictionary: [{ code: 256, name: "", words: [] }] },
				"dictionary[0].code must be a whole number from 1 to 255",
			],
			[
				{ ...HEADER, dictionary: [{ code: 1, name: "", words: [1] }] },
				"dictionary[0].words must be a list of at most 4 texts",
			],
		];
		for (const [value, wanted] of cases)
			expect(headerProblem(value)).to.equal(START + wanted);
	});

	it("is looked at without a throw, whatever it is", () => {
		fc.assert(
			fc.property(
				fc.constantFrom(...Object.keys(HEADER), "machine"),
				fc.jsonValue(),
				(key, value) => {
					headerProblem(value);
					headerProblem({ ...HEADER, [key]: value });
				},
			),
		);
	});
});
