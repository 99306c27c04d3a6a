import { expect } from "chai";
import { why } from "../../../../kernel/trace/ask/why";
import { ZLIB } from "../../../../scripts/trace-file";
import { Show } from "../../../../scripts/viewer/model/show";
import { shown } from "../shows";

describe("a show", () => {
	it("opens what was recorded", () => {
		const show = shown("time-slices");
		expect(show.film.events).to.equal(show.events);
		expect(show.ground.length).to.equal(show.trace.header.machine.frames);
		expect(show.secondsAt(show.events - 1)).to.be.greaterThan(0);
		expect(show.names.zone(show.trace.header.machine.zones[0]!.index)).to.match(
			/^DMA/,
		);
		const [line] = show.survey.log;
		expect(show.names.logLine(line!.event)).to.equal(line!.text);
	});

	it("explains an event as the trace does", () => {
		const show = shown("buddy");
		for (const event of [500, 900, 1400])
			expect(show.why(event)).to.deep.equal(why(show.trace, event));
	});

	it("refuses what is no trace, in a sentence", () => {
		expect(() => Show.open(new Uint8Array(100), ZLIB)).to.throw(
			"no trace that Flagstone wrote",
		);
	});
});
