import { expect } from "chai";
import { ReplacedNames } from "../../../../kernel/replay/objects/replaced-names";

function named(): ReplacedNames {
	const names = new ReplacedNames();
	names.name(1, 7, 0); // before the start
	names.start();
	for (let n = 0; n < 3; n++) {
		names.entry(1, 100 + n, 0);
		names.name(1, 200 + n, 0);
	}
	return names;
}

describe("names that a rename replaced", () => {
	it("are those whose entries are freed while they are not", () => {
		const names = named();
		names.free(201, 0);
		names.free(101, 0);
		names.free(100, 0);
		expect([0, 1, 2].map((nth) => names.has(nth))).to.deep.equal([
			true,
			false,
			false,
		]);
	});

	it("and those whose addresses are given out again", () => {
		const names = named();
		names.reuse(202, 0);
		names.free(201, 0);
		names.reuse(201, 0);
		expect([0, 1, 2].map((nth) => names.has(nth))).to.deep.equal([
			false,
			false,
			true,
		]);
	});

	it("RN1: are counted from the start on", () => {
		const names = new ReplacedNames();
		names.name(1, 7, 0);
		names.start();
		names.reuse(7, 0);
		names.name(1, 8, 0);
		names.reuse(8, 0);
		expect(names.has(0)).to.equal(true);
		expect(names.has(1)).to.equal(false);
	});
});
