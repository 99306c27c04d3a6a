import { expect } from "chai";
import { benchOptions } from "../../../scripts/bench/bench";

describe("options of the benchmark", () => {
	it("run everything into bench.json unless told otherwise", () => {
		expect(benchOptions([])).to.deep.equal({
			only: [],
			quick: false,
			json: "bench.json",
		});
	});

	it("choose sections", () => {
		const words = ["--only", "kmalloc", "--only", "boot", "--quick"];
		const options = benchOptions(words);
		expect(options.only).to.deep.equal(["kmalloc", "boot"]);
		expect(options.quick).to.equal(true);
	});

	it("refuse a section that there is not, and an unknown option", () => {
		expect(() => benchOptions(["--only", "speed"])).to.throw(
			"--only speed: no such section, there are kmalloc, pages, boot",
		);
		expect(() => benchOptions(["--fast"])).to.throw("--fast");
	});

	it("refuse a file in a folder that there is not, before anything is measured", () => {
		expect(() => benchOptions(["--json", "no/such/file.json"])).to.throw(
			"--json no/such/file.json: there is no folder no/such",
		);
	});
});
