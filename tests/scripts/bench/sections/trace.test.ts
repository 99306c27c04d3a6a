import { expect } from "chai";
import {
	eventAims,
	questionAims,
} from "../../../../scripts/bench/sections/trace";
import { seriesOf } from "../samples";

describe("aims for traces", () => {
	it("judge folding by the nanoseconds of an event", () => {
		const [aim] = eventAims([
			seriesOf("run and write", 900),
			seriesOf("fold", 90),
		]);
		expect([aim?.value, aim?.limit]).to.deep.equal([90, 200]);
	});

	it("judge a large trace by the time to open it and to answer", () => {
		const aims = questionAims([
			seriesOf("open", 300),
			seriesOf("any moment", 150),
		]);
		expect(aims.map(({ value, limit }) => [value, limit])).to.deep.equal([
			[300, 3000],
			[150, 200],
		]);
	});
});
