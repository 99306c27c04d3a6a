// The engine is for browsers too: it bundles as it is, without a part of Node and without a package.

import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { expect } from "chai";
import { build } from "esbuild";

const ROOT = join(__dirname, "..");

async function bundle(): Promise<{ code: string; inputs: string[] }> {
	const result = await build({
		absWorkingDir: ROOT,
		entryPoints: ["kernel/index.ts"],
		bundle: true,
		write: false,
		metafile: true,
		platform: "browser",
		format: "iife",
		globalName: "flagstone",
		logLevel: "silent",
	});
	return {
		code: result.outputFiles[0]!.text,
		inputs: Object.keys(result.metafile.inputs),
	};
}

describe("the engine in a browser", () => {
	it("bundles from its own files alone", async () => {
		const { inputs } = await bundle();
		const foreign = inputs.filter((path) => !/^(hw|mm|kernel)\//.test(path));
		expect(inputs.length).to.be.greaterThan(10);
		expect(foreign).to.deep.equal([]);
	});

	it("boots where there is nothing but the language", async () => {
		const { code } = await bundle();
		const text = runInNewContext(
			`${code}; flagstone.boot({ memory: "32M", cpus: 1, seed: 1 }).proc("buddyinfo")`,
			{},
		);
		expect(text).to.match(/^Node 0, zone +DMA/);
	});
});
