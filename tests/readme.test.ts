// The README stays true: its commands run, its scenario holds, its program compiles and runs.

import { spawnSync } from "node:child_process";
import {
	mkdirSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import ts from "typescript";

const ROOT = join(__dirname, "..");
const README = readFileSync(join(ROOT, "README.md"), "utf8");

/** A file that a command of the README writes or reads: here it lies in a folder of its own. */
const OWN_FILE = /^[\w-]+\.(trace|html|json|svg|gz)$/;

/** Texts of the code blocks marked with `language`. */
function blocks(language: string): string[] {
	const fence = new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``, "g");
	return [...README.matchAll(fence)].map((match) => match[1] as string);
}

function run(argv: readonly string[]) {
	return spawnSync(process.execPath, argv, { cwd: ROOT, encoding: "utf8" });
}

describe("README", function () {
	this.timeout(120_000);
	let folder = "";
	before(() => {
		folder = mkdtempSync(join(tmpdir(), "flagstone-readme-"));
		mkdirSync(join(folder, "node_modules"));
		symlinkSync(ROOT, join(folder, "node_modules", "flagstone"), "junction");
		run(["scripts/flagstone", "--version"]); // builds what the programs use
	});
	after(() => rmSync(folder, { recursive: true, force: true }));

	/** Finds the pieces of a shortened transcript, in their order, in what its command printed. */
	function expectShortened(lines: readonly string[], stdout: string): void {
		let at = 0;
		for (const piece of lines.flatMap((line) => line.split("..."))) {
			const text = piece.trimEnd();
			const found = stdout.indexOf(text, at);
			expect(found, `"${text}" is not in the output`).to.be.at.least(0);
			at = found + text.length;
		}
	}

	it("shows what the default run prints, shortened where it says so", () => {
		const [transcript] = blocks("");
		const { stdout } = run(["scripts/flagstone", "boot"]);
		const [command, ...lines] = (transcript as string).trimEnd().split("\n");
		expect(command).to.equal("$ make run");
		expectShortened(lines, stdout);
	});

	it("shows what a comparison prints, shortened where it says so", () => {
		const [transcript] = blocks("text");
		const [command, ...lines] = (transcript as string).trimEnd().split("\n");
		const [prompt, program, ...words] = (command as string).split(" ");
		expect([prompt, program]).to.deep.equal(["$", "flagstone"]);
		const { stdout } = run(["scripts/flagstone", ...words]);
		expectShortened(lines, stdout);
	});

	it("names commands that run", () => {
		const lines = blocks("sh").join("").trim().split("\n");
		expect(lines.length).to.be.at.least(5);
		for (const line of lines) {
			const words = line
				.split(" ")
				.map((word) => (OWN_FILE.test(word) ? join(folder, word) : word));
			const { status, stdout, stderr } = run(words);
			expect(status, `${line}\n${stderr}`).to.equal(0);
			expect(stdout, line).not.to.equal("");
		}
	});

	it("shows what a trace answers", () => {
		const [, transcript] = blocks("text");
		const [command, ...lines] = (transcript as string).trimEnd().split("\n");
		const trace = join(folder, "why.trace");
		run(["scripts/flagstone", "record", "fragmentation", "-o", trace]);
		const words = (command as string).split(" ").slice(4);
		const { stdout } = run(["scripts/flagstone", "trace", trace, ...words]);
		expect(stdout.trimEnd().split("\n")).to.deep.equal(lines);
	});

	it("shows a scenario that holds", () => {
		const [yaml] = blocks("yaml");
		const file = join(folder, "lesson.yaml");
		writeFileSync(file, yaml as string);
		const { status, stdout } = run(["scripts/flagstone", "boot", file]);
		expect(stdout).to.include("all 4 held");
		expect(status).to.equal(0);
	});

	it("shows a task's program that compiles and runs", () => {
		const [program] = blocks("ts");
		const file = join(folder, "task.ts");
		writeFileSync(file, program as string);
		expect(typeErrors(file)).to.deep.equal([]);
		const scenario = join(folder, "program.yaml");
		const task = "{ name: t, kind: process, program: ./task.ts }";
		writeFileSync(
			scenario,
			`name: p\ntitle: A program\ntasks: [${task}]\nexpect: [task.t.exit == 0]\n`,
		);
		const { status, stdout } = run(["scripts/flagstone", "boot", scenario]);
		expect(stdout).to.include("the page holds 42");
		expect(status).to.equal(0);
	});

	/** What a program prints that uses the built package; it must compile and end well. `changes` makes it one that runs here. */
	function printedBy(
		example: string,
		changes: readonly (readonly [string, string])[] = [],
	): string {
		let source = example;
		for (const [from, to] of changes) source = source.replace(from, to);
		const file = join(folder, "example.ts");
		writeFileSync(file, source);
		expect(typeErrors(file)).to.deep.equal([]);
		const program = join(folder, "example.js");
		const options = { module: ts.ModuleKind.CommonJS };
		writeFileSync(program, ts.transpile(source, options));
		const { status, stdout, stderr } = run([program]);
		expect(status, stderr).to.equal(0);
		return stdout;
	}

	it("shows a use of the library that compiles and runs", () => {
		const stdout = printedBy(blocks("ts")[1] as string);
		expect(stdout).to.include("slabinfo - version: 2.1");
	});

	it("shows how a machine is followed, which compiles and runs", () => {
		const stdout = printedBy(blocks("ts")[3] as string);
		expect(stdout).to.match(/^true\n\S.+\n/);
	});

	it("shows how recordings are read and replayed, which compiles and runs", () => {
		const trace = join(ROOT, "tests", "fixtures", "traces", "trace-cmd.txt");
		const stdout = printedBy(blocks("ts")[2] as string, [
			['"trace.txt"', JSON.stringify(trace)],
		]);
		expect(stdout).to.match(
			/^trace-cmd 0 \[ '\w+\+0x[0-9a-f]+', \d+ \]\n32 0 /,
		);
		expect(stdout).to.include("slabinfo - version: 2.1");
	});

	it("links to files that exist", () => {
		for (const [, path] of README.matchAll(/\]\(([^)#]+)\)/g))
			expect(
				ts.sys.fileExists(join(ROOT, path as string)) ||
					ts.sys.directoryExists(join(ROOT, path as string)),
				path,
			).to.equal(true);
	});
});

/** What the compiler says about a file under the project's options. */
function typeErrors(file: string): string[] {
	const { config } = ts.readConfigFile(
		join(ROOT, "tsconfig.json"),
		ts.sys.readFile,
	);
	const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
	const program = ts.createProgram([file], { ...options, noEmit: true });
	return ts
		.getPreEmitDiagnostics(program)
		.map(({ messageText }) =>
			ts.flattenDiagnosticMessageText(messageText, " "),
		);
}
