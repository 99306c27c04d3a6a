import { expect } from "chai";
import { GraceProofs } from "../../../../kernel/replay/objects/grace-proofs";

describe("proofs of how far a batch reached", () => {
	it("tell how many had been put aside when an address came again", () => {
		const proofs = new GraceProofs();
		for (let n = 1; n <= 4; n++) proofs.add(n, 0);
		proofs.reuse(3, 0);
		proofs.add(5, 0);
		proofs.reuse(1, 0);
		proofs.reuse(1, 0);
		expect(proofs.size).to.equal(5);
		expect(proofs.goneBy(2)).to.equal(4);
		expect(proofs.goneBy(0)).to.equal(5);
		expect(proofs.goneBy(1)).to.be.greaterThan(1e9);
		expect(proofs.goneBy(99)).to.be.greaterThan(1e9);
	});

	it("forget what was freed with an event", () => {
		const proofs = new GraceProofs();
		proofs.reuse(1, 0);
		proofs.add(1, 0);
		proofs.forget(1, 0);
		proofs.reuse(1, 0);
		expect(proofs.goneBy(0)).to.be.greaterThan(1e9);
	});
});
