import { expect } from "chai";
import { thingMalloc } from "../../../../scripts/bench/subjects/thing-malloc";
import { FEW_OPS, withOps } from "../samples";

describe("@thi.ng/malloc as a subject", () => {
	it("runs ops, round after round", () =>
		withOps(FEW_OPS, async (path) => {
			const subject = await thingMalloc(path);
			expect(subject.round()).to.be.greaterThan(0);
			expect(subject.round()).to.be.greaterThan(0);
		}));
});
