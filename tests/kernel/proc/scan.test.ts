// Specification of reading texts line by line, and of what is said when a line does not fit.

import { expect } from "chai";
import { numbersOf, Scanner, takeAmounts } from "../../../kernel/proc/scan";

describe("scanner", () => {
	it("gives the parts of lines that fit", () => {
		const scanner = new Scanner("file", "a 1\nb 2\n");
		expect(scanner.take(/^(\w) (\d)$/, "a line")).to.deep.equal(["a", "1"]);
		expect(scanner.tryTake(/^a/)).to.equal(null);
		expect(scanner.rest(() => scanner.take(/(.*)/, "any"))).to.deep.equal([
			["b 2"],
		]);
		expect(scanner.done).to.equal(true);
	});

	it("finds no line in an empty text and one in a single newline", () => {
		expect(new Scanner("file", "").done).to.equal(true);
		expect(new Scanner("file", "").tryTake(/^$/)).to.equal(null);
		expect(new Scanner("file", "\n").done).to.equal(true);
		expect(new Scanner("file", "\n\n").tryTake(/^$/)).to.deep.equal([]);
	});

	it("names file, line and what was expected", () => {
		const scanner = new Scanner("zoneinfo", "ok\nwrong\n");
		scanner.take(/^ok$/, "ok");
		expect(() => scanner.take(/^ok$/, "`ok`")).to.throw(
			'zoneinfo, line 2: expected `ok`, found "wrong".',
		);
		scanner.take(/^wrong$/, "wrong");
		expect(() => scanner.take(/^ok$/, "`ok`")).to.throw(
			"zoneinfo, line 3: expected `ok`, found the end of the text.",
		);
	});

	it("collects amounts as long as lines fit", () => {
		const scanner = new Scanner("file", "a 1\nb 20\n-\n");
		expect(takeAmounts(scanner, /^(\w) (\d+)$/)).to.deep.equal({ a: 1, b: 20 });
		expect(scanner.done).to.equal(false);
	});

	it("reads rows of numbers", () => {
		expect(numbersOf("   1     22 3 ")).to.deep.equal([1, 22, 3]);
		expect(numbersOf("  ")).to.deep.equal([]);
	});
});
