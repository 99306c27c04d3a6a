// Scenario files: YAML text on disk becomes a scenario, or one sentence that says where and what is wrong.
//
//   boot NAME       kernel/scenario/shipped/NAME.yaml of the package
//   boot PATH       a file that ends in .yaml or .yml, or any path with a slash
//
//   worker.yaml:14:9: unknown key "aloc" (did you mean "alloc"?).
//
// The engine says which key of which list is wrong; here it becomes a line and a column. Of several problems the first in
// the file is told. Programs that a scenario names are modules beside it: JavaScript always, TypeScript where its compiler
// is installed (types are not checked).

import {
	closeSync,
	existsSync,
	openSync,
	readdirSync,
	readFileSync,
	readSync,
} from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, extname, join, resolve } from "node:path";
import {
	type Alias,
	type Document,
	isMap,
	isScalar,
	LineCounter,
	type Node,
	type ParsedNode,
	parseDocument,
	visit,
	type YAMLError,
} from "yaml";
import { KernelPanic } from "../hw/panic";
import type { Program } from "../kernel/program";
import {
	type ProgramFunction,
	readScenario,
	type Scenario,
} from "../kernel/scenario/scenario";
import {
	didYouMean,
	type Path,
	type Problem,
} from "../kernel/scenario/validate";
import { packageRoot } from "./package-root";

/** The scenario that runs when none is named. */
export const DEFAULT_SCENARIO = "debian-boot";

const EXTENSION = ".yaml";
const IN_FILE = /[\\/]|\.ya?ml$/;
const BYTES_MAX = 2 ** 24; // of a file; what is longer may be endless
const NOT_TEXT = /[\0\uFFFD]/; // what is left of bytes that are not UTF-8
const YAML_SENTENCES: readonly (readonly [RegExp, string])[] = [
	[/call stack/, "nested too deeply"],
	[/multiple documents/, "a file holds one scenario, found several documents"],
];

/** A shipped scenario, as a list shows it. */
export interface ShippedScenario {
	readonly name: string;
	readonly title: string;
	readonly teaches: string;
	readonly path: string;
}

/** Folder of the shipped scenarios. */
export const shippedFolder = (): string =>
	join(packageRoot(), "kernel", "scenario", "shipped");

/** Names of all shipped scenarios, the default first, then by name. */
export function shippedNames(): string[] {
	const names = readdirSync(shippedFolder())
		.filter((file) => extname(file) === EXTENSION)
		.map((file) => basename(file, EXTENSION))
		.sort();
	return [
		DEFAULT_SCENARIO,
		...names.filter((name) => name !== DEFAULT_SCENARIO),
	];
}

/** All shipped scenarios, read. */
export function shippedScenarios(): ShippedScenario[] {
	return shippedNames().map((name) => {
		const path = shippedPath(name);
		const { title, teaches } = loadFile(path);
		return { name, title, teaches, path };
	});
}

/** The scenario of that name or in that file. Throws an Error with one sentence when it cannot be. */
export function loadScenario(nameOrPath: string): Scenario {
	return loadFile(locate(nameOrPath));
}

/** The text of that scenario. */
export const scenarioSource = (nameOrPath: string): string =>
	readText(locate(nameOrPath));

