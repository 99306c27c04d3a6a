// The package as people get it: packed, installed somewhere else, started from there.

import { spawnSync } from "node:child_process";
import {
	cpSync,
	mkdirSync,
	mkdtempSync,
	realpathSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect } from "chai";

const ROOT = join(__dirname, "..", "..");
const LEFT_OUT = new Set(["node_modules", "coverage", "tests", ".git", ".ci"]);

interface Packed {
	readonly filename: string;
	readonly files: readonly { readonly path: string }[];
}

/** Runs a program to its end and returns what it wrote to stdout; fails the test when the program fails. */
function run(folder: string, program: string, ...args: string[]): string {
	const { status, stdout, stderr, error } = spawnSync(program, args, {
		cwd: folder,
		encoding: "utf8",
		shell: process.platform === "win32",
	});
	expect(status, `${program} ${args.join(" ")}: ${error ?? stderr}`).to.equal(
		0,
	);
	return stdout;
}

/** Packs a copy of the tree, built as it is now, so that the tree stays as it is. */
function pack(into: string): Packed {
	run(ROOT, process.execPath, "scripts/flagstone", "--version");
	const copy = join(into, "copy");
	cpSync(ROOT, copy, {
		recursive: true,
		filter: (path) => path === ROOT || !LEFT_OUT.has(basename(path)),
	});
	symlinkSync(
		join(ROOT, "node_modules"),
		join(copy, "node_modules"),
		"junction",
	);
	const [packed] = JSON.parse(
		run(
			copy,
			"npm",
			"pack",
			"--json",
			"--ignore-scripts",
			"--pack-destination",
			into,
		),
	);
	return packed;
}

describe("the package", function () {
	this.timeout(180_000);
	let folder = "";
	let home = "";
	let packed: Packed;

	before(() => {
		folder = realpathSync(mkdtempSync(join(tmpdir(), "flagstone-pack-")));
		packed = pack(folder);
		home = join(folder, "home");
		mkdirSync(home);
		writeFileSync(join(home, "package.json"), '{ "private": true }\n');
		const tarball = join(folder, packed.filename);
		run(
			home,
			"npm",
			"install",
			"--prefer-offline",
			"--no-audit",
			"--no-fund",
			tarball,
		);
	});

	after(() => rmSync(folder, { recursive: true, force: true }));

	it("holds what is compiled and shipped, and nothing else", () => {
		const paths = packed.files.map(({ path }) => path);
		expect(paths).to.include.members([
			"LICENSE",
			"README.md",
			"package.json",
			"scripts/flagstone",
			"dist/kernel/index.js",
			"dist/kernel/index.d.ts",
			"dist/flagstone.js",
			"dist/scripts/cli.js",
			"dist/viewer/page.js",
			"dist/viewer/page.css",
			"dist/viewer/simulator.js",
		]);
		const shipped = /^(dist\/|kernel\/scenario\/|scripts\/flagstone$|[^/]+$)/;
		expect(paths.filter((path) => !shipped.test(path))).to.deep.equal([]);
	});

	it("starts with npx", () => {
		const out = run(home, "npx", "--no-install", "flagstone", "help");
		expect(out).to.include("Usage: flagstone");
	});

	it("boots, with its scenarios beside it", () => {
		const list = run(home, "npx", "--no-install", "flagstone", "scenarios");
		expect(list.split("\n").length).to.be.greaterThan(8);
		const argv = ["boot", "boot-only", "--quiet", "--proc", "buddyinfo"];
		const text = run(home, "npx", "--no-install", "flagstone", ...argv);
		expect(text).to.match(/^Node 0, zone +DMA /);
	});

	it("makes a page, with the bundle that it brings", () => {
		const argv = ["view", "boot-only", "-o", "page.html"];
		const out = run(home, "npx", "--no-install", "flagstone", ...argv);
		expect(out).to.match(/^page\.html: \d+ events/);
	});

	it("is a library that CommonJS and ES modules can import", () => {
		const call = 'boot({ memory: "64M", cpus: 1, seed: 1 }).proc("buddyinfo")';
		writeFileSync(
			join(home, "a.cjs"),
			`const { boot } = require("flagstone"); console.log(${call})`,
		);
		writeFileSync(
			join(home, "b.mjs"),
			`import { boot } from "flagstone"; console.log(${call})`,
		);
		expect(run(home, process.execPath, "a.cjs")).to.match(/^Node 0, zone/);
		expect(run(home, process.execPath, "b.mjs")).to.match(/^Node 0, zone/);
	});
});
