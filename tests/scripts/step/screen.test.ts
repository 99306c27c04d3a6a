import { expect } from "chai";
import { why } from "../../../kernel/trace/ask/why";
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
