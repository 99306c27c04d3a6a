import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { sampleComparison, sampleVariant } from "../report/sample";
import { perform } from "../stage";

const TWO = ["compare", "buddy", "default", "objects=slob"];

describe("flagstone compare", () => {
	it("prints the table", async () => {
		const { exitCode, out, note } = await perform(TWO);
		expect(exitCode).to.equal(0);
		expect(note).to.equal("");
		expect(out).to.match(/^sample {2}a machine that never was\n/);
	});

	it("hands input, policies and options to the engine", async () => {
		const { compared } = await perform([...TWO, "--seed", "3", "--ticks", "9"]);
		expect(compared).to.deep.equal({
			input: "buddy",
			parts: [],
			variants: ["default", "objects=slob"],
			seed: 3,
			ticks: 9,
		});
		expect((await perform(TWO)).compared).to.include({
			seed: null,
			ticks: null,
		});
	});

	it("takes a recording in several files, or on stdin", async () => {
		const line = ["compare", "a.txt", "default", "pcp=off"];
		const { compared } = await perform([
			...[...line, "--part", "b.txt", "--part", "c.txt.gz"],
		]);
		expect(compared?.input).to.equal("a.txt");
		expect(compared?.parts).to.deep.equal(["b.txt", "c.txt.gz"]);
		const coming = await perform(["compare", "-", "default", "pcp=off"]);
		expect(coming.compared?.input).to.equal("-");
	});

	it("prints one JSON document and nothing else with --json", async () => {
		const { out } = await perform([...TWO, "--json"]);
		expect(JSON.parse(out)).to.deep.equal(sampleComparison());
	});

	it("prints nothing with --quiet, but draws the picture", async () => {
		const folder = mkdtempSync(join(tmpdir(), "flagstone-compare-"));
		const file = join(folder, "a.svg");
		const { out, exitCode } = await perform([...TWO, "--quiet", "--svg", file]);
		expect([out, exitCode]).to.deep.equal(["", 0]);
		expect(readFileSync(file, "utf8")).to.match(/^<svg /);
		rmSync(folder, { recursive: true });
	});

	it("ends with 1 when a kernel panicked or was damaged, and says why", async () => {
		const dead = sampleVariant("memory=8M", 0, { samples: [], panic: "dead" });
		const hurt = sampleVariant("cpus=2", 1, { damage: ["B1: broken"] });
		const bad = () => sampleComparison([dead, hurt]);
		const loud = await perform(TWO, undefined, bad);
		expect(loud.exitCode).to.equal(1);
		expect(loud.out).to.include("Kernel panic: dead");
		const quiet = await perform([...TWO, "--quiet"], undefined, bad);
		expect(quiet.note).to.equal(
			"memory=8M: Kernel panic - not syncing: dead\ncpus=2: damage: B1: broken\n",
		);
	});

	it("refuses what cannot be compared, with a sentence", async () => {
		const one = await perform(["compare", "buddy", "default"]);
		expect(one.exitCode).to.equal(2);
		expect(one.note).to.include('nothing to compare "default" with');
		const many = await perform(["compare", "buddy", ..."abcdefg"]);
		expect(many.note).to.include("at most 6");
		const none = await perform(["compare"]);
		expect(none.note).to.include("missing required argument 'input'");
		const lost = await perform([...TWO, "--svg", "/nowhere/at/all/a.svg"]);
		expect(lost.exitCode).to.equal(2);
		expect(lost.note).to.include("cannot be written");
	});

	it("explains the words of a policy", async () => {
		const { out } = await perform(["help", "compare"]);
		expect(out).to.include("pcp=off|HIGH:BATCH");
		expect(out).to.include("$ flagstone compare ");
	});
});
