import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { recordingOf } from "../../../scripts/viewer/recording";
import { recorded } from "./shows";

const PLAIN = {
	memoryBytes: null,
	cpus: null,
	seed: null,
	ticks: null,
	commandLine: null,
	salvage: false,
};

describe("recordings for the page", () => {
	it("records a scenario, the same each time, with the plan to run it again", () => {
		const one = recorded("buddy");
		const other = recordingOf({ ...PLAIN, input: "buddy" });
		expect(Buffer.from(other.trace).equals(Buffer.from(one.trace))).to.equal(
			true,
		);
		expect(one.plan).to.have.nested.property("document.name", "buddy");
		expect(one.events).to.be.greaterThan(1000);
	});

	it("takes what a person asked for", () => {
		const small = recordingOf({
			...PLAIN,
			input: "boot-only",
			memoryBytes: 2 ** 24,
			cpus: 2,
		});
		expect(small.plan).to.have.nested.property("overrides.cpus", 2);
		expect(small.events).not.to.equal(recorded("boot-only").events);
	});

	it("reads a trace from a file, and says what is wrong with one that is none", () => {
		const folder = mkdtempSync(join(tmpdir(), "flagstone-recording-"));
		const path = join(folder, "a.trace");
		writeFileSync(path, recorded("boot-only").trace);
		const read = recordingOf({ ...PLAIN, input: path });
		expect(read.title).to.equal("boot-only");
		expect(read.events).to.equal(recorded("boot-only").events);
		expect(read.plan).to.deep.equal(recorded("boot-only").plan);
		writeFileSync(path, "dog");
		expect(() => recordingOf({ ...PLAIN, input: path })).to.throw(path);
		writeFileSync(path, "FLAGTRC9");
		expect(() => recordingOf({ ...PLAIN, input: path })).to.throw("version 9");
		expect(() => recordingOf({ ...PLAIN, input: "dog" })).to.throw(
			'No scenario is called "dog"',
		);
		rmSync(folder, { recursive: true });
	});
});
