import { expect } from "chai";
import { scoreOf } from "../../../kernel/replay/score/score";
import type { ReplayReport } from "../../../scripts/report/replay";
import { sampleInput } from "../../kernel/replay/score/sample";
import { sampleReplay } from "../report/sample";
import { perform } from "../stage";

const replay = (line: string, report: () => ReplayReport = sampleReplay) =>
	perform(["replay", ...line.split(" ")], undefined, undefined, report);

const good = () => sampleReplay({ expectations: [] });
const missed = () =>
	sampleReplay({ expectations: [], score: scoreOf(sampleInput()) });

describe("flagstone replay", () => {
	it("prints the kernel log, then what was read, asked for and left", async () => {
		const { exitCode, out, note } = await replay("trace.txt", good);
		expect([exitCode, note]).to.deep.equal([0, ""]);
		expect(out).to.match(
			/^\[ {4}0\.000000\] Linux version 6\.1\.0\n\nRead {2}/,
		);
		expect(out).to.match(/\nRequests {2}[\s\S]*\nMemory {2}64 MiB/);
	});

	it("leaves to the recording what no option decides, and takes several files", async () => {
		expect((await replay("a b -", good)).replayed).to.deep.equal({
			files: ["a", "b", "-"],
			compare: null,
			from: null,
			flavour: null,
			memoryBytes: null,
			cpus: null,
			seed: null,
			commandLine: null,
			policy: null,
			proc: [],
			trace: null,
		});
	});

	it("hands every option to the engine", async () => {
		const line =
			"t --compare r --from a --start lists --memory 64M --cpus 2 --seed 9 --cmdline slab_nomerge --policy grouping=off --proc buddyinfo --proc vmstat --trace x.trace";
		expect((await replay(line, good)).replayed).to.deep.equal({
			files: ["t"],
			compare: "r",
			from: "a",
			flavour: "lists",
			memoryBytes: 2 ** 26,
			cpus: 2,
			seed: 9,
			commandLine: "slab_nomerge",
			policy: "grouping=off",
			proc: ["buddyinfo", "vmstat"],
			trace: "x.trace",
		});
	});

	it("prints one JSON document and nothing else with --json", async () => {
		const { out, note, exitCode } = await replay("t --json", good);
		expect(JSON.parse(out)).to.deep.equal(good());
		expect([exitCode, note]).to.deep.equal([0, ""]);
	});

	it("prints nothing with --quiet but a /proc text to the byte", async () => {
		const { out, note } = await replay("t --quiet", good);
		expect(out + note).to.equal("");
		const proc = { buddyinfo: "Node 0, zone\n" };
		const texts = () => sampleReplay({ expectations: [], proc });
		expect((await replay("t --quiet --proc buddyinfo", texts)).out).to.equal(
			"Node 0, zone\n",
		);
	});

	it("ends with 1 when an aim was missed, and says which where the score is not printed", async () => {
		const shown = await replay("t", missed);
		expect([shown.exitCode, shown.note]).to.deep.equal([1, ""]);
		expect(shown.out).to.match(/MISSED +free pages +50 %/);
		for (const silent of ["--quiet", "--json"]) {
			const { exitCode, note } = await replay(`t ${silent}`, missed);
			expect(exitCode).to.equal(1);
			expect(note).to.include(
				"aim missed: free pages: 50 %, wanted at least 100 %\n",
			);
			expect(note).to.not.include("geometry");
		}
	});

	it("ends with 1 when the kernel panicked or was damaged", async () => {
		const dead = await replay("t", () => sampleReplay({ panic: "dead" }));
		expect(dead.exitCode).to.equal(1);
		expect(dead.note).to.equal("Kernel panic - not syncing: dead\n");
		const hurt = await replay("t --quiet", () =>
			sampleReplay({ expectations: [], damage: ["B1: broken"] }),
		);
		expect(hurt.exitCode).to.equal(1);
		expect(hurt.note).to.equal("damage: B1: broken\n");
	});

	it("refuses what cannot be meant, with a sentence and 2", async () => {
		const cases: [string, RegExp][] = [
			["t --start now", /'now' is invalid.* learned, lists, snapshot\.\n$/],
			["t --memory much", /--memory "much": expected a size such as 64M/],
			["t --proc buddyinf", /did you mean buddyinfo\?\n$/],
			["t --form a", /did you mean --from\?\n$/],
			["--json", /missing required argument 'file'\.\n$/],
		];
		for (const [line, sentence] of cases) {
			const { exitCode, note, out, replayed } = await replay(line, good);
			expect(note).to.match(sentence);
			expect(note.trimEnd()).to.match(/^flagstone: .*$/);
			expect([exitCode, out, replayed]).to.deep.equal([2, "", undefined]);
		}
		const thrown = await replay("t", () => {
			throw new Error("t is empty.");
		});
		expect(thrown.exitCode).to.equal(2);
		expect(thrown.note).to.equal("flagstone: t is empty.\n");
	});

	it("explains itself with an example", async () => {
		const { out, exitCode } = await replay("--help");
		expect(exitCode).to.equal(0);
		expect(out).to.include("- for stdin");
		expect(out).to.match(/ {2}lists {5}as the events before/);
		expect(out).to.match(/Example:\n {2}\$ flagstone replay .*--compare/);
	});
});
