import { expect } from "chai";
import { Stamp } from "../../../../kernel/replay/reading/stamp";
import { Window } from "../../../../kernel/replay/reading/window";

function read(text: string): (number | boolean)[] | null {
	const stamp = new Stamp(Window.of(text));
	const to = stamp.read(0, text.length);
	return to < 0 ? null : [stamp.value, stamp.isCount, to];
}

describe("a time stamp", () => {
	it("is nanoseconds, exactly, however many digits the fraction has", () => {
		expect(read("2.797259: ")).to.deep.equal([2797259000, false, 8]);
		expect(read("2.797259144:")).to.deep.equal([2797259144, false, 11]);
		expect(read("5.0")).to.deep.equal([5e9, false, 3]);
		expect(read("8999999.999999999")?.[0]).to.equal(8999999999999999);
	});

	it("is a plain number where the clock counts", () => {
		expect(read("171591:")).to.deep.equal([171591, true, 6]);
		expect(read("9007199254740991")?.[0]).to.equal(9007199254740991);
	});

	it("is nothing else", () => {
		for (const text of [
			"",
			".5",
			"5.",
			"5.x",
			"5.0123456789",
			"99999999999.1",
			"9".repeat(30),
		])
			expect(read(text), text).to.equal(null);
	});
});
