import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { traceInput } from "../../scripts/trace-input";

describe("a trace to look at", () => {
	const folder = mkdtempSync(join(tmpdir(), "flagstone-"));
	after(() => rmSync(folder, { recursive: true }));

	it("is recorded from a scenario, and the same from its file", () => {
		const made = traceInput("buddy");
		const path = join(folder, "buddy.trace");
		writeFileSync(path, made.bytes as Uint8Array);
		const read = traceInput(path);
		expect(read.title).to.equal("buddy.trace");
		expect(read.bytes).to.equal(null);
		expect(read.trace.events).to.equal(made.trace.events);
		expect(read.trace.event(50)).to.deep.equal(made.trace.event(50));
		read.close();
	});

	it("takes at most six bytes an event, in the shortest scenarios too", () => {
		for (const name of [
			"boot-only",
			"time-slices",
			"slab-life",
			"page-tables",
		]) {
			const { trace, bytes } = traceInput(name);
			expect((bytes?.length ?? 0) / trace.events, name).to.be.at.most(6);
		}
	});

	it("refuses what may have no end, and what is no file", () => {
		expect(() => traceInput("/dev/zero")).to.throw(
			/^\/dev\/zero cannot be read \(it is no file\)\.$/,
		);
		expect(() => traceInput(`${folder}/`)).to.throw("it is no file");
	});

	it("TN1: refuses a later version, and what is neither trace nor scenario", () => {
		const later = join(folder, "later.trace");
		writeFileSync(later, "FLAGTRC3 and more");
		expect(() => traceInput(later)).to.throw("version 3");
		const text = join(folder, "text");
		writeFileSync(text, "words");
		const home = process.cwd();
		process.chdir(folder);
		try {
			expect(() => traceInput("text")).to.throw(
				"text: this is no trace that Flagstone wrote.",
			);
		} finally {
			process.chdir(home);
		}
		expect(() => traceInput("no-such")).to.throw(
			'No scenario is called "no-such"',
		);
	});
});
