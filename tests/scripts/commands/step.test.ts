import { expect } from "chai";
import { perform } from "../stage";

describe("flagstone step", () => {
	it("prints steps with their reasons where there is no terminal", async () => {
		const line = "step buddy --no-tty --at stage:mem_init --count 3";
		const { exitCode, out, note } = await perform(line.split(" "));
		expect(exitCode).to.equal(0);
		expect(note).to.equal("");
		expect(out.match(/^event /gm)?.length).to.equal(3);
		expect(out).to.include("because");
	});

	it("wants a terminal for its screen", async () => {
		const { exitCode, note } = await perform(["step", "buddy"]);
		expect(exitCode).to.equal(2);
		expect(note).to.include("--no-tty");
	});

	it("refuses what is no trace and no scenario, and moments that are not", async () => {
		for (const line of [
			"step nothing --no-tty",
			"step buddy --no-tty --at noon",
		]) {
			const { exitCode, note } = await perform(line.split(" "));
			expect(exitCode).to.equal(2);
			expect(note).to.match(/^flagstone: .+\n$/);
		}
	});
});
