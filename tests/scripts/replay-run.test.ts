import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import type { ReplayRequest } from "../../scripts/engine";
import { noProgress } from "../../scripts/progress";
import { runReplay } from "../../scripts/replay-run";
import { LATE_FOLDER, LATE_TRACE } from "../fixtures";
import { fixture, fixtureNames } from "../kernel/replay/reading/support";

const TRACES = join(__dirname, "..", "fixtures", "traces");
const trace = (name: string): string => join(TRACES, name);

/** Runs a replay; the lines of its log are its last part. */
async function run(
	files: readonly string[],
	more: Partial<ReplayRequest> = {},
	stdin: Readable = Readable.from([]),
) {
	const lines: string[] = [];
	const request: ReplayRequest = {
		...{ files, compare: null, from: null, flavour: null },
		...{ memoryBytes: null, cpus: null, seed: null },
		...{ commandLine: null, policy: null, proc: [], trace: null, ...more },
	};
	const print = (line: string) => void lines.push(line);
	const report = await runReplay(request, {
		...{ stdin, progress: noProgress, print },
	});
	return { ...report, lines };
}

/** The sentence with which it is refused, before the machine says a word. */
async function refusal(
	files: readonly string[],
	more: Partial<ReplayRequest> = {},
): Promise<string> {
	try {
		await run(files, more);
		return "nothing";
	} catch (error) {
		expect((error as Error).constructor).to.equal(Error);
		expect((error as Error).message).to.match(/^.*\.$/);
		return (error as Error).message;
	}
}

