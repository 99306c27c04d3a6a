import { expect } from "chai";
import { tlsf } from "../../../scripts/bench/subjects/tlsf";
import { compileWasm } from "../../../scripts/bench/wasm";
import { EACH_SHAPE, withFolder, withOps } from "./samples";

describe("the WebAssembly competitor of the benchmark", () => {
	it("is compiled and runs streams of each shape", () =>
		withFolder(async (folder) => {
			const program = compileWasm(folder);
			expect(program).to.match(/\.wasm$/);
			for (const words of EACH_SHAPE)
				await withOps(words, async (path) => {
					const subject = await tlsf(program, path);
					expect(subject.round()).to.be.greaterThan(0);
				});
		}));
});
