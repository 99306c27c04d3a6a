import { expect } from "chai";
import { resident } from "../../../../scripts/bench/subjects/resident";

describe("host memory as a subject", () => {
	it("is measured", () => {
		expect(resident("64M").round()).to.be.greaterThan(0);
	});
});
