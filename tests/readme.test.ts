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
import { basename, join } from "node:path";
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

/** A program of the README in a file of its own, and what the compiler says about it. */
interface Example {
	readonly source: string;
	readonly file: string;
	readonly typeErrors: readonly string[];
}

describe("README", function () {
	this.timeout(120_000);
	let folder = "";
	let examples: readonly Example[] = [];
	before(() => {
		folder = mkdtempSync(join(tmpdir(), "flagstone-readme-"));
		mkdirSync(join(folder, "node_modules"));
		symlinkSync(ROOT, join(folder, "node_modules", "flagstone"), "junction");
		run(["scripts/flagstone", "--version"]); // builds what the programs use
		examples = compiled(folder, blocks("ts"));
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

	/** A program of the README, which must compile. */
	function example(index: number): Example {
		const found = examples[index] as Example;
		expect(found.typeErrors).to.deep.equal([]);
		return found;
	}

	it("shows a task's program that compiles and runs", () => {
		const { file } = example(0);
		const scenario = join(folder, "program.yaml");
		const task = `{ name: t, kind: process, program: ./${basename(file)} }`;
		writeFileSync(
			scenario,
			`name: p\ntitle: A program\ntasks: [${task}]\nexpect: [task.t.exit == 0]\n`,
		);
		const { status, stdout } = run(["scripts/flagstone", "boot", scenario]);
		expect(stdout).to.include("the page holds 42");
		expect(status).to.equal(0);
	});

	/** What a program prints that uses the built package; it must end well. `changes` makes it one that runs here. */
	function printedBy(
		{ source, file }: Example,
		changes: readonly (readonly [string, string])[] = [],
	): string {
		let changed = source;
		for (const [from, to] of changes) changed = changed.replace(from, to);
		const program = file.replace(/ts$/, "js");
		const options = { module: ts.ModuleKind.CommonJS };
		writeFileSync(program, ts.transpile(changed, options));
		const { status, stdout, stderr } = run([program]);
		expect(status, stderr).to.equal(0);
		return stdout;
	}

	it("shows a use of the library that compiles and runs", () => {
		const stdout = printedBy(example(1));
		expect(stdout).to.include("slabinfo - version: 2.1");
	});

	it("shows how a machine is followed, which compiles and runs", () => {
		const stdout = printedBy(example(3));
		expect(stdout).to.match(/^true\n\S.+\n/);
	});

	it("shows how recordings are read and replayed, which compiles and runs", () => {
		const trace = join(ROOT, "tests", "fixtures", "traces", "trace-cmd.txt");
		const stdout = printedBy(example(2), [
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

/** Writes every program into `folder` and compiles them, all at once, under the project's options. */
function compiled(folder: string, programs: readonly string[]): Example[] {
	const files = programs.map((source, index) => {
		const file = join(folder, `example-${index}.ts`);
		writeFileSync(file, source);
		return file;
	});
	const { config } = ts.readConfigFile(
		join(ROOT, "tsconfig.json"),
		ts.sys.readFile,
	);
	const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
	const program = ts.createProgram(files, { ...options, noEmit: true });
	return files.map((file, index) => ({
		source: programs[index] as string,
		file,
		typeErrors: ts
			.getPreEmitDiagnostics(program, program.getSourceFile(file))
			.map(({ messageText }) =>
				ts.flattenDiagnosticMessageText(messageText, " "),
			),
	}));
}
