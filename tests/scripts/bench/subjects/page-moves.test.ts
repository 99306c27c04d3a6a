import { expect } from "chai";
import { browserPath } from "../../../../scripts/bench/browser";
import { pageMoves } from "../../../../scripts/bench/subjects/page-moves";
import { bundleViewer } from "../../viewer/browser";
import { withFolder } from "../samples";

describe("the page as a subject", function () {
	this.timeout(120_000);

	for (const what of ["size", "jump", "step"])
		it(`is measured: ${what}`, async function () {
			if (what !== "size" && browserPath() === null) this.skip();
			await withFolder(async (folder) => {
				const viewer = await bundleViewer(folder);
				const subject = await pageMoves(what, "20000", folder, viewer);
				expect(await subject.round()).to.be.greaterThan(0);
				subject.stop?.();
			});
		});
});
