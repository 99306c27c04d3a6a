import { expect } from "chai";
import fc from "fast-check";
import {
	bytesText,
	counted,
	grouped,
	pad,
	pagesText,
	percent,
	table,
	timeText,
	width,
} from "../../../scripts/report/text";
import { stageTerminal } from "../stage";

describe("numbers for people", () => {
	it("have their thousands apart", () => {
		expect([0, 999, 1000, 65536, 1234567].map(grouped)).to.deep.equal([
			"0",
			"999",
			"1,000",
			"65,536",
			"1,234,567",
		]);
	});

	it("have the largest unit that leaves at least 1", () => {
		const sizes = [0, 1023, 1024, 1536, 2 ** 29, 15.6 * 2 ** 20];
		expect(sizes.map(bytesText)).to.deep.equal([
			"0 B",
			"1023 B",
			"1 KiB",
			"1.5 KiB",
			"512 MiB",
			"15.6 MiB",
		]);
		expect(pagesText(384)).to.equal("1.5 MiB");
		expect([12, 12e3, 4e6, 1.25e9].map(timeText)).to.deep.equal([
			"12 ns",
			"12 us",
			"4.0 ms",
			"1.250 s",
		]);
	});

	it("agree with their noun", () => {
		expect(counted(1, "frame")).to.equal("1 frame");
		expect(counted(2048, "frame")).to.equal("2,048 frames");
	});

	it("show a trace of what is not quite nothing", () => {
		expect(percent(0, 5)).to.equal("0 %");
		expect(percent(1, 1000)).to.equal("<1 %");
		expect(percent(2, 3)).to.equal("67 %");
		expect(percent(0, 0)).to.equal("0 %");
	});
});

describe("columns", () => {
	it("count what is shown, not the colours (T1)", () => {
		const painted = stageTerminal(80, true).paint.hex("#0a7abf")("slab");
		expect(painted.length).to.be.greaterThan(4);
		expect(width(painted)).to.equal(4);
		expect(width(pad(painted, 9))).to.equal(9);
		expect(pad("7", 3, "right")).to.equal("  7");
	});

	it("stand under each other, numbers at the right", () => {
		const lines = table(
			[
				{ head: "name", side: "left" },
				{ head: "n", side: "right" },
			],
			[
				["a", "1"],
				["longer", "1,000"],
			],
		);
		expect(lines).to.deep.equal([
			"name        n",
			"a           1",
			"longer  1,000",
		]);
	});

	it("are never narrower than their content", () => {
		const cell = fc.stringMatching(/^[a-z]{0,9}$/);
		fc.assert(
			fc.property(fc.array(fc.tuple(cell, cell)), (rows) => {
				const side = "left" as const;
				const heads = [
					{ head: "x", side },
					{ head: "y", side },
				];
				const lines = table(heads, rows);
				const first = Math.max(1, ...rows.map(([text]) => text.length));
				for (const [index, [, second]] of rows.entries())
					expect(lines[index + 1]?.slice(first + 2) ?? "").to.equal(second);
			}),
		);
	});
});
