import { expect } from "chai";
import { speedAims, textAims } from "../../../../scripts/bench/sections/replay";
import { seriesOf } from "../samples";

describe("aims for replaying", () => {
	it("judge an event by its nanoseconds: a million and a half each second", () => {
		const [aim] = speedAims([
			seriesOf("read", 400),
			seriesOf("read and play", 500),
		]);
		expect(aim?.value).to.equal(500);
		expect(aim?.limit).to.be.closeTo(667, 1);
	});

	it("judge a long text by the host's memory", () => {
		const [aim] = textAims([seriesOf("300 MB", 200)]);
		expect([aim?.value, aim?.limit]).to.deep.equal([200, 500]);
	});
});
