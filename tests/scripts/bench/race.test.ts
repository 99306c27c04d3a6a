import { expect } from "chai";
import type { Entry } from "../../../scripts/bench/contestant";
import { race } from "../../../scripts/bench/race";

/** A contestant written on the spot: `body` is what it does with each line. */
const stub = (name: string, first: string, body = ""): Entry => ({
	name,
	command: process.execPath,
	args: [
		"-e",
		`let n = 0; console.log(${JSON.stringify(first)});
		require("node:readline").createInterface(process.stdin)
			.on("line", () => { ${body} });`,
	],
});

const COUNTING = "console.log(n++)";

describe("race of the benchmark", () => {
	it("keeps every round but the first, which warms up", async () => {
		const [result] = await race([stub("one", "ready hello", COUNTING)], 3);
		expect(result?.samples).to.deep.equal([1, 2, 3]);
		expect(result?.note).to.equal("hello");
	});

	it("starts a process for each round where that is asked", async () => {
		const entry = { ...stub("one", "ready", COUNTING), fresh: true };
		const [result] = await race([entry], 2);
		expect(result?.samples).to.deep.equal([0, 0]);
	});

	it("goes on without those that cannot take part", async () => {
		const results = await race(
			[
				{ name: "gone", missing: "not present" },
				stub("refuses", "absent no such heap"),
				stub("breaks", "ready", "process.exit(1)"),
				stub("runs", "ready", COUNTING),
			],
			1,
		);
		expect(
			results.map((one) => [one.name, one.samples.length, one.note]),
		).to.deep.equal([
			["gone", 0, "not present"],
			["refuses", 0, "no such heap"],
			["breaks", 0, "it stopped"],
			["runs", 1, ""],
		]);
	});

	it("times whole programs", async () => {
		const entry = {
			name: "node",
			command: process.execPath,
			args: ["-e", ""],
			wholeProcess: true,
		};
		const [result] = await race([entry], 1);
		expect(result?.samples[0]).to.be.greaterThan(0);
	});
});
