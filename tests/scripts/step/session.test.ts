import { expect } from "chai";
import * as fc from "fast-check";
import { EV_TEXT } from "../../../hw/events";
import { EV_TICK } from "../../../kernel/events";
import { sessionOf } from "../../../scripts/commands/step";
import type { Session } from "../../../scripts/step/session";
import { recordedTrace } from "../../kernel/trace/recorded";

const trace = () => recordedTrace("buddy");
const session = (at = 0) => sessionOf(trace(), at);
const press = (it: Session, keys: string[]) => {
	for (const key of keys) it.press(key);
};

describe("a session of the stepper", () => {
	it("steps forth and back, past letters, and stops at both ends", () => {
		const it = session();
		press(it, ["right", "right"]);
		const there = it.moment;
		expect(trace().event(there).code).to.not.equal(EV_TEXT);
		press(it, ["right", "left"]);
		expect(it.moment).to.equal(there);
		press(it, ["end", "right"]);
		expect(it.moment).to.equal(trace().events - 1);
		press(it, ["home", "left"]);
		expect(it.moment).to.equal(0);
	});

	it("SE2: N forth and N back is the same moment and the same state", () => {
		fc.assert(
			fc.property(
				fc.nat(1000),
				fc.integer({ min: 1, max: 40 }),
				(at, count) => {
					const it = session(at);
					const before = it.moment;
					const state = trace().foldAt(before).save();
					press(it, Array<string>(count).fill("right"));
					press(it, Array<string>(count).fill("left"));
					expect(it.moment).to.equal(before);
					expect(trace().foldAt(it.moment).save()).to.deep.equal(state);
				},
			),
			{ numRuns: 20 },
		);
	});

	it("goes from tick to tick", () => {
		const it = session();
		press(it, ["shift-right"]);
		expect(trace().event(it.moment)).to.include({ code: EV_TICK, cpu: 0 });
		press(it, ["shift-left"]);
		expect(it.notice).to.equal("there is no earlier tick");
	});

	it("follows the life of a frame", () => {
		const it = session(200);
		press(it, ["n"]);
		expect(it.notice).to.include("nothing is selected");
		while (it.frame < 0) press(it, ["right", "s"]);
		const { frame, moment } = it;
		press(it, ["n"]);
		if (it.notice === "") expect(it.moment).to.be.greaterThan(moment);
		press(it, ["home", "n"]);
		expect(it.moment).to.be.at.most(moment);
		press(it, ["end", "s"]);
		expect(frame).to.be.greaterThan(0);
	});

	it("finds what is typed after a slash, and says what it cannot find", () => {
		const it = session();
		press(it, [..."/300", "enter"]);
		expect(it.moment).to.equal(300);
		press(it, [..."/pfn:77", "enter"]);
		expect(it.frame).to.equal(77);
		press(it, ["end", ..."/task_struct", "enter"]);
		expect(it.frame).to.be.greaterThan(0);
		press(it, [..."/nonsense", "enter"]);
		expect(it.notice).to.include("nothing is called nonsense");
		press(it, [..."/12x", "backspace", "escape"]);
		expect(it.typed).to.equal(null);
	});

	it("plays to the end and rests there", () => {
		const it = session(trace().events - 5);
		press(it, [" "]);
		expect(it.isPlaying).to.equal(true);
		for (let i = 0; i < 10; i++) it.play();
		expect(it.isPlaying).to.equal(false);
		expect(it.moment).to.equal(trace().events - 1);
	});

	it("helps, and leaves", () => {
		const it = session();
		press(it, ["?"]);
		expect(it.isHelping).to.equal(true);
		press(it, ["q"]);
		expect([it.isHelping, it.isOver]).to.deep.equal([false, false]);
		press(it, ["q"]);
		expect(it.isOver).to.equal(true);
		const other = session();
		press(other, ["/", "ctrl-c"]);
		expect(other.isOver).to.equal(true);
	});
});