describe("running a replay", function () {
	this.timeout(60_000);
	let folder = "";
	const file = (path: string, bytes: Uint8Array | string): string => {
		const name = join(folder, ...path.split("/"));
		mkdirSync(join(name, ".."), { recursive: true });
		writeFileSync(name, bytes);
		return name;
	};
	before(() => {
		folder = mkdtempSync(join(tmpdir(), "flagstone-replay-"));
	});
	after(() => rmSync(folder, { recursive: true }));

	for (const [name, format] of [
		["ftrace-hashed.txt", "ftrace"],
		["ftrace-counter.txt", "ftrace"],
		["trace-cmd.txt", "trace-cmd"],
		["perf.txt", "perf"],
		["short.rep", "malloclab"],
		["mtrace.txt", "mtrace"],
	] as const)
		it(`plays ${name} on an ordinary machine, and logs as it goes`, async () => {
			const report = await run([trace(name)]);
			expect(report.reading.format).to.equal(format);
			expect(report.reading.hashedPointers).to.equal(name.includes("hashed"));
			expect(report.requests.played).to.be.above(0);
			expect(report.requests.from).to.equal(null);
			expect(report).to.include({ panic: null, score: null });
			expect(report.damage).to.deep.equal([]);
			expect(report.lines).to.deep.equal(report.log);
			expect(report.machine.memoryBytes).to.be.above(500 * 2 ** 20);
			expect(report.machine.cpus).to.equal(/counter|-cmd/.test(name) ? 2 : 1);
		});

	it("plays every form of text, also with other options of its recorder", async () => {
		for (const name of fixtureNames()) {
			const { reading, requests, damage } = await run([trace(name)]);
			const events = Object.values(reading.events);
			expect(requests.played, name).to.equal(events.reduce((a, b) => a + b));
			expect(requests.played, name).to.be.above(4);
			expect([reading.damaged, damage], name).to.deep.equal([0, []]);
		}
	});

	it("counts what a program asks of its heap", async () => {
		const { requests } = await run([trace("short.rep")]);
		expect(requests.heap).to.include({ allocated: 3, freed: 3, resized: 1 });
		const kernel = await run([trace("perf.txt")]);
		expect(kernel.requests.heap).to.include({ allocated: 0, bytesMost: 0 });
	});

	it("has a machine of the wanted size, seed and command line, and gives the same twice", async () => {
		const wish = {
			...{ memoryBytes: 2 ** 26, cpus: 3, seed: 9 },
			...{ commandLine: "slab_nomerge", proc: ["meminfo"] },
		};
		const one = await run([trace("trace-cmd.txt")], wish);
		expect(one.machine).to.include({ cpus: 3, seed: 9 });
		expect(one.machine.commandLine).to.include("slab_nomerge");
		expect(one.proc.meminfo).to.match(/^MemTotal: /);
		expect(await run([trace("trace-cmd.txt")], wish)).to.deep.equal(one);
		expect(JSON.parse(JSON.stringify(one))).to.deep.equal(one);
	});

	it("reports a panic: a machine too small to boot", async () => {
		const report = await run([trace("short.rep")], { memoryBytes: 2 ** 20 });
		expect(report.panic).to.include("The kernel image needs all of the memory");
		expect(report.requests.played).to.equal(0);
		expect(report.frames).to.deep.equal([]);
		expect(JSON.parse(JSON.stringify(report))).to.deep.equal(report);
	});

	it("reads stdin, packed too", async () => {
		const bytes = fixture("trace-cmd.txt");
		for (const text of [bytes, gzipSync(bytes)]) {
			const { reading, requests, scenario } = await run(
				["-"],
				{},
				Readable.from([text.subarray(0, 9), text.subarray(9)]),
			);
			expect(reading.files).to.deep.equal(["-"]);
			expect(scenario.name).to.equal("-");
			expect(requests.played).to.equal(32);
		}
		expect(await refusal(["-"])).to.equal("stdin is empty.");
		expect(await refusal(["-", "a"])).to.include("and the only one");
	});

	it("tells damaged lines and passes over them", async () => {
		const bad = file("bad.txt", `${fixture("trace-cmd.txt")}no line\n`);
		const { reading, requests } = await run([bad]);
		expect(reading.damaged).to.equal(1);
		expect(reading.complaints[0]).to.include({ line: 34 });
		expect(requests.played).to.equal(32);
	});

	it("takes lines that end in CR LF, and passes over huge ones", async () => {
		const text = String(fixture("trace-cmd.txt")).replace(/\n/g, "\r\n");
		const huge = file("crlf.txt", `${text}${"x".repeat(100_000)}\n`);
		const { reading, requests } = await run([huge]);
		expect(requests.played).to.equal(32);
		expect(reading.complaints[0]?.text).to.match(/^is longer than/);
	});

	it("reads several files one after the other; a line ends with its file (RR2)", async () => {
		const text = String(fixture("trace-cmd.txt"));
		const open = file("open.txt", text.trimEnd());
		const two = await run([open, trace("trace-cmd.txt")]);
		expect(two.reading).to.include({ damaged: 0, lines: 66 });
		expect(two.requests.played).to.equal(64);
		expect((await run([open])).reading.damaged).to.equal(1);
		expect(await refusal([open, trace("perf.txt")])).to.match(
			/perf\.txt is of another form \(perf\) than .*open\.txt \(trace-cmd\)/,
		);
		const rep = trace("short.rep");
		expect(await refusal([rep, rep])).to.match(/\.rep file: name one file\.$/);
		expect(await refusal([open, join(folder, "none")])).to.match(
			/^There is no file .*none\.$/,
		);
	});

	it("refuses in one sentence what is no recording (RR1)", async () => {
		const cases: [string, RegExp][] = [
			[file("empty.txt", ""), /empty\.txt is empty\.$/],
			[file("words.txt", "no event\n"), /words\.txt holds no line of a form/],
			[file("bin", Uint8Array.of(0, 255, 3, 0)), /bin holds no line/],
			[
				file("cut.gz", gzipSync("a\n".repeat(99)).subarray(0, 15)),
				/cut\.gz is cut off/,
			],
			[folder, /is a folder; name a file in it\.$/],
			[join(folder, "none"), /^There is no file/],
		];
		for (const [path, sentence] of cases)
			expect(await refusal([path])).to.match(sentence);
		file("poor/meta/cmdline", "quiet\n");
		const poor = file("poor/short.rep", fixture("short.rep"));
		expect(await refusal([poor])).to.match(
			/^poor: The recording tells nothing/,
		);
	});

	it("starts from a snapshot where there is one, and names what was there", async () => {
		const report = await run([LATE_TRACE]);
		expect(report.requests).to.include({ from: "a", played: 38_893 });
		expect(report).to.include({ panic: null, score: null });
		const { leftBySite, unknownByCache } = report.requests;
		expect(leftBySite.map(({ name }) => name)).to.include(
			"(there at the start)",
		);
		for (const { name } of [...leftBySite, ...unknownByCache])
			expect(name).to.not.equal("");
	});

	it("scores against the recording, whatever the flavour", async () => {
		for (const flavour of [null, "snapshot"] as const) {
			const wish = { compare: LATE_FOLDER, flavour };
			const { score, requests } = await run([LATE_TRACE], wish);
			expect(score?.events).to.be.above(38_000);
			expect(requests.from).to.equal("a");
		}
	});

	it("starts empty where that or another machine is asked for", async () => {
		const empty = await run([LATE_TRACE], { from: "empty" });
		expect(empty.requests).to.include({ from: null, played: 40_372 });
		const small = await run([LATE_TRACE], { memoryBytes: 2 ** 26 });
		expect(small.requests.from).to.equal(null);
		expect(small.machine.memoryBytes).to.be.at.most(2 ** 26);
		const apart = await run([LATE_TRACE], { commandLine: "slab_nomerge" });
		expect(apart.requests.from).to.equal(null);
		expect(apart.machine.commandLine).to.match(/ slab_nomerge$/);
	});

	it("refuses options that exclude each other, or would change nothing (RR3)", async () => {
		const cases: [Partial<ReplayRequest>, RegExp][] = [
			[{ from: "z" }, /has no snapshot z; it has a, c\.$/],
			[{ from: "a", memoryBytes: 2 ** 26 }, /leave --from and --compare out/],
			[{ from: "empty", flavour: "lists" }, /^--start lists: .*empty machine/],
			[{ from: "empty", compare: LATE_FOLDER }, /^--compare: .*--from\.$/],
			[{ from: "a", commandLine: "slab_nomerge" }, /^Another .*--from and/],
			[{ compare: join(folder, "none") }, /^There is no folder/],
		];
		for (const [wish, sentence] of cases)
			expect(await refusal([LATE_TRACE], wish)).to.match(sentence);
		expect(await refusal([trace("perf.txt")], { from: "a" })).to.match(
			/^--from a: there is no recording beside the trace/,
		);
	});
});
