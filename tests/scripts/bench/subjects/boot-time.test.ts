import { expect } from "chai";
import { bootTime } from "../../../../scripts/bench/subjects/boot-time";

describe("the time of a boot as a subject", () => {
	it("is measured", () => {
		expect(bootTime("64M").round()).to.be.greaterThan(0);
	});
});
