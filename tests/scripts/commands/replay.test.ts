import { dirname, join } from "node:path";
import { expect } from "chai";
import { SlubStore } from "../../../kernel/replay/objects/object-store";
import { scoreOf } from "../../../kernel/replay/score/score";
import type { ReplayReport } from "../../../scripts/report/replay";
import { simulator } from "../../../scripts/simulator";
import { LATE_TRACE } from "../../fixtures";
import { sampleInput } from "../../kernel/replay/score/sample";
import { sampleReplay } from "../report/sample";
import { perform, performOn } from "../stage";

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

	it("finds the events of the recording that it is compared with", async () => {
		const folder = dirname(LATE_TRACE);
		const { replayed } = await replay(`--compare ${folder}`, good);
		expect(replayed?.files).to.deep.equal([LATE_TRACE]);
		expect(replayed?.compare).to.equal(folder);
		const none = await replay(`--compare ${__dirname}`, good);
		expect(none.note).to.include("say which file has the events.\n");
		expect([none.exitCode, none.replayed]).to.deep.equal([2, undefined]);
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

describe("flagstone replay, when the simulated kernel panics while it plays", function () {
	this.timeout(60_000);
	const free = SlubStore.prototype.free;
	const AT = 500; // frees that go well
	const PANIC =
		/^Kernel panic - not syncing: slab: (O1|S1) double free, [^\n]+\n$/;
	let left = 0;
	beforeEach(() => {
		SlubStore.prototype.free = function (cache, object) {
			free.call(this, cache, object);
			if (--left === 0) free.call(this, cache, object); // the bug
		};
	});
	afterEach(() => {
		SlubStore.prototype.free = free;
	});
	const run = (...argv: string[]) => {
		left = AT;
		return performOn(simulator(), argv);
	};

	it("ends with 1 and says why, and shows what there was up to it", async () => {
		for (const way of [["--from", "empty"], []]) {
			const line = ["replay", LATE_TRACE, ...way, "--proc", "slabinfo"];
			const { exitCode, out, note } = await run(...line);
			expect(exitCode).to.equal(1);
			expect(note).to.match(PANIC);
			expect(out).to.include("\nRequests ");
			expect(out).to.include("slabinfo - version: 2.1");
			const quiet = await run(...line, "--quiet");
			expect(quiet).to.include({ exitCode, note });
		}
	});

	it("puts it into the JSON document, without a score", async () => {
		const folder = join(LATE_TRACE, "..");
		const { exitCode, out, note } = await run(
			...["replay", LATE_TRACE, "--compare", folder, "--json"],
		);
		expect(exitCode).to.equal(1);
		expect(note).to.match(PANIC);
		const report: ReplayReport = JSON.parse(out);
		expect(report.panic).to.match(/^slab: \w1 double free/);
		expect(report.score).to.equal(null);
		expect(report.requests.played).to.be.within(AT, 10_000);
		expect(report.requests.objects.freed).to.be.within(AT - 99, AT);
	});

	it("ends one variant of a comparison, and no other", async () => {
		const { exitCode, out, note } = await run(
			...["compare", LATE_TRACE, "default", "pcp=off", "--json"],
		);
		expect(exitCode).to.equal(1);
		expect(note.slice(0, 9)).to.equal("default: ");
		expect(note.slice(9)).to.match(PANIC);
		const [dead, alive] = JSON.parse(out).variants;
		expect(dead.steps).to.be.below(alive.steps);
		expect([alive.panic, alive.damage]).to.deep.equal([null, []]);
	});
});
