import { expect } from "chai";
import { assert, KernelPanic, panic } from "../../hw/panic";

describe("a panic", () => {
	it("stops the kernel with its sentence", () => {
		const text = "buddy: B3 pfn 77 already free";
		expect(() => panic(text)).to.throw(KernelPanic, text);
	});

	it("is an error of its own kind", () => {
		const failure = new KernelPanic("x");
		expect(failure).to.be.instanceOf(Error);
		expect(failure.name).to.equal("KernelPanic");
		expect(String(failure)).to.equal("KernelPanic: x");
		expect(new Error("x")).not.to.be.instanceOf(KernelPanic);
	});
});

describe("an assertion", () => {
	it("says nothing while its condition holds", () => {
		expect(() => assert(true, "never seen")).not.to.throw();
	});

	it("panics when it does not", () => {
		expect(() => assert(false, "L1 broken")).to.throw(KernelPanic, "L1 broken");
	});

	it("tells the compiler what is known afterwards", () => {
		const value: number | undefined = [7][0];
		assert(value !== undefined, "there is one");
		expect(value.toFixed(0)).to.equal("7");
	});
});
