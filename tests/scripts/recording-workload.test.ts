import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import { boot, DEFAULT_POLICY, parsePolicy } from "../../kernel";
import { compare, openWorkload } from "../../scripts/compare";
import type { CompareRequest } from "../../scripts/engine";
import { noProgress, type Progress } from "../../scripts/progress";
import { recordingWorkload } from "../../scripts/recording-workload";
import type {
	Comparison,
	VariantReport,
} from "../../scripts/report/comparison";
import { LATE_FOLDER, lateTrace } from "../fixtures";
import { fixture } from "../kernel/replay/reading/support";

const EVENTS = 4000;
const MIB = 2 ** 20;

const request = (
	input: string,
	variants: readonly string[],
	more: Partial<CompareRequest> = {},
): CompareRequest => ({
	...{ input, parts: [], variants, seed: null, ticks: null },
	...more,
});

/** The first lines of the fixture's trace: a line says how many CPUs, each other one is an event. */
function cutTrace(): Buffer {
	const bytes = Buffer.from(lateTrace());
	let end = 0;
	for (let line = 0; line <= EVENTS; line++) end = bytes.indexOf("\n", end) + 1;
	return bytes.subarray(0, end);
}

const ALONE = { stdin: Readable.from([]), progress: noProgress };

const open = (file: string, seed: number | null) =>
	recordingWorkload([file], seed, ALONE);

const message = (opening: Promise<unknown>): Promise<string> =>
	opening.then(
		() => "nothing",
		(error: Error) => error.message,
	);

