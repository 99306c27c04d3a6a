import { expect } from "chai";
import { DirectMap } from "../../../../kernel/replay/objects/direct-map";
import { GraceProofs } from "../../../../kernel/replay/objects/grace-proofs";
import { HIGH } from "./support";

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

	it("tell how many had been put aside when a page went first with an object", () => {
		const proofs = new GraceProofs(new DirectMap(2 ** 30));
		for (let n = 0; n < 4; n++) proofs.add(5 * 4096 + n * 2048, HIGH); // frames 5 and 6
		proofs.pagesGo(5, 0);
		proofs.add(9 * 4096, HIGH);
		proofs.pagesGo(5, 0);
		proofs.pagesGo(6, 0);
		const told = [0, 1, 2, 3].map((nth) => proofs.pageGoneBy(nth));
		expect(told).to.deep.equal([4, 4, 5, 5]);
		expect(proofs.pageGoneBy(4)).to.be.greaterThan(1e9);
		expect(proofs.pageGoneBy(99)).to.be.greaterThan(1e9);
		expect(proofs.goneBy(0), "no address was given out").to.be.greaterThan(1e9);
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
