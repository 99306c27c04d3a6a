import { expect } from "chai";
import { pageAims } from "../../../../scripts/bench/sections/page";
import { seriesOf } from "../samples";

describe("aims for the page", () => {
	it("judge its size, a jump and a step by the typical round", () => {
		const jumps = { ...seriesOf("jump"), samples: [90, 30, 40] };
		const aims = pageAims([seriesOf("size", 6), jumps, seriesOf("step", 21)]);
		expect(aims.map(({ value, limit }) => [value, limit])).to.deep.equal([
			[6, 15],
			[40, 50],
			[21, 20],
		]);
	});

	it("leave open what no browser could be asked", () => {
		const aims = pageAims([seriesOf("size", 6), seriesOf("jump")]);
		expect(aims.map(({ value }) => value)).to.deep.equal([
			6,
			undefined,
			undefined,
		]);
	});
});
