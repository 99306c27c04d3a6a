import { expect } from "chai";
import { paintLog } from "../../../scripts/commands/outcome";
import { stageTerminal } from "../stage";

// What printProc and noteTrouble do is seen in boot.test.ts and replay.test.ts.
describe("the outcome of a run", () => {
	it("dims the time stamp of a log line, and nothing else", () => {
		const colour = stageTerminal(80, true);
		const stamp = colour.paint.dim("[    0.000000] ");
		expect(paintLog("[    0.000000] Linux [1.5] ", colour)).to.equal(
			`${stamp}Linux [1.5] `,
		);
		expect(paintLog("no stamp", colour)).to.equal(
			`${colour.paint.dim("")}no stamp`,
		);
		expect(paintLog("[    0.1] x", stageTerminal())).to.equal("[    0.1] x");
	});
});
