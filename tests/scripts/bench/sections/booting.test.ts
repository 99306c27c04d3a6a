import { expect } from "chai";
import {
	commandAims,
	residentAims,
	sizeAims,
} from "../../../../scripts/bench/sections/booting";
import { seriesOf } from "../samples";

describe("aims for booting", () => {
	it("judge the whole command by its milliseconds", () => {
		const [aim] = commandAims([seriesOf("flagstone boot", 200)]);
		expect([aim?.value, aim?.limit]).to.deep.equal([200, 250]);
	});

	it("compare a large machine with a small one", () => {
		const [aim] = sizeAims([seriesOf("64M", 10), seriesOf("16G", 15)]);
		expect([aim?.value, aim?.limit]).to.deep.equal([1.5, 2]);
	});

	it("judge a hollow machine by the host's memory", () => {
		const [aim] = residentAims([seriesOf("8G", 100)]);
		expect([aim?.value, aim?.limit]).to.deep.equal([100, 250]);
	});
});
