import { expect } from "chai";
import { FirstPass } from "../../../kernel/replay/first-pass";
import { Recording } from "../../../kernel/replay/snapshot/recording";
import { textSource } from "../../../kernel/replay/snapshot/source";
import { lateRecording, lateTrace } from "../../fixtures";
import { firstPass, pushAll } from "./late";

const EVENTS = 40_372;
const START = 1479; // events up to the mark of the start
const MARK = "SNAPSHOT-a READ-DONE kpageflags";

/** The fixture's recording, with other marks beside its snapshot. */
function marked(marks: string): Recording {
	const { source } = lateRecording();
	return new Recording("marked", {
		...source,
		text: (path) => (path === "snap/a/marks.tsv" ? marks : source.text(path)),
	});
}

const perfLine = (seconds: string): string =>
	`sh 1 [000] ${seconds}: kmem:kfree: call_site=f+0x1 ptr=0xffff888001000000\n`;

describe("the first pass over a recording", () => {
	it("counts every event and finds the start", () => {
		const first = firstPass();
		expect(first.events).to.equal(EVENTS);
		expect(first.reader.tally.events).to.equal(EVENTS);
		expect(first.startsAt).to.equal(START);
		expect(first.objects.lives.size).to.be.above(100);
		expect(first.pages.log.length).to.be.above(10_000);
	});

	it("FP2: sees the same whatever pieces the bytes come in", () => {
		const bytes = lateTrace();
		const recording = lateRecording();
		const other = new FirstPass(recording, recording.snapshot("a")!);
		for (let at = 0; at < bytes.length; at += 4097)
			other.push(bytes.subarray(at, at + 4097));
		other.finish();
		const first = firstPass(bytes);
		expect(other.startsAt).to.equal(first.startsAt);
		for (let ordinal = 0; ordinal < EVENTS; ordinal++)
			if (first.slabPages.has(ordinal) !== other.slabPages.has(ordinal))
				expect.fail(`event ${ordinal}`);
	});

	it("refuses a trace that does not reach the start", () => {
		const text = Buffer.from(lateTrace()).toString().split("\n");
		const cut = `${text.slice(0, START - 5).join("\n")}\n`;
		expect(() => firstPass(Buffer.from(cut))).to.throw(
			Error,
			`The trace has no mark "${MARK}": it does not tell when snapshot a was taken.`,
		);
	});

	it("takes the start from the clock where the recorder keeps no marks", () => {
		const recording = marked(`3.000000000\t${MARK}\n`);
		const first = new FirstPass(recording, recording.snapshot("a")!);
		pushAll(first, ["1.0", "2.9", "3.1", "4.0"].map(perfLine).join(""));
		expect(first.reader.format).to.equal("perf");
		expect(first.startsAt).to.equal(2);
	});

	it("a mark of the clock that no event reached is no start", () => {
		const recording = marked(`3.000000000\t${MARK}\n`);
		const first = new FirstPass(recording, recording.snapshot("a")!);
		expect(() => pushAll(first, perfLine("2.9"))).to.throw(/has no mark/);
	});

	it("makes do with a recording that tells of no caches", () => {
		const { source } = lateRecording();
		const bare = new Recording(
			"bare",
			textSource(
				Object.fromEntries(
					source
						.list("")
						.filter((path) => !/slab/.test(path))
						.map((path) => [path, source.text(path)!]),
				),
			),
		);
		const first = firstPass(lateTrace(), bare);
		expect(first.startsAt).to.equal(START);
		expect(first.caches.knownCount).to.equal(0);
	});
});
