import { expect } from "chai";
import { kmalloc } from "../../../../scripts/bench/subjects/kmalloc";
import { FEW_OPS, withOps } from "../samples";

describe("Flagstone's kmalloc as a subject", () => {
	it("runs ops, round after round", () =>
		withOps(FEW_OPS, async (path) => {
			const subject = kmalloc(path);
			expect(subject.round()).to.be.greaterThan(0);
			expect(subject.round()).to.be.greaterThan(0);
		}));

	it("runs with the flight recorder", () =>
		withOps(FEW_OPS, async (path) => {
			expect(kmalloc(path, "recorder").round()).to.be.greaterThan(0);
		}));
});
