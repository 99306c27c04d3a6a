import { expect } from "chai";
import { whenOf } from "../../../../kernel/trace/ask/when";
import { parseMoment } from "../../../../kernel/trace/moment";
import { recordedTrace } from "../recorded";

describe("when a moment is", () => {
	const trace = recordedTrace("page-tables");

	it("WN1: has event, tick and time", () => {
		const at = whenOf(trace, parseMoment("tick:6", trace));
		expect(at.tick).to.equal(5);
		expect(whenOf(trace, at.event + 1).tick).to.equal(6);
		expect(at.nanoseconds).to.be.greaterThan(0);
	});

	it("is nothing before the first event", () => {
		expect(whenOf(trace, -1)).to.deep.equal({
			event: -1,
			tick: 0,
			nanoseconds: 0,
		});
	});
});
