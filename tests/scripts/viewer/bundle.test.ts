import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { readBundle } from "../../../scripts/viewer/bundle";

describe("the bundle", () => {
	it("is read from where the build left it", () => {
		const folder = mkdtempSync(join(tmpdir(), "flagstone-bundle-"));
		expect(() => readBundle(folder)).to.throw(
			"is not built; run `npm run build`",
		);
		for (const name of ["page.js", "page.css", "simulator.js"])
			writeFileSync(join(folder, name), name);
		expect(readBundle(folder)).to.deep.equal({
			script: "page.js",
			style: "page.css",
			simulator: "simulator.js",
		});
		rmSync(folder, { recursive: true });
	});
});
