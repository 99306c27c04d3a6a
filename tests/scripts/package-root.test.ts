import { tmpdir } from "node:os";
import { join, parse } from "node:path";
import { expect } from "chai";
import { packageRoot } from "../../scripts/package-root";

describe("the package's folder", () => {
	it("is above the sources and above what is compiled from them", () => {
		const root = join(__dirname, "..", "..");
		expect(packageRoot()).to.equal(root);
		expect(packageRoot(join(root, "tests", "scripts"))).to.equal(root);
	});

	it("must be there", () => {
		expect(() => packageRoot(parse(tmpdir()).root)).to.throw("No package.json");
	});
});
