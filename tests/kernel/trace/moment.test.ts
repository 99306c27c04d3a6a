import { expect } from "chai";
import { EV_STAGE, EV_TICK } from "../../../kernel/events";
import { parseMoment, stagesOf } from "../../../kernel/trace/moment";
import { recordedTrace } from "./recorded";

const trace = () => recordedTrace("buddy");

describe("moments", () => {
	it("are numbers of events, the start and the end", () => {
		expect(parseMoment("17", trace())).to.equal(17);
		expect(parseMoment("start", trace())).to.equal(-1);
		expect(parseMoment("end", trace())).to.equal(trace().events - 1);
	});

	it("a tick is the moment before its first event", () => {
		const moment = parseMoment("tick:1", trace());
		const { code, a } = trace().event(moment + 1);
		expect([code, a]).to.deep.equal([EV_TICK, 1]);
	});

	it("a stage is the event that ends it", () => {
		const moment = parseMoment("stage:mem_init", trace());
		const { code, a, b } = trace().event(moment);
		expect([code, b]).to.deep.equal([EV_STAGE, 0]);
		expect(trace().path(a).at(-1)).to.equal("mem_init");
		expect(stagesOf(trace()).map(({ name }) => name)).to.include.members([
			"kmem_cache_init",
			"fork_init",
			"run_init_process",
		]);
	});

	it("MO1: others are refused with a sentence that says what there is", () => {
		const last = trace().events - 1;
		const sentences: [string, string][] = [
			["noon", '"noon" is no moment: give the number of an event'],
			["99999999", `the trace has events 0 to ${last}`],
			["tick:100000", "there is no tick 100000: the trace has ticks up to"],
			["tick:x", '"tick:x" is no moment: give the number of an event'],
			["stage:lunch", "there is no stage lunch, there are start_kernel"],
		];
		for (const [text, sentence] of sentences)
			expect(() => parseMoment(text, trace()), text).to.throw(sentence);
	});
});
