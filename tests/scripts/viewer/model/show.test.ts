import { expect } from "chai";
import { happeningAt } from "../../../../kernel/trace/ask/scene";
import { why } from "../../../../kernel/trace/ask/why";
import { secondsText } from "../../../../scripts/report/text";
import { ZLIB } from "../../../../scripts/trace-file";
import { Show } from "../../../../scripts/viewer/model/show";
import { damaged, recorded, salvaged, shown } from "../shows";

describe("a show", () => {
	it("opens what was recorded", () => {
		const show = shown("time-slices");
		expect(show.film.events).to.equal(show.events);
		expect(show.ground.length).to.equal(show.trace.header.machine.frames);
		const { nanoseconds } = happeningAt(show.trace, show.events - 1);
		expect(show.timeAt(show.events - 1)).to.equal(secondsText(nanoseconds));
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

	it("says what a damaged file has lost, and what is not known for it", () => {
		expect(shown("fragmentation").losses).to.equal("");
		const { events } = shown("fragmentation");
		const show = salvaged(damaged("fragmentation", 1));
		expect(show.losses).to.equal(
			"The file is damaged: events 32,768 to 65,535 are missing.",
		);
		expect(show.why(events - 1)).to.match(/is not known: events before it/);
		expect(show.why(40_000)).to.match(/missing|not known/);
		expect(show.why(1000)).to.have.property("chain");
		const { trace } = recorded("fragmentation");
		const cut = salvaged(trace.subarray(0, trace.length >> 1));
		expect(cut.losses).to.equal(
			`The file was cut short after event ${(cut.events - 1).toLocaleString("en")}.`,
		);
	});
});
