import { expect } from "chai";
import { sampleReport } from "../report/sample";
import { perform } from "../stage";

const trace = { file: "x.trace", events: 2000, bytes: 8000 };
const held = { text: "no leaks", held: true, detail: "" };
const good = () => sampleReport({ trace, expectations: [held] });

describe("flagstone record", () => {
	it("says what was recorded and what to do with it", async () => {
		const { exitCode, out, request } = await perform(
			"record buddy -o x.trace --cpus 2".split(" "),
			good,
		);
		expect(exitCode).to.equal(0);
		expect(out).to.equal(
			"x.trace: 2,000 events, 7.8 KiB, 4.0 bytes an event\nAsk it with: flagstone trace x.trace summary\n",
		);
		expect(request).to.include({
			scenario: "buddy",
			trace: "x.trace",
			cpus: 2,
		});
	});

	it("prints one JSON document with --json", async () => {
		const { out } = await perform("record -o x.trace --json".split(" "), good);
		expect(JSON.parse(out)).to.include(trace);
	});

	it("says when there was nothing to record", async () => {
		const none = { file: "x.trace", events: 0, bytes: 0 };
		const { out } = await perform("record -o x.trace".split(" "), () =>
			sampleReport({ trace: none, panic: "no memory" }),
		);
		expect(out).to.equal(
			"x.trace: not written, the kernel ended before there was anything to record\n",
		);
	});

	it("wants to know the file", async () => {
		const { exitCode, note } = await perform(["record", "buddy"], good);
		expect(exitCode).to.equal(2);
		expect(note).to.match(/^flagstone: .*--output.*\n$/);
	});

	it("says of a panic that the trace ends there, exit code 1", async () => {
		const { exitCode, note } = await perform(
			"record -o x.trace".split(" "),
			() => sampleReport({ trace, panic: "no memory" }),
		);
		expect(exitCode).to.equal(1);
		expect(note).to.include("Kernel panic - not syncing: no memory");
	});
});
