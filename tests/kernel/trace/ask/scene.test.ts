import { expect } from "chai";
import {
	type Happening,
	happeningAt,
	Scene,
} from "../../../../kernel/trace/ask/scene";
import { EV_CACHE_NEW } from "../../../../mm/events";
import { recordedTrace } from "../recorded";

const trace = recordedTrace("page-tables");

/** Every event as a happening, from `from` on. */
function happenings(from: number): Map<number, Happening> {
	const scene = Scene.at(trace, from - 1);
	const all = new Map<number, Happening>();
	trace.each(from, trace.events, (columns, index, event) => {
		if (scene.see(columns, index))
			all.set(event, scene.happening(columns, index, event));
	});
	return all;
}

describe("the scene of a trace", () => {
	const whole = happenings(0);

	it("SC1: knows tick, task and calls of every event", () => {
		const fault = [...whole.values()].find(
			({ name, tick }) => name === "fault" && tick > 0,
		);
		expect(fault?.task?.name).to.be.oneOf(["tourist", "vandal", "dreamer"]);
		expect(fault?.path[0]).to.equal(fault?.task?.name);
		const first = [...whole.values()][0];
		expect(first?.task).to.equal(null);
		expect(first?.tick).to.equal(0);
	});

	it("SC2: is the same from the middle on", () => {
		const middle = Math.floor(trace.events / 2);
		for (const [event, happening] of happenings(middle))
			expect(happening).to.deep.equal(whole.get(event));
	});

	it("SC2: begins with the letters that its first event needs", () => {
		let named = 0;
		for (let event = 1; event < trace.events; event++) {
			if (trace.event(event).code !== EV_CACHE_NEW) continue;
			const scene = Scene.at(trace, event - 1);
			trace.each(event, event + 1, (columns, index) => {
				scene.see(columns, index);
				expect(scene.text).to.not.equal("");
				expect(scene.cache(trace.event(event).a)?.name).to.equal(scene.text);
			});
			named++;
		}
		expect(named).to.be.greaterThan(10);
	});

	it("is had for a single event too", () => {
		for (const [event, happening] of whole)
			if (event % 97 === 0)
				expect(happeningAt(trace, event)).to.deep.equal(happening);
	});

	it("is refused for events that do not exist", () => {
		expect(() => happeningAt(trace, trace.events)).to.throw(
			`there is no event ${trace.events}`,
		);
	});
});
