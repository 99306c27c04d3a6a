import { expect } from "chai";
import fc from "fast-check";
import {
	distance,
	memorySize,
	nearest,
	oneOf,
	UsageError,
	wholeNumber,
} from "../../scripts/usage";

describe("what people type", () => {
	it("is a whole number between bounds, or a sentence", () => {
		expect(wholeNumber("--cpus", "8", 1, 64)).to.equal(8);
		for (const text of ["0", "65", "", "-1", "1e1", "0x4", " 4", "4.0"])
			expect(() => wholeNumber("--cpus", text, 1, 64)).to.throw(
				UsageError,
				`--cpus ${JSON.stringify(text)}: expected a whole number from 1 to 64.`,
			);
	});

	it("is a size in bytes, or a sentence", () => {
		expect(memorySize("--memory", "512M")).to.equal(2 ** 29);
		expect(memorySize("--memory", "4G")).to.equal(2 ** 32);
		for (const text of ["", "M", "12Q", "-4M", "four"])
			expect(() => memorySize("--memory", text)).to.throw(UsageError);
	});

	it("is one of the names, or a sentence with the likeliest", () => {
		const names = ["buddyinfo", "meminfo", "slabinfo"];
		expect(oneOf("text", "meminfo", names)).to.equal("meminfo");
		expect(() => oneOf("text", "meninfo", names)).to.throw(
			'There is no text "meninfo"; did you mean meminfo?',
		);
		expect(() => oneOf("text", "quite different", names)).to.throw(
			'There is no text "quite different"; expected one of buddyinfo, meminfo, slabinfo.',
		);
	});

	it("counts wrong, missing, added and swapped letters once each", () => {
		expect(distance("boot", "boot")).to.equal(0);
		expect(distance("bot", "boot")).to.equal(1);
		expect(distance("booot", "boot")).to.equal(1);
		expect(distance("boat", "boot")).to.equal(1);
		expect(distance("obot", "boot")).to.equal(1);
		expect(distance("", "boot")).to.equal(4);
	});

	it("measures a distance: symmetric, 0 only for equal words", () => {
		fc.assert(
			fc.property(fc.string(), fc.string(), (one, other) => {
				const far = distance(one, other);
				expect(far).to.equal(distance(other, one));
				expect(far === 0).to.equal(one === other);
				expect(far).to.be.at.most(Math.max(one.length, other.length));
			}),
		);
	});

	it("suggests nothing for a word that resembles nothing", () => {
		expect(nearest("xyz", ["boot", "help"])).to.equal(undefined);
	});
});
