// The house rules that a machine can check, over the whole tree.
//
//   direction   hw <- mm <- kernel <- scripts, no circles, engine without Node      .dependency-cruiser.cjs
//   mirror      every source file has its test file, or a reason in UNTESTED
//   header      every file begins by saying what it is
//   forbidden   Atomics, BigInt, clocks and chance of the host, enums, module-level let
//   size        functions stay short: MAX_LINES, and few above LONG_LINES
//   addresses   no registry and no path of a machine in any file

import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { expect } from "chai";
import ts from "typescript";

const ROOT = join(__dirname, "..");
const FOLDERS = ["hw", "mm", "kernel", "scripts"];
const LONG_LINES = 40; // a function above this is long
const LONG_SHARE = 0.02; // at most this share of all functions
const MAX_LINES = 75; // and none above this

/** Source files and folders that need no test file of their own, and why. */
const UNTESTED: ReadonlyMap<string, string> = new Map([
	["kernel/index.ts", "only names what the package exports"],
	["kernel/parts.ts", "only types"],
	["kernel/replay/scene.ts", "only types"],
	["scripts/engine.ts", "only types"],
	["scripts/workload.ts", "only types"],
	["scripts/bench/", "is run as a whole by tests/scripts/bench"],
	[
		"scripts/viewer/page/",
		"runs in a browser: tests/scripts/viewer/page.test.ts",
	],
]);

/** What of the host the engine must not know. */
const HOST_GLOBALS = new Set([
	"process",
	"Buffer",
	"performance",
	"Date",
	"console",
	"require",
	"module",
	"global",
	"__dirname",
	"__filename",
	"setTimeout",
	"setInterval",
	"setImmediate",
	"queueMicrotask",
	"crypto",
	"fetch",
]);

const SKIPPED_FOLDERS = new Set([
	"node_modules",
	"dist",
	"coverage",
	".git",
	"fixtures",
]);

function* walk(folder: string): Generator<string> {
	for (const entry of readdirSync(folder, { withFileTypes: true })) {
		if (SKIPPED_FOLDERS.has(entry.name)) continue;
		const path = join(folder, entry.name);
		if (entry.isDirectory()) yield* walk(path);
		else if (entry.isFile()) yield relative(ROOT, path).split("\\").join("/");
	}
}

interface Source {
	readonly path: string;
	readonly tree: ts.SourceFile;
}

const everyFile = [...walk(ROOT)];
const everyText = everyFile.filter((path) => !path.endsWith(".png"));
const sources: readonly Source[] = everyFile
	.filter((path) => path.endsWith(".ts") && inFolders(path, FOLDERS))
	.map((path) => ({ path, tree: parse(path) }));

function inFolders(path: string, folders: readonly string[]): boolean {
	return folders.some((folder) => path.startsWith(`${folder}/`));
}

function isUntested(path: string): boolean {
	return [...UNTESTED.keys()].some(
		(start) =>
			path === start || (start.endsWith("/") && path.startsWith(start)),
	);
}

function text(path: string): string {
	return readFileSync(join(ROOT, path), "utf8");
}

function parse(path: string): ts.SourceFile {
	return ts.createSourceFile(path, text(path), ts.ScriptTarget.ES2022, true);
}

function visit(node: ts.Node, look: (node: ts.Node) => void): void {
	look(node);
	ts.forEachChild(node, (child) => visit(child, look));
}

function lineOf(tree: ts.SourceFile, node: ts.Node): number {
	return tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1;
}

/** Places, as path:line, where `matches` holds in the files of `folders`. */
function find(
	folders: readonly string[],
	matches: (node: ts.Node, tree: ts.SourceFile) => boolean,
): string[] {
	const found: string[] = [];
	for (const { path, tree } of sources) {
		if (!inFolders(path, folders)) continue;
		visit(tree, (node) => {
			if (matches(node, tree)) found.push(`${path}:${lineOf(tree, node)}`);
		});
	}
	return found;
}

/** A name in use, not one that is being declared or that follows a dot. */
function isUse(node: ts.Node): node is ts.Identifier {
	if (!ts.isIdentifier(node)) return false;
	const parent = node.parent as ts.Node & { name?: ts.Node };
	return parent.name !== node;
}

function declaredNames(tree: ts.SourceFile): Set<string> {
	const names = new Set<string>();
	visit(tree, (node) => {
		const { name } = node as ts.Node & { name?: ts.Node };
		if (name && ts.isIdentifier(name) && !ts.isPropertyAccessExpression(node))
			names.add(name.text);
	});
	return names;
}

