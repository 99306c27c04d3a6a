import { expect } from "chai";
import { kmalloc } from "../../../../scripts/bench/subjects/kmalloc";
import { FEW_OPS, withOps } from "../samples";

const FEW_OPS_COUNT = 6; // three objects, allocated and freed

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

	it("counts what is recorded", () =>
		withOps(FEW_OPS, async (path) => {
			const subject = kmalloc(path, "events");
			const events = subject.round();
			expect(events).to.be.at.least(FEW_OPS_COUNT);
			expect(subject.round()).to.be.at.least(FEW_OPS_COUNT);
		}));
});