/** As a trace keeps it: from its first key on, without the comments before it, which are for who opens the file. */
export const recordedSource = (nameOrPath: string): string =>
	scenarioSource(nameOrPath).replace(/^(?:[ \t]*(?:#[^\n]*)?\r?\n)+/, "");

/** The scenario of a text as plain data, for who compiles it elsewhere; it must be one that parseScenario() takes. */
export const scenarioDocument = (text: string, path: string): unknown =>
	plainValue(parseDocument(text), path);

/** Whether a task of a scenario's document runs a program of another file. */
export function namesPrograms(document: unknown): boolean {
	const { tasks } = (document ?? {}) as { readonly tasks?: unknown };
	if (!Array.isArray(tasks)) return false;
	return tasks.some((task) => task?.program !== undefined);
}

/** True for the name of a shipped scenario, and for what looks like the path of one. */
export const isScenarioName = (name: string): boolean =>
	IN_FILE.test(name) || shippedNames().includes(name);

/** The file of that scenario. */
export const scenarioPath = (nameOrPath: string): string => locate(nameOrPath);

function locate(nameOrPath: string): string {
	if (IN_FILE.test(nameOrPath)) {
		if (existsSync(nameOrPath)) return nameOrPath;
		throw new Error(`There is no scenario file ${nameOrPath}.`);
	}
	const names = shippedNames();
	if (names.includes(nameOrPath)) return shippedPath(nameOrPath);
	const guess = didYouMean(nameOrPath, names);
	throw new Error(
		`No scenario is called "${nameOrPath}"${guess || `; there are ${names.join(", ")}`}.`,
	);
}

const shippedPath = (name: string): string =>
	join(shippedFolder(), name + EXTENSION);

function loadFile(path: string): Scenario {
	return parseScenario(readText(path), path);
}

function readText(path: string): string {
	const text = readBytes(path).toString("utf8");
	if (NOT_TEXT.test(text))
		throw new Error(`Scenario file ${path} is not UTF-8 text.`);
	return text;
}

/** What is in a file or comes out of a pipe, which may be endless. */
function readBytes(path: string): Buffer {
	const bytes = Buffer.allocUnsafe(BYTES_MAX + 1);
	let filled = 0;
	try {
		const file = openSync(path, "r");
		for (let got = -1; got !== 0 && filled < bytes.length; filled += got)
			got = readSync(file, bytes, filled, bytes.length - filled, null);
		closeSync(file);
	} catch (error) {
		const { code } = error as NodeJS.ErrnoException;
		throw new Error(`Scenario file ${path} cannot be read (${code}).`);
	}
	if (filled <= BYTES_MAX) return bytes.subarray(0, filled);
	throw new Error(
		`${path} is no scenario: it is longer than ${BYTES_MAX / 2 ** 20} MiB.`,
	);
}

/** The scenario that `text` describes; `path` says where it came from. Throws an Error with place and sentence. */
export function parseScenario(text: string, path: string): Scenario {
	const lines = new LineCounter();
	const document = parseDocument(text, { lineCounter: lines });
	const [error] = document.errors;
	if (error) throw new Error(yamlSentence(error, path));
	const alias = badAlias(document);
	if (alias) {
		const { line, col } = lines.linePos(alias.offset);
		throw new Error(`${path}:${line}:${col}: ${alias.message}.`);
	}
	const scenario = readScenario(plainValue(document, path), (file) =>
		loadProgram(resolve(dirname(path), file)),
	);
	if (!("problems" in scenario)) return scenario;
	const places = scenario.problems.map((problem) => ({
		problem,
		offset: offsetOf(problem, document.contents),
	}));
	const first = places.reduce((a, b) => (b.offset < a.offset ? b : a));
	const { line, col } = lines.linePos(first.offset);
	throw new Error(`${path}:${line}:${col}: ${first.problem.message}.`);
}

/** What the YAML parser complains about: its first line, without the picture of the place. */
function yamlSentence(error: YAMLError, path: string): string {
	const place = error.linePos?.[0] ?? { line: 1, col: 1 };
	const text = (error.message.split("\n")[0] ?? "")
		.replace(/ at line \d+, column \d+:?$/, "")
		.replace(/[.:]$/, "");
	const own = YAML_SENTENCES.find(([pattern]) => pattern.test(text))?.[1];
	return `${path}:${place.line}:${place.col}: ${own ?? text}.`;
}

/** The first alias that stands for nothing or for what it is itself a part of; null when all are sound. */
function badAlias(
	document: Document,
): { readonly offset: number; readonly message: string } | null {
	let bad: { offset: number; message: string } | null = null;
	const check = (alias: Alias, around: readonly unknown[]) => {
		const target = alias.resolve(document);
		if (target !== undefined && !around.includes(target)) return undefined;
		const message = target
			? `*${alias.source} is part of what it stands for`
			: `there is no &${alias.source} before *${alias.source}`;
		bad = { offset: alias.range?.[0] ?? 0, message };
		return visit.BREAK;
	};
	visit(document, { Alias: (_, alias, around) => check(alias, around) });
	return bad;
}

/** The document as plain values. Aliases of aliases that would grow without measure are refused. */
function plainValue(document: Document, path: string): unknown {
	try {
		return document.toJS();
	} catch {
		throw new Error(`${path}:1:1: aliases repeat too much of the document.`);
	}
}

/** Character of the text that a problem is about. */
function offsetOf(
	problem: Problem & { readonly offset?: number },
	contents: ParsedNode | null,
): number {
	const { path, inKey } = problem;
	const node = inKey ? keyAt(contents, path) : nodeAt(contents, path);
	const start = node?.range?.[0] ?? 0;
	if (problem.offset === undefined) return start;
	const quoted = isScalar(node) && /^QUOTE/.test(node.type ?? "");
	return start + problem.offset + (quoted ? 1 : 0);
}

/** The node at a path, or the nearest one above it that there is. */
function nodeAt(contents: Node | null, path: Path): Node | null {
	let node = contents;
	for (const key of path) {
		const next = childOf(node, key);
		if (next === null) break;
		node = next;
	}
	return node;
}

function childOf(node: Node | null, key: string | number): Node | null {
	const collection = node as { get?: (key: unknown, keep: true) => unknown };
	const found = collection?.get?.(key, true);
	return typeof found === "object" ? (found as Node | null) : null;
}

function keyAt(contents: Node | null, path: Path): Node | null {
	const parent = nodeAt(contents, path.slice(0, -1));
	if (!isMap(parent)) return parent;
	const pair = parent.items.find(
		({ key }) => isScalar(key) && String(key.value) === path.at(-1),
	);
	return (pair?.key as Node | undefined) ?? parent;
}

/** Loads the default export of a module, or the one called program. */
function loadProgram(path: string): ProgramFunction {
	if (!existsSync(path)) throw new Error(`there is no file ${path}`);
	const load = createRequire(path);
	if (extname(path) === ".ts") registerTypeScript(load, path);
	const module = inProgram(path, () => load(path)) as Record<string, unknown>;
	const program = module?.default ?? module?.program ?? module;
	if (typeof program !== "function")
		throw new Error(`${path} exports no generator function as its default`);
	return guarded(program as ProgramFunction, path);
}

/** The same program, each of whose mistakes is told in one sentence: exceptions, and what is no request. */
function guarded(program: ProgramFunction, path: string): ProgramFunction {
	return ((self) => {
		const steps = inProgram(path, () => program(self) as Program);
		if (typeof steps?.next !== "function")
			throw new Error(`${path} exports a function that is no generator.`);
		const next = (result: number) => {
			const turn = inProgram(path, () => steps.next(result));
			if (turn.done || typeof turn.value?.call === "number") return turn;
			throw new Error(
				`${path} yields ${String(turn.value)}, which is no request such as kmalloc(100).`,
			);
		};
		return { next };
	}) as ProgramFunction;
}

/** Runs code of a program; what it throws becomes a sentence with file and line, but a kernel panic stays one. */
function inProgram<T>(path: string, work: () => T): T {
	try {
		return work();
	} catch (error) {
		if (error instanceof KernelPanic) throw error;
		const stack = error instanceof Error ? (error.stack ?? "") : "";
		const [, place = ""] =
			stack.split(path)[1]?.match(/^(:\d+(?::\d+)?)/) ?? [];
		const [text = ""] = String(error).split("\n");
		throw new Error(`${path}${place}: ${text.replace(/\.$/, "")}.`);
	}
}

/** Makes TypeScript loadable, unless it is already: with the compiler beside the program, or with this package's own. */
function registerTypeScript(load: NodeJS.Require, path: string): void {
	if (load.extensions[".ts"]) return;
	const ts = compilerFor(load, path);
	const options = {
		module: ts.ModuleKind.CommonJS,
		target: ts.ScriptTarget.ES2022,
		esModuleInterop: true,
	};
	load.extensions[".ts"] = (module, file) => {
		const text = readFileSync(file, "utf8");
		const compilerOptions = { ...options, inlineSourceMap: true };
		const { outputText } = ts.transpileModule(text, { compilerOptions });
		(module as CompilingModule)._compile(outputText, file);
	};
}

/** What Node's own loaders do with the text of a module. */
interface CompilingModule extends NodeJS.Module {
	_compile(text: string, file: string): void;
}

/** What is used of the package typescript, which is not there everywhere. */
interface Compiler {
	readonly ModuleKind: { readonly CommonJS: number };
	readonly ScriptTarget: { readonly ES2022: number };
	transpileModule(
		text: string,
		options: { readonly compilerOptions: object },
	): { readonly outputText: string };
}

function compilerFor(load: NodeJS.Require, path: string): Compiler {
	for (const from of [load, require]) {
		try {
			return from("typescript");
		} catch {} // not there: the next may have it
	}
	throw new Error(
		`${path} is TypeScript, which needs the package typescript beside it; install it, or compile the program to JavaScript`,
	);
}