function functionLengths(): { place: string; lines: number }[] {
	const lengths: { place: string; lines: number }[] = [];
	for (const { path, tree } of sources) {
		visit(tree, (node) => {
			if (!ts.isFunctionLike(node) || !("body" in node) || !node.body) return;
			const first = lineOf(tree, node);
			const last = tree.getLineAndCharacterOfPosition(node.end).line + 1;
			lengths.push({ place: `${path}:${first}`, lines: last - first + 1 });
		});
	}
	return lengths;
}

interface Cruise {
	readonly summary: {
		readonly totalDependenciesCruised: number;
		readonly violations: readonly {
			readonly rule: { readonly name: string };
			readonly from: string;
			readonly to: string;
		}[];
	};
}

/** Every import of the sources, judged by the rules in .dependency-cruiser.cjs. */
function cruise(): Cruise {
	const program = "node_modules/dependency-cruiser/bin/dependency-cruise.mjs";
	const { stdout } = spawnSync(
		process.execPath,
		[program, "--output-type", "json", ...FOLDERS],
		{ cwd: ROOT, encoding: "utf8", maxBuffer: 2 ** 28 },
	);
	return JSON.parse(stdout);
}

describe("the tree is tidy", () => {
	it("imports point only downwards and never in a circle", () => {
		const { summary } = cruise();
		const broken = summary.violations.map(
			({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`,
		);
		expect(broken).to.deep.equal([]);
		expect(summary.totalDependenciesCruised).to.be.greaterThan(5);
	});

	it("every source file has a test file", () => {
		const tests = new Set(everyFile);
		const missing = sources
			.map(({ path }) => path)
			.filter((path) => !isUntested(path))
			.filter((path) => !tests.has(`tests/${path.slice(0, -3)}.test.ts`));
		expect(missing).to.deep.equal([]);
	});

	it("every file that needs no test exists", () => {
		const gone = [...UNTESTED.keys()].filter(
			(start) => !everyFile.some((path) => path.startsWith(start)),
		);
		expect(gone).to.deep.equal([]);
	});

	it("every source file begins with a header comment", () => {
		const bare = sources
			.filter(({ tree }) => !/^(\/\/ |\/\*\*)/.test(tree.text))
			.map(({ path }) => path);
		expect(bare).to.deep.equal([]);
	});

	it("Atomics are used only by the lock words", () => {
		const places = find(
			FOLDERS,
			(node) => isUse(node) && node.text === "Atomics",
		);
		expect(
			places.filter((place) => !place.startsWith("hw/lock.ts:")),
		).to.deep.equal([]);
	});

	it("hw and mm use no BigInt", () => {
		const places = find(
			["hw", "mm"],
			(node) =>
				ts.isBigIntLiteral(node) ||
				(isUse(node) && /^Big(Int|Uint)/.test(node.text)),
		);
		expect(places).to.deep.equal([]);
	});

	it("the engine knows no clock, chance, console or other part of its host", () => {
		const declared = new Map(
			sources.map(({ tree }) => [tree, declaredNames(tree)]),
		);
		const places = find(["hw", "mm", "kernel"], (node, tree) => {
			if (node.getText(tree) === "Math.random") return true;
			if (!isUse(node) || !HOST_GLOBALS.has(node.text)) return false;
			return !declared.get(tree)?.has(node.text);
		});
		expect(places).to.deep.equal([]);
	});

	it("there are no enums and no module-level let", () => {
		const places = find(FOLDERS, (node) => {
			if (ts.isEnumDeclaration(node)) return true;
			if (!ts.isVariableStatement(node)) return false;
			const changes = !(node.declarationList.flags & ts.NodeFlags.Const);
			return changes && ts.isSourceFile(node.parent);
		});
		expect(places).to.deep.equal([]);
	});

	it("functions are short", () => {
		const lengths = functionLengths();
		const long = lengths.filter(({ lines }) => lines > LONG_LINES);
		const tooLong = lengths.filter(({ lines }) => lines > MAX_LINES);
		expect(tooLong, `functions over ${MAX_LINES} lines`).to.deep.equal([]);
		expect(
			long.length,
			`functions over ${LONG_LINES} lines: ${JSON.stringify(long)}`,
		).to.be.at.most(Math.ceil(lengths.length * LONG_SHARE));
	});

	it("nothing is left to be done in a comment", () => {
		const marks = new RegExp(
			`\\b(${["TO" + "DO", "FIX" + "ME", "XX" + "X"].join("|")})\\b`,
		);
		const places = everyText.filter((path) => marks.test(text(path)));
		expect(places).to.deep.equal([]);
	});

	it("no file names a package registry or a path of somebody's machine", () => {
		const address = new RegExp(
			[
				"registry\\.npm" + "js",
				'"resol' + 'ved":',
				"/wo" + "rk/",
				"/ro" + "ot/",
				"/ho" + "me/\\w",
			].join("|"),
		);
		const places = everyText.filter((path) => address.test(text(path)));
		expect(places).to.deep.equal([]);
	});
});
