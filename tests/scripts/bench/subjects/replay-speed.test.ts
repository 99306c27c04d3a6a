import { expect } from "chai";
import { replaySpeed } from "../../../../scripts/bench/subjects/replay-speed";

describe("the speed of a replay as a subject", () => {
	for (const what of ["read", "play"])
		it(`is measured for each event: ${what}`, () => {
			expect(replaySpeed(what).round()).to.be.greaterThan(0);
		});
});
