import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { expect } from "chai";
import { stepCommand } from "../../../scripts/commands/step";
import { noProgress } from "../../../scripts/progress";
import { recordedRun } from "../../kernel/trace/recorded";
import { perform, stageTerminal } from "../stage";

/** Steps through a file on a screen, with these keys; returns what was on the screen after each. */
async function stepThrough(
	file: string,
	keys: readonly string[],
): Promise<string[]> {
	const screens: string[] = [];
	let press: (key: string) => void = () => {};
	const host = {
		...{ out: () => {}, note: () => {}, progress: noProgress },
		stdin: Readable.from([]),
		terminal: () => stageTerminal(),
		console: () => ({
			...{ columns: 80, rows: 40, onResize: () => {}, close: () => {} },
			draw: (lines: readonly string[]) => void screens.push(lines.join("\n")),
			onKey: (heard: (key: string) => void) => {
				press = heard;
			},
		}),
	};
	const command = stepCommand(host, () => {});
	const over = command.parseAsync([file, "--salvage"], { from: "user" });
	for (const key of keys) press(key);
	press("q");
	await over;
	return screens;
}

describe("flagstone step through a file that is not whole", () => {
	const folder = mkdtempSync(join(tmpdir(), "flagstone-"));
	const file = join(folder, "holed.trace");
	const empty = join(folder, "empty.trace");
	before(() => {
		const { bytes, trace } = recordedRun("memory-full");
		const many = recordedRun("fragmentation");
		const [, second] = many.trace.reader.blocks;
		const holed = Buffer.from(many.bytes);
		const at = (second?.at ?? 0) + 100;
		holed[at] = (holed[at] as number) ^ 1;
		writeFileSync(file, holed);
		writeFileSync(empty, bytes.subarray(0, trace.reader.blocks[0]?.at));
	});
	after(() => rmSync(folder, { recursive: true }));

	it("refuses one that is damaged in its middle, as trace does", async () => {
		const { exitCode, note } = await perform(["step", file, "--no-tty"]);
		expect(exitCode).to.equal(2);
		expect(note).to.match(/^flagstone: .+ is damaged at byte .+--salvage.+\n$/);
	});

	it("says what is missing, and that there is nothing to see", async () => {
		const line = ["--no-tty", "--salvage", "--count", "1"];
		const holed = await perform(["step", file, ...line]);
		expect(holed.exitCode).to.equal(0);
		expect(holed.note).to.include("Events 32768 to 65535 are missing.");
		const nothing = await perform(["step", empty, "--no-tty"]);
		expect(nothing.exitCode).to.equal(2);
		expect(nothing.note).to.include("there are no events to step through.");
	});

	it("stays where it was when a moment is not known", async () => {
		const screens = await stepThrough(file, ["right", "end", "right"]);
		expect(screens[2]).to.include("is not known");
		expect(screens[2]?.split("\n")[0]).to.equal(screens[1]?.split("\n")[0]);
		expect(screens[3]).to.not.include("is not known");
	});
});

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
