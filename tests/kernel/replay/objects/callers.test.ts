import { expect } from "chai";
import { Callers, longer } from "../../../../kernel/replay/objects/callers";

describe("callers of a recording", () => {
	it("CL1: are equal when place and both sizes are", () => {
		const callers = new Callers();
		const first = callers.intern(3, 60, 64);
		expect(first).to.equal(1);
		expect(callers.intern(3, 60, 64)).to.equal(first);
		expect(callers.intern(3, 61, 64)).to.not.equal(first);
		expect(callers.intern(3, 60, 96)).to.not.equal(first);
		expect(callers.intern(-1, 60, 64)).to.not.equal(first);
		expect(callers.size).to.equal(5);
	});

	it("keep their numbers when there are many, and tell their parts", () => {
		const callers = new Callers();
		const numbers = Array.from({ length: 5000 }, (_, n) =>
			callers.intern(n, n * 2, n * 3),
		);
		expect(new Set(numbers).size).to.equal(5000);
		numbers.forEach((caller, n) => {
			expect(callers.intern(n, n * 2, n * 3)).to.equal(caller);
			expect(callers.site(caller)).to.equal(n);
			expect(callers.bytesRequested(caller)).to.equal(n * 2);
			expect(callers.bytesAllocated(caller)).to.equal(n * 3);
		});
	});

	it("have room that grows with what it is filled with", () => {
		expect([...longer(Int32Array.of(1, 2), 4)]).to.deep.equal([1, 2, 0, 0]);
		expect([...longer(Int32Array.of(1, 2), 3, -1)]).to.deep.equal([1, 2, -1]);
	});
});
