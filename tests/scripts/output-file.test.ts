import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { writeOutput } from "../../scripts/output-file";

describe("output files", () => {
	let folder = "";
	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), "flagstone-output-"));
	});
	afterEach(() => rmSync(folder, { recursive: true, force: true }));

	it("are written whole, over what was there", () => {
		const path = join(folder, "a.svg");
		writeOutput(path, "old");
		writeOutput(path, "new");
		expect(readFileSync(path, "utf8")).to.equal("new");
		expect(readdirSync(folder)).to.deep.equal(["a.svg"]);
	});

	it("leave nothing behind where they cannot be written", () => {
		expect(() => writeOutput(join(folder, "no", "a.svg"), "x")).to.throw(
			Error,
			/a\.svg cannot be written \(ENOENT\)\.$/,
		);
		expect(() => writeOutput(folder, "x")).to.throw(/cannot be written/);
		expect(readdirSync(folder)).to.deep.equal([]);
	});
});
