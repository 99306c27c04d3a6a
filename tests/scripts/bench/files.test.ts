import { existsSync } from "node:fs";
import { expect } from "chai";
import { benchFile } from "../../../scripts/bench/files";

describe("files of the benchmark", () => {
	it("are found in the package", () => {
		for (const name of ["boot-stream.bin.gz", "native/alloc-bench.c"])
			expect(existsSync(benchFile(name)), name).to.equal(true);
	});
});
