// Specification of marks.

import { expect } from "chai";
import {
	parseMarks,
	readDoneText,
} from "../../../../kernel/replay/snapshot/marks";
import { refusals } from "./damage";

const TEXT = `3.131173376\tSNAPSHOT-a BEGIN
3.131294086\tSNAPSHOT-a READ iomem
3.2\tSNAPSHOT-a READ-DONE iomem
`;

describe("kernel/replay/snapshot/marks", () => {
	it("has times in nanoseconds and texts", () => {
		expect(parseMarks(TEXT)).to.deep.equal([
			{ nanoseconds: 3131173376, text: "SNAPSHOT-a BEGIN" },
			{ nanoseconds: 3131294086, text: "SNAPSHOT-a READ iomem" },
			{ nanoseconds: 3200000000, text: "SNAPSHOT-a READ-DONE iomem" },
		]);
		expect(parseMarks("")).to.deep.equal([]);
	});

	it("knows the mark from which on a file holds", () => {
		expect(readDoneText("a", "iomem")).to.equal(parseMarks(TEXT)[2]!.text);
	});

	it("refuses lines that are none, and times that fall (MK1)", () => {
		expect(() => parseMarks("3.1 SNAPSHOT-a")).to.throw(
			"marks.tsv, line 1: expected `SECONDS.NANOSECONDS`",
		);
		expect(() => parseMarks("3.1\tone\n3.0\ttwo\n")).to.throw(
			'marks.tsv, line 2: the mark "two" is earlier',
		);
	});

	it("refuses damaged texts in one sentence", () => {
		expect(refusals(TEXT, "marks.tsv", parseMarks)).to.be.at.least(20);
	});
});
