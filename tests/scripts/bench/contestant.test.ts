import { expect } from "chai";
import {
	Contestant,
	subjectEntry,
	wholeProcessMs,
} from "../../../scripts/bench/contestant";
import { FEW_OPS, withOps } from "./samples";

const node = (program: string) => ({
	name: "node",
	command: process.execPath,
	args: ["-e", program],
});

async function reason(work: Promise<unknown>): Promise<string> {
	return work.then(
		() => "none",
		(error: Error) => error.message,
	);
}

describe("a contestant of the benchmark", () => {
	it("prepares, works rounds and leaves, in a process of its own", () =>
		withOps(FEW_OPS, async (path) => {
			const entry = subjectEntry("loop", "loop-alone", path);
			const contestant = new Contestant(entry);
			expect(await contestant.ready()).to.equal("");
			expect(await contestant.round(10_000)).to.be.greaterThan(0);
			contestant.stop();
		}));

	it("is ended when a round takes too long", async () => {
		const entry = node("console.log('ready'); setInterval(() => 0, 1000)");
		const contestant = new Contestant(entry);
		await contestant.ready();
		expect(await contestant.round(10)).to.equal(undefined);
	});

	it("says why it cannot take part", async () => {
		const refused = new Contestant(node("console.log('absent no heap')"));
		expect(await reason(refused.ready())).to.equal("no heap");
		const missing = new Contestant({ name: "x", command: "no-such", args: [] });
		expect(await reason(missing.ready())).to.contain("ENOENT");
	});

	it("that is a whole program must succeed", async () => {
		expect(await wholeProcessMs(node(""))).to.be.greaterThan(0);
		const failing = wholeProcessMs(node("process.exit(3)"));
		expect(await reason(failing)).to.equal("it left with exit code 3");
	});
});
