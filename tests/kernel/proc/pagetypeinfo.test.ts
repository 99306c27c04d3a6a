// Specification of /proc/pagetypeinfo: Linux's text, its way back, and its agreement with buddyinfo.

import { expect } from "chai";
import { parseBuddyinfo } from "../../../kernel/proc/buddyinfo";
import {
	formatPagetypeinfo,
	type PageTypes,
	parsePagetypeinfo,
} from "../../../kernel/proc/pagetypeinfo";
import { MIGRATETYPE_NAMES } from "../../../mm/pageblock";
import { recorded, recordedNames } from "../../fixtures";

const DATA: PageTypes = {
	blockOrder: 9,
	pagesPerBlock: 512,
	types: ["Unmovable", "Movable"],
	free: [
		{ node: 0, zone: "DMA", type: "Unmovable", counts: [0, 99999, 100000] },
		{ node: 0, zone: "DMA", type: "Movable", counts: [250000, 1, 0] },
	],
	blocks: [{ node: 0, zone: "DMA", counts: [1, 7] }],
};

const TEXT = `Page block order: 9
Pages per block:  512

Free pages count per migrate type at order       0      1      2_
Node    0, zone      DMA, type    Unmovable      0  99999 >100000_
Node    0, zone      DMA, type      Movable >100000      1      0_

Number of blocks type     Unmovable      Movable_
Node 0, zone      DMA            1            7_
`.replaceAll("_", " ");

describe("/proc/pagetypeinfo", () => {
	it("counts a list only to 100000 (G1)", () => {
		expect(formatPagetypeinfo(DATA)).to.equal(TEXT);
	});

	it("is read back, with the cap for what was cut", () => {
		const data = parsePagetypeinfo(TEXT);
		expect(data.types).to.deep.equal(DATA.types);
		expect(data.blocks).to.deep.equal(DATA.blocks);
		expect(data.free[0]).to.deep.equal(DATA.free[0]);
		expect(data.free[1]!.counts).to.deep.equal([100000, 1, 0]);
		expect(formatPagetypeinfo(data)).to.equal(TEXT);
	});

	it("names all orders also without zones", () => {
		const text = formatPagetypeinfo({ ...DATA, free: [], blocks: [] });
		expect(text.split("\n")[3]).to.match(/ 0 {6}1 .* 9 {5}10 $/);
		expect(formatPagetypeinfo(parsePagetypeinfo(text))).to.equal(text);
	});

	it("says which line does not fit", () => {
		const cut = TEXT.split("\n").slice(0, 5).join("\n");
		expect(() => parsePagetypeinfo(cut)).to.throw(
			/^pagetypeinfo, line 6: expected .* found the end of the text\.$/,
		);
	});

	for (const name of recordedNames())
		for (const snapshot of ["a", "c"] as const)
			it(`keeps every byte of ${name}/${snapshot}, which adds up (G2)`, () => {
				const text = recorded(name).text("pagetypeinfo", snapshot);
				const data = parsePagetypeinfo(text);
				expect(formatPagetypeinfo(data)).to.equal(text);
				expect(data.types).to.deep.equal([...MIGRATETYPE_NAMES]);
				for (const { zone, counts } of zonesOf(name, snapshot))
					expect(sumByOrder(data, zone)).to.deep.equal(counts);
			});
});

// The two files are read one after the other, so that a machine at work may differ; these did not.
const zonesOf = (name: string, snapshot: "a" | "c") =>
	parseBuddyinfo(recorded(name).text("buddyinfo", snapshot)).filter(
		({ zone }) => zone === "DMA",
	);

function sumByOrder(data: PageTypes, zone: string): number[] {
	const rows = data.free.filter((row) => row.zone === zone);
	return rows[0]!.counts.map((_, order) =>
		rows.reduce((sum, row) => sum + row.counts[order]!, 0),
	);
}
