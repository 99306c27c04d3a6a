import { expect } from "chai";
import { replayResident } from "../../../../scripts/bench/subjects/replay-resident";

describe("host memory of a replay as a subject", () => {
	it("is measured", () => {
		expect(replayResident("1").round()).to.be.greaterThan(0);
	});
});
