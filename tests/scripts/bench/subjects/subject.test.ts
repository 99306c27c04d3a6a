import { expect } from "chai";
import { timed } from "../../../../scripts/bench/subjects/subject";

describe("subjects of the benchmark", () => {
	it("are timed while they work, and once", () => {
		let calls = 0;
		expect(timed(() => calls++)).to.be.at.least(0);
		expect(calls).to.equal(1);
	});
});
