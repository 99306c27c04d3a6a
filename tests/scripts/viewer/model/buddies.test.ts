import { expect } from "chai";
import { FREE } from "../../../../kernel/trace/fold/frames";
import { buddiesOf, whyNot } from "../../../../scripts/viewer/model/buddies";
import { shown } from "../shows";

describe("buddies", () => {
	it("BU1, BU2: name each buddy, and every free block has a reason not to merge", () => {
		const { film } = shown("buddy");
		const fold = film.at(1400);
		let seen = 0;
		fold.frames.eachBlock((head) => {
			if (fold.frames.state[head] !== FREE) return;
			const levels = buddiesOf(fold, head, () => "somebody");
			for (const { own, buddy, order } of levels)
				expect(own ^ buddy).to.equal(1 << order);
			const [first] = levels;
			if (first === undefined) return;
			seen++;
			expect(first.obstacle, `frame ${head}`).not.to.equal(null);
			expect(whyNot(fold, head, levels)).to.include("keeps it from merging");
		});
		expect(seen).to.be.greaterThan(10);
	});

	it("says what would become of a block in use", () => {
		const { film } = shown("buddy");
		const fold = film.at(1000);
		const head = 5184;
		const levels = buddiesOf(fold, head, () => "somebody");
		expect(whyNot(fold, head, levels)).to.match(
			/^It is in use\. Given back now it would (stay|merge)/,
		);
	});
});
