import { expect } from "chai";
import type { BootRequest } from "../../scripts/engine";
import { type BootReport, succeeded } from "../../scripts/report/report";
import { simulator } from "../../scripts/simulator";

const PLAIN: BootRequest = {
	scenario: "boot-only",
	memoryBytes: null,
	cpus: null,
	seed: null,
	ticks: null,
	commandLine: null,
	policy: null,
	proc: [],
	trace: null,
};

function boot(request: Partial<BootRequest> = {}): BootReport {
	return simulator().boot({ ...PLAIN, ...request }, () => {});
}

describe("the simulator behind the commands", () => {
	it("lists the shipped scenarios, the default among them", () => {
		const { defaultScenario, scenarios } = simulator();
		const names = scenarios().map(({ name }) => name);
		expect(names).to.include(defaultScenario);
		expect(names.length).to.be.at.least(9);
	});

	it("hands out log lines as they happen, and keeps them", () => {
		const lines: string[] = [];
		const { log } = simulator().boot(PLAIN, (line) => lines.push(line));
		expect(lines).to.deep.equal(log);
		expect(lines[0]).to.match(/^\[ {4}0\.000000\] Linux version 6\.1/);
	});

	it("describes the machine that ran, and every frame of it", () => {
		const report = boot({ memoryBytes: 32 * 2 ** 20, cpus: 2, seed: 7 });
		const { machine, frames } = report;
		expect([machine.cpus, machine.seed]).to.deep.equal([2, 7]);
		expect(machine.frameCount).to.equal(8192);
		let next = 0;
		for (const { start, count } of frames) {
			expect(start).to.equal(next);
			next += count;
		}
		expect(next).to.equal(8192);
		expect(succeeded(report)).to.equal(true);
	});

	it("counts objects exactly: waste is what the pages hold beside them", () => {
		const { caches } = boot();
		for (const cache of caches) {
			const { activeObjects, totalObjects, objectBytes } = cache;
			expect(activeObjects).to.be.within(0, totalObjects);
			const bytes = cache.pages * 4096 - activeObjects * objectBytes;
			expect(cache.wasteBytes).to.equal(bytes);
		}
		expect(caches.some(({ slabsMade }) => slabsMade > 0)).to.equal(true);
	});

	it("shows what the tasks' design holds, under its name", () => {
		const request = { scenario: "kmalloc-ladder", policy: "objects=slob" };
		const { caches, log, damage } = boot(request);
		const parts = caches.filter(({ name }) => name.startsWith("slob "));
		expect(parts.map(({ name }) => name)).to.deep.equal([
			"slob heap",
			"slob large",
			"slob records",
		]);
		for (const part of parts)
			expect(part.wasteBytes).to.be.within(0, part.pages * 4096);
		expect(log.join("\n")).to.include("Objects: slob serves the tasks");
		expect(damage).to.deep.equal([]);
		expect(() => boot({ policy: "objects=slop" })).to.throw(Error, '"slob"');
	});

	it("is plain data, the same for the same seed", () => {
		const report = boot({ scenario: "kmalloc-ladder" });
		expect(JSON.parse(JSON.stringify(report))).to.deep.equal(report);
		expect(boot({ scenario: "kmalloc-ladder" })).to.deep.equal(report);
	});

	it("puts the /proc texts that were asked for into the report", () => {
		const { proc } = boot({ proc: ["buddyinfo", "meminfo"] });
		expect(proc.buddyinfo).to.match(/^Node 0, zone {6}DMA /);
		expect(proc.meminfo).to.match(/^MemTotal: /);
	});

	it("reports a panic with the log up to it: a machine too small to boot", () => {
		const report = boot({ memoryBytes: 2 * 2 ** 20 });
		expect(report.panic).to.be.a("string");
		expect(report.log.length).to.be.at.least(3);
		expect(succeeded(report)).to.equal(false);
	});

	it("refuses what no machine can be, with a sentence", () => {
		expect(() => boot({ memoryBytes: 3072 })).to.throw(
			Error,
			"not a whole number of 4 KiB pages",
		);
		expect(() => boot({ scenario: "boot-onyl" })).to.throw("boot-only");
	});
});
