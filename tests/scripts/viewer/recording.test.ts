import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { recordingOf } from "../../../scripts/viewer/recording";
import { damaged, recorded } from "./shows";

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

	it("RE3: takes a damaged trace only with salvaging, and tells what it has lost", () => {
		const folder = mkdtempSync(join(tmpdir(), "flagstone-recording-"));
		const path = join(folder, "damaged.trace");
		writeFileSync(path, damaged("fragmentation", 1));
		expect(() => recordingOf({ ...PLAIN, input: path })).to.throw(
			/damaged at byte \d+ .*; --salvage reads what is left of it\.$/,
		);
		const salvage = recordingOf({ ...PLAIN, input: path, salvage: true });
		expect(salvage.losses).to.match(/Events 32768 to 65535 are missing/);
		expect(salvage.salvage).to.equal(true);
		expect(recorded("fragmentation").losses).to.equal("");
		rmSync(folder, { recursive: true });
	});

	it("RE2: says why a trace is not run again", () => {
		expect(recorded("buddy").whyNot).to.equal("");
	});
});
