import { expect } from "chai";
import {
	accessAims,
	tickAims,
} from "../../../../scripts/bench/sections/machine";
import { seriesOf } from "../samples";

describe("aims for the machine", () => {
	it("judge hits and misses by their nanoseconds", () => {
		const aims = accessAims([seriesOf("hit", 5), seriesOf("miss", 55)]);
		expect(aims.map((aim) => [aim.value, aim.limit])).to.deep.equal([
			[5, 6],
			[55, 60],
		]);
	});

	it("say what bare accesses reach", () => {
		const aims = accessAims([
			seriesOf("bare hit", 4),
			seriesOf("bare miss", 30),
		]);
		expect(aims.map((aim) => aim.floor)).to.deep.equal([4, 30]);
	});

	it("allow an idle tick a microsecond", () => {
		const [aim] = tickAims([seriesOf("one CPU", 400)]);
		expect([aim?.value, aim?.limit]).to.deep.equal([400, 1000]);
	});
});
