import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Chalk } from "chalk";
import fc from "fast-check";
import { boot } from "../../kernel";
import { EventReader } from "../../kernel/trace/reader";
import { TraceTracer } from "../../kernel/trace/trace-tracer";
import { main } from "../../scripts/cli";
import type { Host } from "../../scripts/host";
import { noProgress } from "../../scripts/progress";
import { safeHost, safeText } from "../../scripts/safe-text";
import { simulator } from "../../scripts/simulator";
import type { Console } from "../../scripts/step/console";
import { MemorySink, MemorySource, ZLIB } from "../kernel/trace/sample";
import { stageTerminal } from "./stage";

const CLEAR = "\x1b[2J\x1b]0;owned\x07";

describe("safe text", () => {
	it("SA1: shows control characters instead of obeying them", () => {
		expect(safeText(`a${CLEAR}b`)).to.equal("a\\x1b[2J\\x1b]0;owned\\x07b");
		expect(safeText("a\r\b\x7f\x9b2J\u202eb")).to.equal(
			"a\\x0d\\x08\\x7f\\x9b2J\\u{202e}b",
		);
		expect(safeText("\x1b[8mhidden\x1b[1;5m")).to.equal(
			"\\x1b[8mhidden\\x1b[1;5m",
		);
	});

	it("SA1: leaves colours and weights as commands paint them", () => {
		const paint = new Chalk({ level: 3 });
		for (const text of [
			paint.bold.red("x"),
			paint.rgb(5, 8, 6).bgAnsi256(8)("x"),
			paint.dim.inverse("x"),
		])
			expect(safeText(text)).to.equal(text);
	});

	it("SA2: changes no other text", () => {
		fc.assert(
			fc.property(fc.string(), (text) => {
				const plain = text.replace(/[^\n\t -~]/g, "");
				expect(safeText(plain)).to.equal(plain);
			}),
		);
		expect(safeText("naïve → 🙂\n\t│")).to.equal("naïve → 🙂\n\t│");
	});

	it("is all that a host and its screen get", () => {
		const shown: string[] = [];
		const screen = {
			columns: 80,
			rows: 24,
			draw: (lines) => void shown.push(...lines),
			onKey: () => {},
			onResize: () => {},
			close: () => {},
		} satisfies Console;
		const host = safeHost(hostOf(shown, screen));
		host.out(CLEAR);
		host.note(CLEAR);
		host.console()?.draw([CLEAR]);
		expect(host.console()?.columns).to.equal(80);
		expect(shown).to.deep.equal(Array(3).fill(safeText(CLEAR)));
		expect(safeHost(hostOf(shown)).console()).to.equal(null);
	});
});

describe("a trace with orders to the terminal in it", () => {
	const folder = mkdtempSync(join(tmpdir(), "flagstone-"));
	const file = join(folder, "hostile.trace");
	before(() => writeFileSync(file, hostileTrace()));
	after(() => rmSync(folder, { recursive: true }));

	for (const words of [
		["trace", file, "summary"],
		["trace", file, "log"],
		["trace", file, "events"],
		["trace", file, "owners", "--by", "cache"],
		["trace", file, "cache", `evil${CLEAR}`],
		["trace", file, `no${CLEAR}`],
		["trace", file, "export", "--format", "csv"],
		["step", file, "--no-tty"],
		["replay", `${folder}/${CLEAR}`],
		["compare", `${folder}/${CLEAR}`, "other"],
	])
		it(
			`gives none by ${words[0]} ${words[2] ?? ""}`.replace(CLEAR, ""),
			async () => {
				const shown: string[] = [];
				await main(words, simulator(), hostOf(shown));
				const text = shown.join("");
				expect(text).to.not.equal("");
				// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
				expect(text).to.not.match(/[\0-\x08\x0b-\x1f\x7f-\x9f]/);
			},
		);
});

function hostOf(shown: string[], screen: Console | null = null): Host {
	return {
		out: (text) => void shown.push(text),
		note: (text) => void shown.push(text),
		stdin: process.stdin,
		progress: noProgress,
		console: () => screen,
		terminal: () => stageTerminal(),
	};
}

/** Of a kernel whose caches, log lines and command line have such names. */
function hostileTrace(): Uint8Array {
	const sink = new MemorySink();
	const tracer = new TraceTracer(sink, ZLIB, {
		flagstone: `1${CLEAR}`,
		commandLine: CLEAR,
		seed: 1,
		scenario: { name: `evil${CLEAR}`, source: null, options: {} },
		replay: null,
	});
	const kernel = boot({ memory: "16M", tracer });
	const cache = kernel.createCache({ name: `evil${CLEAR}`, size: 100 });
	for (let i = 0; i < 5; i++) cache.alloc(0xcc0);
	kernel.parts.log.info(`says ${CLEAR}`);
	tracer.close();
	const reader = EventReader.open(new MemorySource(sink.bytes), ZLIB);
	expect(reader.header.commandLine).to.equal(CLEAR);
	return sink.bytes;
}
