import { expect } from "chai";
import { OPS, streamWords } from "../../../../scripts/bench/streams";
import { bareFreelist } from "../../../../scripts/bench/subjects/bare-freelist";
import { EACH_SHAPE, withOps } from "../samples";

describe("bare freelists as a subject", () => {
	it("run streams of every shape, round after round", async () => {
		for (const stream of EACH_SHAPE)
			await withOps(stream, (path) => {
				const subject = bareFreelist(path);
				expect(subject.round()).to.be.greaterThan(0);
				expect(subject.round()).to.be.greaterThan(0);
				expect(bareFreelist(path, "recorder").round()).to.be.greaterThan(0);
			});
	});

	it("serve what is larger than any class", () =>
		withOps(streamWords(OPS, 2, 1, 0, [9000, 4194304, -1, -2]), (path) => {
			expect(bareFreelist(path).round()).to.be.greaterThan(0);
		}));
});
