// Specification of the columns that /proc texts are made of.

import { expect } from "chai";
import { hexPad, joinLines, left, right, row } from "../../../kernel/proc/pad";

describe("columns", () => {
	it("pads to the left and to the right", () => {
		expect(right("DMA", 8)).to.equal("     DMA");
		expect(right(42, 6)).to.equal("    42");
		expect(left("high", 8)).to.equal("high    ");
		expect(hexPad(0xa0000, 8)).to.equal("000a0000");
	});

	it("never cuts (P1)", () => {
		expect(right(1234567, 6)).to.equal("1234567");
		expect(left("nr_slab_reclaimable", 12)).to.equal("nr_slab_reclaimable");
		expect(hexPad(0xfd00000000, 8)).to.equal("fd00000000");
	});

	it("ends rows with a blank and lines with a newline", () => {
		expect(row([1, 23], 4)).to.equal("   1   23 ");
		expect(row([], 4)).to.equal("");
		expect(joinLines(["a", ""])).to.equal("a\n\n");
		expect(joinLines([])).to.equal("");
	});
});
