import {
	copyFileSync,
	existsSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { boot, GFP_KERNEL } from "../../kernel";
import { summarize } from "../../kernel/trace/ask/summary";
import { Trace } from "../../kernel/trace/trace";
import { shippedFolder } from "../../scripts/scenario-files";
import { simulator } from "../../scripts/simulator";
import { openTrace } from "../../scripts/trace-file";
import { givenOptions, TraceRecording } from "../../scripts/trace-recording";

const TITLE = { commandLine: "", seed: 1, scenario: null, replay: null };
const NOTHING = {
	...{ memoryBytes: null, cpus: null, seed: null, ticks: null },
	...{ commandLine: null, policy: null, proc: [] },
};

const DOUBLE_FREE = `
name: twice
title: It frees twice
teaches: What a panic leaves.
machine: { memory: 16M, cpus: 1, seed: 1 }
tasks:
  - name: worker
    program: ./twice.js
`;
const TWICE = `module.exports = function* () {
	const { calls } = require(${JSON.stringify(resolve("kernel"))});
	const object = yield calls.kmalloc(100);
	yield calls.kfree(object);
	yield calls.kfree(object);
};`;

describe("recording", () => {
	const folder = mkdtempSync(join(tmpdir(), "flagstone-"));
	const path = join(folder, "run.trace");
	after(() => rmSync(folder, { recursive: true }));
	afterEach(() => rmSync(path, { force: true }));

	it("leaves a whole trace and says how large it is", () => {
		const recording = new TraceRecording(path, TITLE);
		const kernel = boot({ memory: "16M", ...recording.options });
		kernel.kfree(kernel.kmalloc(64, GFP_KERNEL));
		const report = recording.finish();
		expect(report).to.deep.include({ file: path, bytes: statSync(path).size });
		const { trace, close } = openTrace(path);
		expect(trace.isComplete).to.equal(true);
		expect(trace.events).to.equal(report.events);
		close();
	});

	it("tells the options that change something", () => {
		const options = { memoryBytes: null, cpus: 2, seed: 0, policy: null };
		expect(givenOptions(options)).to.deep.equal({ cpus: 2, seed: 0 });
	});

	it("TX1: a kernel that panics is recorded up to there", () => {
		const request = { ...NOTHING, scenario: "boot-only", trace: path };
		const tiny = { ...request, memoryBytes: 2 ** 21 };
		const report = simulator().boot(tiny, () => {});
		expect(report.panic).to.not.equal(null);
		const early = openTrace(path);
		expect(early.trace.end?.panic).to.equal(report.panic); // it had no page records yet
		expect(early.trace.events).to.equal(report.trace?.events).and.above(20);
		early.close();
		const scenario = join(folder, "full.yaml");
		writeFileSync(scenario, DOUBLE_FREE);
		writeFileSync(join(folder, "twice.js"), TWICE);
		const { panic } = simulator().boot({ ...request, scenario }, () => {});
		const { trace, close } = openTrace(path);
		expect(panic).to.include("double free");
		expect(trace.isComplete).to.equal(true);
		expect(trace.end?.panic).to.equal(panic);
		expect(summarize(new Trace(trace)).panic).to.equal(panic);
		close();
	});

	it("TX2: what is refused leaves no file", () => {
		const request = { ...NOTHING, scenario: "boot-only", trace: path };
		const impossible = { ...request, cpus: 65 };
		expect(() => simulator().boot(impossible, () => {})).to.throw();
		expect(existsSync(path)).to.equal(false);
	});

	it("TX2: what is refused leaves an older trace as it was", () => {
		writeFileSync(path, "older");
		const request = { ...NOTHING, scenario: "boot-only", trace: path };
		const impossible = { ...request, cpus: 65 };
		expect(() => simulator().boot(impossible, () => {})).to.throw();
		expect(readFileSync(path, "utf8")).to.equal("older");
	});

	it("leaves nothing of a longer file that was there", () => {
		writeFileSync(path, Buffer.alloc(1 << 20));
		const request = { ...NOTHING, scenario: "boot-only", trace: path };
		const report = simulator().boot(request, () => {});
		expect(statSync(path).size).to.equal(report.trace?.bytes);
	});

	it("TX3: never overwrites the scenario that it records", () => {
		const scenario = join(folder, "own.yaml");
		copyFileSync(join(shippedFolder(), "boot-only.yaml"), scenario);
		const request = { ...NOTHING, scenario, trace: scenario };
		expect(() => simulator().boot(request, () => {})).to.throw(
			"is what is being read",
		);
		expect(readFileSync(scenario, "utf8")).to.include("name: boot-only");
	});

	it("says which file cannot be written", () => {
		const bad = join(folder, "nowhere", "x.trace");
		expect(() => new TraceRecording(bad, TITLE)).to.throw(bad);
	});
});
