import { expect } from "chai";
import { sampleReport } from "../report/sample";
import { perform } from "../stage";

const held = { text: "no leaks", held: true, detail: "" };
const failed = { text: "free is 5", held: false, detail: "it is 4" };
const good = () =>
	sampleReport({
		expectations: [held],
		proc: {
			buddyinfo: "Node 0, zone\n",
			slabinfo: "slabinfo - version: 2.1\n",
		},
	});

describe("flagstone boot", () => {
	it("prints the kernel log, then the summary", async () => {
		const { exitCode, out, note } = await perform(["boot"], good);
		expect(exitCode).to.equal(0);
		expect(note).to.equal("");
		expect(out).to.match(/^\[ {4}0\.000000\] Linux version 6\.1\.0\n\nsample/);
		expect(out).to.include("\nMemory  64 MiB");
		expect(out).to.match(/all 1 held\n {2}held {3}no leaks\n$/);
	});

	it("leaves to the scenario what no option decides", async () => {
		expect((await perform(["boot"], good)).request).to.deep.equal({
			scenario: null,
			memoryBytes: null,
			cpus: null,
			seed: null,
			ticks: null,
			commandLine: null,
			policy: null,
			proc: [],
			trace: null,
		});
	});

	it("hands every option to the engine", async () => {
		const line =
			"boot buddy --memory 64M --cpus 2 --seed 9 --ticks 50 --cmdline slab_nomerge --policy grouping=off --proc buddyinfo --proc vmstat --trace x.trace";
		expect((await perform(line.split(" "), good)).request).to.deep.equal({
			scenario: "buddy",
			memoryBytes: 2 ** 26,
			cpus: 2,
			seed: 9,
			ticks: 50,
			commandLine: "slab_nomerge",
			policy: "grouping=off",
			proc: ["buddyinfo", "vmstat"],
			trace: "x.trace",
		});
	});

	it("prints one JSON document and nothing else with --json", async () => {
		const { out, exitCode } = await perform(["boot", "--json"], good);
		expect(JSON.parse(out)).to.deep.equal(good());
		expect(exitCode).to.equal(0);
	});

	it("prints nothing with --quiet when all is well", async () => {
		const { out, note, exitCode } = await perform(["boot", "--quiet"], good);
		expect(out + note).to.equal("");
		expect(exitCode).to.equal(0);
	});

	it("prints a /proc text to the byte with --quiet", async () => {
		const argv = ["boot", "--quiet", "--proc", "buddyinfo"];
		expect((await perform(argv, good)).out).to.equal("Node 0, zone\n");
	});

	it("names the /proc texts where there is more than one text", async () => {
		const several = ["--proc", "buddyinfo", "--proc", "slabinfo"];
		expect((await perform(["boot", "--quiet", ...several], good)).out).to.equal(
			"\n==> /proc/buddyinfo <==\nNode 0, zone\n\n==> /proc/slabinfo <==\nslabinfo - version: 2.1\n",
		);
		const { out } = await perform(["boot", "--proc", "buddyinfo"], good);
		expect(out).to.match(/\n==> \/proc\/buddyinfo <==\nNode 0, zone\n$/);
	});

	it("takes /proc texts of tasks, with or without /proc/ in front", async () => {
		const argv = ["boot", "--proc", "3/status", "--proc", "/proc/vmstat"];
		expect((await perform(argv, good)).request?.proc).to.deep.equal([
			"3/status",
			"vmstat",
		]);
		const { exitCode, note } = await perform(
			["boot", "--proc", "PID/status"],
			good,
		);
		expect(exitCode).to.equal(2);
		expect(note).to.match(/write the number of a task instead of PID\.\n$/);
		expect((await perform(["boot", "--proc", "3/statsu"], good)).note).to.match(
			/did you mean PID\/status\?\n$/,
		);
	});

	it("fails when an expectation does, and says which even with --quiet", async () => {
		const bad = () => sampleReport({ expectations: [held, failed] });
		const shown = await perform(["boot"], bad);
		expect(shown.exitCode).to.equal(1);
		expect(shown.out).to.match(/FAILED free is 5: it is 4\n$/);
		expect(shown.note).to.equal("");
		const quiet = await perform(["boot", "--quiet"], bad);
		expect(quiet.exitCode).to.equal(1);
		expect(quiet.note).to.equal("expectation failed: free is 5: it is 4\n");
	});

	it("fails when the auditors find damage", async () => {
		const damage = ["B3 pfn 77 is free twice"];
		const { exitCode, out } = await perform(["boot"], () =>
			sampleReport({ expectations: [], damage }),
		);
		expect(exitCode).to.equal(1);
		expect(out).to.match(/Damage\n {2}B3 pfn 77 is free twice\n$/);
	});

	it("ends with the panic of the simulated kernel", async () => {
		const { exitCode, out, note } = await perform(["boot"], () =>
			sampleReport({ panic: "Out of memory", frames: [] }),
		);
		expect(exitCode).to.equal(1);
		expect(note).to.equal("Kernel panic - not syncing: Out of memory\n");
		expect(out).to.equal("[    0.000000] Linux version 6.1.0\n");
	});
});
