import { expect } from "chai";
import fc from "fast-check";
import { DueMarks } from "../../../kernel/replay/due-marks";
import { Recording } from "../../../kernel/replay/snapshot/recording";
import { textSource } from "../../../kernel/replay/snapshot/source";

/** Marks of snapshots, as [snapshot, seconds, text]. */
function dueMarks(
	...marks: readonly (readonly [string, number, string])[]
): DueMarks {
	const texts: Record<string, string> = {};
	for (const [name, seconds, text] of marks) {
		texts[`snap/${name}/buddyinfo`] = "";
		const path = `snap/${name}/marks.tsv`;
		texts[path] = `${texts[path] ?? ""}${seconds.toFixed(9)}\t${text}\n`;
	}
	return new DueMarks(new Recording("made up", textSource(texts)).snapshots);
}

function until(due: DueMarks, seconds: number): string[] {
	const texts: string[] = [];
	due.until(seconds * 1e9, (text) => texts.push(text));
	return texts;
}

describe("due marks", () => {
	it("DM1: are due with the first event that is not older", () => {
		const due = dueMarks(["a", 2, "first"], ["a", 3, "second"]);
		expect(until(due, 1.999)).to.deep.equal([]);
		expect(until(due, 2)).to.deep.equal(["first"]);
		expect(until(due, 2.5)).to.deep.equal([]);
		expect(until(due, 9)).to.deep.equal(["second"]);
		expect(until(due, 10)).to.deep.equal([]);
	});

	it("come in the order of time, whatever snapshot they belong to", () => {
		const due = dueMarks(["c", 5, "late"], ["a", 1, "early"], ["b", 3, "mid"]);
		expect(until(due, 100)).to.deep.equal(["early", "mid", "late"]);
	});

	it("are none where there are no snapshots", () => {
		expect(until(new DueMarks([]), 1)).to.deep.equal([]);
	});

	it("DM1: however the time goes on, each is handed out once and none too early", () => {
		const times = fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 20 });
		fc.assert(
			fc.property(times, times, (marked, asked) => {
				const sorted = [...marked].sort((a, b) => a - b);
				const due = dueMarks(
					...sorted.map((at) => ["a", at, `${at}`] as const),
				);
				const seen: number[] = [];
				for (const at of [...asked].sort((a, b) => a - b))
					for (const text of until(due, at)) {
						expect(Number(text)).to.be.at.most(at);
						seen.push(Number(text));
					}
				const last = Math.max(-1, ...asked);
				expect(seen).to.deep.equal(sorted.filter((at) => at <= last));
			}),
		);
	});
});
