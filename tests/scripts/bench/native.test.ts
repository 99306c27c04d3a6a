import { spawnSync } from "node:child_process";
import { expect } from "chai";
import { compileNative, findLibrary } from "../../../scripts/bench/native";
import { EACH_SHAPE, FEW_OPS, withFolder, withOps } from "./samples";

describe("native competitors of the benchmark", () => {
	it("run streams of each shape where there is a C compiler", () =>
		withFolder(async (folder) => {
			const program = compileNative(folder, "alloc-bench");
			if (program === undefined) return;
			for (const words of EACH_SHAPE)
				await withOps(words, (path) => {
					const args = [path, "malloc"];
					const { stdout } = spawnSync(program, args, { input: "\n\n" });
					expect(String(stdout)).to.match(/^ready\n\d+\n\d+\n$/);
				});
		}));

	it("refuse to pass for another allocator", () =>
		withFolder((folder) =>
			withOps(FEW_OPS, (ops) => {
				const program = compileNative(folder, "alloc-bench");
				if (program === undefined) return;
				const { stdout } = spawnSync(program, [ops, "jemalloc"]);
				expect(String(stdout)).to.match(/^absent /);
			}),
		));

	it("are not there when their library is not", () => {
		expect(findLibrary("libno-such-thing.so")).to.equal(undefined);
	});
});
