import { expect } from "chai";
import { idleTicks } from "../../../../scripts/bench/subjects/idle-ticks";

describe("idle ticks as a subject", () => {
	it("is measured", () => {
		expect(idleTicks("3").round()).to.be.greaterThan(0);
	});
});
