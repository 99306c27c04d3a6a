import {
	linkSync,
	lstatSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import {
	refuseInput,
	removeOutput,
	writeOutput,
} from "../../scripts/output-file";

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

	it("are written piece by piece, and not at all when a piece fails", () => {
		const path = join(folder, "a.csv");
		writeOutput(path, ["a", Uint8Array.of(98), "c"]);
		expect(readFileSync(path, "utf8")).to.equal("abc");
		function* failing(): Generator<string> {
			yield "x";
			throw new Error("no more");
		}
		expect(() => writeOutput(path, failing())).to.throw("no more");
		expect(readFileSync(path, "utf8")).to.equal("abc");
		expect(readdirSync(folder)).to.deep.equal(["a.csv"]);
	});

	it("are the file behind a link, which stays a link", () => {
		const path = join(folder, "a.svg");
		const link = join(folder, "b.svg");
		writeFileSync(path, "old");
		symlinkSync(path, link);
		writeOutput(link, "new");
		expect(lstatSync(link).isSymbolicLink()).to.equal(true);
		expect(readFileSync(path, "utf8")).to.equal("new");
	});

	it("OF1: are no reason to replace or remove what is no file", function () {
		if (process.platform === "win32") this.skip();
		const link = join(folder, "null");
		symlinkSync("/dev/null", link);
		writeOutput(link, "x");
		expect(lstatSync(link).isSymbolicLink()).to.equal(true);
		removeOutput(link);
		removeOutput(folder);
		expect(readdirSync(folder)).to.deep.equal(["null"]);
	});

	it("OF2: are refused where they would overwrite what is read", () => {
		const path = join(folder, "a.yaml");
		const other = join(folder, "b.yaml");
		refuseInput(path, [path]); // neither is there
		writeFileSync(path, "");
		linkSync(path, other);
		refuseInput(join(folder, "c"), [path]);
		for (const output of [path, other, `${folder}/./a.yaml`])
			expect(() => refuseInput(output, ["nowhere", path])).to.throw(
				`${output} is what is being read: name another file for the output.`,
			);
	});
});
