import { expect } from "chai";
import { DirectMap } from "../../../../kernel/replay/objects/direct-map";
import { WaitingObjects } from "../../../../kernel/replay/objects/waiting-objects";
import { HIGH } from "./support";

const there = (frame: number, offset: number): [number, number] => [
	frame * 4096 + offset,
	HIGH,
];

describe("objects that wait", () => {
	const make = () => new WaitingObjects(new DirectMap(2 ** 30));

	it("are found by their pointers, with the number that they had last", () => {
		const waiting = make();
		waiting.add(...there(5, 96), 1);
		waiting.add(...there(5, 96), 2);
		expect(waiting.size).to.equal(1);
		expect(waiting.has(...there(5, 192))).to.equal(false);
		expect(waiting.take(...there(5, 96))).to.equal(true);
		expect(waiting.number).to.equal(2);
		expect(waiting.take(...there(5, 96))).to.equal(false);
	});

	it("WO1: are found by the block where they lie, as long as they wait", () => {
		const waiting = make();
		waiting.add(...there(5, 96), 1);
		waiting.add(...there(5, 96), 2);
		waiting.add(...there(6, 0), 3);
		waiting.add(...there(8, 0), 4);
		expect(waiting.inBlock(4, 1)).to.deep.equal(there(5, 96));
		expect(waiting.inBlock(4, 2)).to.have.length(4);
		waiting.take(...there(5, 96));
		expect(waiting.inBlock(4, 1)).to.deep.equal([]);
		expect(waiting.inBlock(4, 2)).to.deep.equal(there(6, 0));
		expect(waiting.inBlock(0, 10), "no slab is so large").to.deep.equal([]);
	});

	it("lie nowhere where pointers are hashed", () => {
		const waiting = new WaitingObjects(null);
		waiting.add(...there(5, 96), 1);
		expect(waiting.inBlock(4, 2)).to.deep.equal([]);
		expect(waiting.has(...there(5, 96))).to.equal(true);
	});
});