describe("a recording as a workload", function () {
	this.timeout(60_000);
	let folder = "";
	let trace = "";
	const file = (path: string, bytes: Uint8Array | string): string => {
		const name = join(folder, ...path.split("/"));
		mkdirSync(join(name, ".."), { recursive: true });
		writeFileSync(name, bytes);
		return name;
	};
	before(() => {
		folder = mkdtempSync(join(tmpdir(), "flagstone-workload-"));
		trace = file("late/trace.txt.gz", gzipSync(cutTrace()));
		for (const name of ["meta", "snap"])
			cpSync(join(LATE_FOLDER, name), join(folder, "late", name), {
				recursive: true,
			});
	});
	after(() => rmSync(folder, { recursive: true }));

	it("has the recorded machine where texts about it lie beside the file", async () => {
		const workload = await open(trace, 5);
		expect(workload.name).to.equal("trace.txt.gz");
		expect(workload.title).to.equal("a recording of 4,000 events (trace-cmd)");
		expect(workload.step).to.deep.equal({ word: "event", nanoseconds: null });
		expect(workload.every).to.equal(40);
		expect(workload.machine(DEFAULT_POLICY)).to.include({ cpus: 2, seed: 5 });
		const { machine } = boot(workload.machine(DEFAULT_POLICY));
		expect(machine.map.usableBytes).to.be.within(500 * MIB, 512 * MIB);
	});

	it("leaves the recorder's buffer out where a policy has another size of memory", async () => {
		const file = join(folder, "late", "meta", "cmdline");
		writeFileSync(file, "quiet trace_buf_size=32M");
		const { machine } = await open(trace, null);
		cpSync(join(LATE_FOLDER, "meta", "cmdline"), file);
		expect(machine(DEFAULT_POLICY).cmdline).to.equal(
			"quiet trace_buf_size=32M",
		);
		const other = parsePolicy("memory=64M");
		expect(machine(other).cmdline).to.equal("quiet ");
	});

	it("has a plain machine where there are none", async () => {
		const alone = file("alone/short.rep", fixture("short.rep"));
		const workload = await open(alone, null);
		expect(workload.machine(DEFAULT_POLICY)).to.deep.equal({ memory: "512M" });
		expect(workload.every).to.equal(1);
	});

	it("plays the same events on every machine, and looks at a hundred moments", async () => {
		const workload = await open(trace, null);
		const looks: number[][] = [];
		const hashes: string[] = [];
		for (let run = 0; run < 2; run++) {
			const kernel = boot(workload.machine(DEFAULT_POLICY));
			const seen: number[] = [];
			const outcome = await workload.run(kernel, (step) => seen.push(step));
			expect(outcome).to.deep.equal({
				...{ held: 0, total: 0, steps: EVENTS },
				beside: { failedRequests: 0, roundingBytes: 0 },
			});
			expect(kernel.check()).to.deep.equal([]);
			looks.push(seen);
			hashes.push(kernel.stateHash());
		}
		expect(looks[0]).to.deep.equal(
			Array.from({ length: 100 }, (_, n) => n * 40),
		);
		expect(looks[1]).to.deep.equal(looks[0]);
		expect(hashes[1]).to.equal(hashes[0]);
	});

	it("refuses in one sentence what holds no event, and what is no file", async () => {
		const text = file("no/words.txt", "no event here\n");
		expect(await message(open(text, null))).to.match(
			/words\.txt holds no line of a form that is known \(.*\)\.$/,
		);
		const empty = file("no/empty.txt", "");
		expect(await message(open(empty, null))).to.equal(`${empty} is empty.`);
		expect(await message(openWorkload(request(folder, [])))).to.equal(
			`${folder} is a folder; name a file in it.`,
		);
		expect(
			await message(openWorkload(request(trace, [], { ticks: 5 }))),
		).to.match(/is a recording, .*--ticks is for scenarios\.$/);
	});

	it("tells when the texts beside the file are too few for a machine", async () => {
		const poor = file("poor/short.rep", fixture("short.rep"));
		file("poor/meta/cmdline", "quiet\n");
		const told = await message(open(poor, null));
		expect(told)
			.to.match(/^[A-Z].*\.$/)
			.and.not.include("\n");
	});

	it("is compared under policies and designs, on sound machines", async () => {
		const comparison = await compare(
			request(trace, [
				...["default", "objects=slob", "objects=textbook"],
				...["pcp=off grouping=off", "memory=64M cpus=1"],
			]),
		);
		expect(comparison.everySteps).to.equal(40);
		expect(comparison.step.word).to.equal("event");
		for (const { steps, samples, damage, panic } of comparison.variants) {
			expect(steps).to.equal(EVENTS);
			expect(damage).to.deep.equal([]);
			expect(panic).to.equal(null);
			expect(samples.map(({ step }) => step)).to.deep.equal(
				Array.from({ length: 101 }, (_, n) => n * 40),
			);
		}
		const [slub, slob, , , small] = ends(comparison);
		expect(slob!.slabsMade).not.to.equal(slub!.slabsMade);
		expect(small!.managedPages).to.be.below(slub!.managedPages / 4);
		expect(JSON.parse(JSON.stringify(comparison))).to.deep.equal(comparison);
	});

	it("is one recording in several files, or comes in", async () => {
		const lines = String(cutTrace()).split("\n");
		const part = (name: string, from: number, to?: number): string =>
			file(`parts/${name}`, lines.slice(from, to).join("\n"));
		const one = part("one.txt", 0, 1500);
		const rest = [part("two.txt", 1500, 2000), part("three.txt", 2000)];
		const policies = ["default", "objects=slob"];
		const whole = file("parts/whole.txt", cutTrace());
		const wanted = await compare(request(whole, policies));
		const found = await compare(request(one, policies, { parts: rest }));
		expect(found.variants).to.deep.equal(wanted.variants);
		expect(found.input.name).to.equal("one.txt and 2 more");
		const coming = { ...ALONE, stdin: Readable.from([gzipSync(cutTrace())]) };
		const came = await compare(request("-", policies), coming);
		expect(came.variants).to.deep.equal(wanted.variants);
		expect(came.input.name).to.equal("-");
	});

	it("refuses parts that are none", async () => {
		const perf = file("parts/perf.txt", fixture("perf.txt"));
		const mixture = request(trace, [], { parts: [perf] });
		expect(await message(openWorkload(mixture))).to.match(
			/perf\.txt is of another form \(perf\) than .*trace\.txt\.gz/,
		);
		const scenario = request("buddy", [], { parts: [trace] });
		expect(await message(openWorkload(scenario))).to.equal(
			"buddy is a scenario, which is one file: --part is for recordings.",
		);
		const twice = request("-", [], { parts: [trace] });
		expect(await message(openWorkload(twice))).to.match(/and the only one\.$/);
		expect(await message(openWorkload(request("-", [])))).to.equal(
			"stdin is empty.",
		);
	});

	it("tells how far reading and running are", async () => {
		const told: [string, number, number | null][] = [];
		let ends = 0;
		const progress: Progress = {
			report: (...all) => void told.push(all),
			finish: () => void ends++,
		};
		await compare(request(trace, ["default", "pcp=off"]), {
			...{ ...ALONE, progress },
		});
		expect(told[0]).to.include("reading trace.txt.gz");
		const runs = told.filter(([what]) => what.startsWith("running"));
		expect(runs.map(([, done]) => done)).to.deep.equal(
			Array.from({ length: 200 }, (_, n) => n * 40),
		);
		expect(runs[0]).to.deep.equal(["running default", 0, 2 * EVENTS]);
		expect(runs[150]).to.deep.equal(["running pcp=off", 6000, 2 * EVENTS]);
		expect(ends).to.equal(1);
	});

	it("gives equal policies equal numbers", async () => {
		const alone = file("alone/log.mtrace", fixture("mtrace.txt"));
		for (const policy of ["default", "objects=bonwick"]) {
			const { variants } = await compare(request(alone, [policy, policy]));
			const [one, other] = variants as [VariantReport, VariantReport];
			expect(other.samples).to.deep.equal(one.samples);
			expect(one.steps).to.be.above(8);
		}
	});

	it("tells what rounding up the sizes of a program's blocks wastes", async () => {
		const requests = Array.from({ length: 50 }, (_, n) => `a ${n} 40\n`);
		const rep = file("alone/even.rep", `1\n50\n50\n1\n${requests.join("")}`);
		const [slub, slob] = ends(
			await compare(request(rep, ["default", "objects=slob"])),
		);
		expect(slub!.roundingBytes).to.equal(50 * (64 - 40));
		expect(slob!.roundingBytes).to.equal(0);
		const { askedBytes, roundingBytes, freeObjectBytes, overheadBytes } = slub!;
		expect(
			askedBytes + roundingBytes + freeObjectBytes + overheadBytes,
		).to.equal(slub!.slabPages * 4096);
	});

	it("counts requests that found no memory as failed", async () => {
		const requests = Array.from({ length: 300 }, (_, n) => `a ${n} 100000\n`);
		const large = file(
			"alone/large.rep",
			`1\n300\n300\n1\n${requests.join("")}`,
		);
		const { variants } = await compare(
			request(large, ["default", "memory=8M"]),
		);
		const [fits, fails] = variants.map(
			({ samples }) => samples.at(-1)!.measures.failedAllocations,
		);
		expect(fits).to.equal(0);
		expect(fails).to.be.above(200);
	});
});

const ends = ({ variants }: Comparison) =>
	variants.map(({ samples }) => samples.at(-1)!.measures);
