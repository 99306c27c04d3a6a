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
			[{ ...HEADER, version: 3 }, "version must be a whole number from 1 to 2"],
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
				"machine.zones[0].index must be a whole number from 0 to 4",
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

	it("is refused when its machine cannot be (H3)", () => {
		const [zone] = machine.zones;
		const low = { ...zone, end: 100 };
		const cases: readonly (readonly [object, string])[] = [
			[{ frames: 0 }, "frames must be a whole number from 1 to 67108864"],
			[{ frames: 2 ** 40 }, "frames must be a whole number from 1 to 67108864"],
			[
				{ memoryBytes: (16 << 20) + 1 },
				"memoryBytes must be at most 16777216, the bytes of its frames",
			],
			[{ zones: [] }, "zones must be a list of 1 to 5 zones"],
			[{ zones: Array(6).fill(zone) }, "zones must be a list of 1 to 5 zones"],
			[
				{ zones: [{ ...zone, index: 5 }] },
				"zones[0].index must be a whole number from 0 to 4",
			],
			...[
				[{ ...zone, end: 4097 }],
				[{ ...zone, start: 9, end: 8 }],
				[low, zone],
				[low, { ...zone, start: 99 }],
			].map(
				(zones) =>
					[
						{ zones },
						`zones[${zones.length - 1}] must lie behind the zone before it and inside the 4096 frames`,
					] as const,
			),
		];
		for (const [change, wanted] of cases)
			expect(
				headerProblem({ ...HEADER, machine: { ...machine, ...change } }),
			).to.equal(`${START}machine.${wanted}`);
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
