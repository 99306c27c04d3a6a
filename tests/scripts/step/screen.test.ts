import { expect } from "chai";
import { EV_STAGE } from "../../../kernel/events";
import { why } from "../../../kernel/trace/ask/why";
import { EV_CACHE_NEW } from "../../../mm/events";
import { sessionOf } from "../../../scripts/commands/step";
import { width } from "../../../scripts/report/text";
import { drawScreen, drawStep } from "../../../scripts/step/screen";
import { recordedTrace } from "../../kernel/trace/recorded";
import { stageTerminal } from "../stage";

const scenery = (columns = 100, colour = false) => {
	const trace = recordedTrace("buddy");
	return {
		...{ trace, title: "buddy", terminal: stageTerminal(columns, colour) },
		why: (event: number) => why(trace, event),
	};
};

describe("the screen of the stepper", () => {
	it("shows the moment, the event, its reasons, the map and the free blocks", () => {
		const stage = scenery();
		const session = sessionOf(stage.trace, 400);
		const text = drawScreen(stage, session, 40).join("\n");
		expect(text).to.match(/^buddy {3}event \d+ of [\d,]+ {3}tick/);
		expect(text).to.include("because");
		expect(text).to.include("Memory");
		expect(text).to.match(/Free .* 0 .* 10/);
		expect(text).to.include("DMA");
		expect(text).to.include("? keys");
	});

	it("SN1: fits any terminal", () => {
		for (const columns of [40, 80, 133])
			for (const rows of [24, 50])
				for (const colour of [false, true]) {
					const stage = scenery(columns, colour);
					const session = sessionOf(stage.trace, 700);
					session.press("s");
					const lines = drawScreen(stage, session, rows);
					expect(lines.length).to.be.at.most(rows);
					for (const line of lines) expect(width(line)).to.be.at.most(columns);
				}
	});

	it("SN2: cuts no reason in the middle: long ones take more lines", () => {
		const stage = scenery(80);
		const session = sessionOf(stage.trace, 700);
		const { chain } = stage.why(session.moment);
		const text = drawScreen(stage, session, 60).join(" ").replace(/\s+/g, " ");
		expect(chain.some(({ sentence }) => sentence.length > 80)).to.equal(true);
		for (const { sentence } of chain) expect(text).to.include(sentence);
	});

	it("has all its keys in the last line of 80 columns", () => {
		const stage = scenery(80);
		const session = sessionOf(stage.trace, 700);
		expect(drawScreen(stage, session, 24).at(-1)).to.match(/q leave$/);
	});

	it("says a flag once, and knows the name of what is made", () => {
		const stage = scenery(80);
		const codes = Array.from({ length: stage.trace.events }, (_, at) =>
			stage.trace.event(at),
		);
		const made = codes.findIndex(({ code }) => code === EV_CACHE_NEW);
		const begun = codes.findIndex(({ code }) => code === EV_STAGE);
		expect(drawStep(stage, made)[1]).to.include("cache=kmem_cache_node size");
		expect(drawStep(stage, begun)[1]).to.match(/^stage {2}begins by/);
		for (const line of drawStep(stage, 700))
			expect(width(line)).to.be.at.most(80);
	});

	it("shows the help, what is typed, and the notice", () => {
		const stage = scenery();
		const session = sessionOf(stage.trace, 10);
		session.press("?");
		expect(drawScreen(stage, session, 30)[0]).to.equal("Keys");
		session.press("x");
		session.press("/");
		session.press("a");
		expect(drawScreen(stage, session, 30).at(-1)).to.equal("/a_");
	});

	it("prints a step as text", () => {
		const stage = scenery();
		const [where, event, ...rest] = drawStep(stage, stage.trace.events - 1);
		expect(where).to.match(/^event [\d,]+ {2}tick \d+/);
		expect(event?.length).to.be.greaterThan(5);
		expect(rest.length).to.be.greaterThan(1);
	});
});
