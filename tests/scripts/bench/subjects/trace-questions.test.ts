import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { traceQuestions } from "../../../../scripts/bench/subjects/trace-questions";

describe("a large trace as a subject", () => {
	const folder = mkdtempSync(join(tmpdir(), "flagstone-"));
	after(() => rmSync(folder, { recursive: true }));

	for (const what of ["write", "fold", "open", "ask"])
		it(`is measured: ${what}`, () => {
			const subject = traceQuestions(what, "20000", folder);
			expect(subject.round()).to.be.greaterThan(0);
		});
});
