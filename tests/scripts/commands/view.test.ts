import {
	existsSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { expect } from "chai";
import { viewCommand } from "../../../scripts/commands/view";
import type { Host } from "../../../scripts/host";
import { noProgress } from "../../../scripts/progress";
import { perform, stageTerminal } from "../stage";
import { damaged } from "../viewer/shows";

const BUNDLE = { script: "page()", style: "", simulator: "again()" };

/** Runs the command with a bundle that does nothing; returns its exit code and what it wrote. */
function view(...words: string[]): {
	exitCode: number;
	out: string;
	note: string;
} {
	let out = "";
	let note = "";
	let exitCode = -1;
	const host: Host = {
		out: (text) => {
			out += text;
		},
		note: (text) => {
			note += text;
		},
		console: () => null,
		stdin: Readable.from([]),
		progress: noProgress,
		terminal: () => stageTerminal(),
	};
	const done = (code: number): void => {
		exitCode = code;
	};
	viewCommand(host, done, () => BUNDLE).parse(words, { from: "user" });
	return { exitCode, out, note };
}

describe("flagstone view", () => {
	it("writes a page and says so", () => {
		const folder = mkdtempSync(join(tmpdir(), "flagstone-view-"));
		const path = join(folder, "page.html");
		const { exitCode, out } = view("boot-only", "-o", path);
		expect(exitCode).to.equal(0);
		expect(out).to.match(/page\.html: \d+ events, [\d.]+ KiB\n$/);
		const html = readFileSync(path, "utf8");
		expect(html).to.include("page()");
		expect(html).to.include("again()");
		expect(view("boot-only", "-o", path, "--quiet").out).to.equal("");
		rmSync(folder, { recursive: true });
	});

	it("shows a damaged trace with --salvage, and says what is missing", async () => {
		const folder = mkdtempSync(join(tmpdir(), "flagstone-view-"));
		const [file, page] = ["damaged.trace", "page.html"].map((name) =>
			join(folder, name),
		) as [string, string];
		writeFileSync(file, damaged("fragmentation", 1));
		const refused = await perform(["view", file, "-o", page]);
		expect(refused.exitCode).to.equal(2);
		expect(refused.note).to.include("--salvage");
		expect(existsSync(page)).to.equal(false);
		const { exitCode, note } = view(file, "-o", page, "--salvage");
		expect(exitCode).to.equal(0);
		expect(note).to.include("Events 32768 to 65535 are missing.");
		expect(readFileSync(page, "utf8")).to.include('"salvage":true');
		rmSync(folder, { recursive: true });
	});

	it("refuses what it cannot show, with exit code 2", async () => {
		const { exitCode, note } = await perform(["view", "dog"]);
		expect(exitCode).to.equal(2);
		expect(note).to.match(/^flagstone: .*\n$/);
		expect((await perform(["view"])).exitCode).to.equal(2);
	});
});
