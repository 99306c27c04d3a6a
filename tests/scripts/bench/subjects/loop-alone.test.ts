import { expect } from "chai";
import { loopAlone } from "../../../../scripts/bench/subjects/loop-alone";
import { FEW_OPS, withOps } from "../samples";

describe("the loop without an allocator as a subject", () => {
	it("runs ops, round after round", () =>
		withOps(FEW_OPS, async (path) => {
			const subject = loopAlone(path);
			expect(subject.round()).to.be.greaterThan(0);
			expect(subject.round()).to.be.greaterThan(0);
		}));
});
