import { expect } from "chai";
import { GrowingNumbers } from "../../../../kernel/replay/objects/growing";

describe("a list of numbers that grows", () => {
	it("keeps what is pushed, however much", () => {
		const list = new GrowingNumbers();
		for (let n = 0; n < 1000; n++) list.push(n * 7);
		expect(list.length).to.equal(1000);
		for (let n = 0; n < 1000; n++) expect(list.at(n)).to.equal(n * 7);
	});

	it("counts at any index, from 0 on", () => {
		const list = new GrowingNumbers();
		list.add(300, 2);
		list.add(300, 3);
		list.set(5, 9);
		list.set(301, -1);
		expect(list.length).to.equal(302);
		expect(list.at(300)).to.equal(5);
		expect(list.at(5)).to.equal(9);
		expect(list.at(301)).to.equal(-1);
		expect(list.at(4)).to.equal(0);
	});
});
