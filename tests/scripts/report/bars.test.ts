import { expect } from "chai";
import fc from "fast-check";
import { bar, heightBlock, spark } from "../../../scripts/report/bars";
import { width } from "../../../scripts/report/text";
import { stageTerminal } from "../stage";

describe("bars", () => {
	const plain = stageTerminal(80);

	it("are filled by their share", () => {
		expect(bar(0, 4, plain, "#000000")).to.equal("....");
		expect(bar(0.5, 4, plain, "#000000")).to.equal("##..");
		expect(bar(1, 4, plain, "#000000")).to.equal("####");
		expect(bar(7, 4, plain, "#000000")).to.equal("####");
	});

	it("always have the same width", () => {
		const terminals = [plain, stageTerminal(80, true)];
		fc.assert(
			fc.property(
				fc.double({ min: 0, max: 1, noNaN: true }),
				fc.integer({ min: 1, max: 30 }),
				fc.constantFrom(...terminals),
				(share, columns, terminal) => {
					expect(width(bar(share, columns, terminal, "#123456"))).to.equal(
						columns,
					);
				},
			),
		);
	});

	it("show a trace of what is not nothing", () => {
		expect(heightBlock(0)).to.equal(" ");
		expect(heightBlock(0.001)).to.equal("▁");
		expect(heightBlock(0.5)).to.equal("▄");
		expect(heightBlock(1)).to.equal("█");
	});

	it("as a sparkline are as high as their share of the largest", () => {
		expect(spark([0, 1, 4, 8])).to.equal(" ▁▄█");
		expect(spark([0, 0])).to.equal("  ");
		expect(spark([])).to.equal("");
	});
});
