import { expect } from "chai";
import {
	NOBODY,
	NodeQueue,
} from "../../../../kernel/replay/objects/node-queue";

const any = (): boolean => true;

describe("the queue of nodes that were replaced", () => {
	it("gives them in the order of their changes, by CPU", () => {
		const queue = new NodeQueue();
		queue.push(0, 7);
		queue.push(1, 3);
		queue.push(0, 5);
		expect([queue.next(0, any), queue.next(0, any)]).to.deep.equal([7, 5]);
		expect([queue.next(1, any), queue.next(1, any)]).to.deep.equal([3, -1]);
		expect(queue.next(2, any)).to.equal(-1);
	});

	it("NQ1: passes over for good what stands before a node that was met", () => {
		const queue = new NodeQueue();
		for (const taker of [7, 5, 9]) queue.push(0, taker);
		expect(queue.next(0, (it) => it === 5)).to.equal(5);
		expect(queue.next(0, (it) => it === 7)).to.equal(-1);
		expect(queue.next(0, any)).to.equal(9);
	});

	it("knows how far the callbacks are by a node that was seen to be taken", () => {
		const queue = new NodeQueue();
		queue.push(0, 7);
		queue.push(0, queue.mark(64, 0));
		queue.push(0, NOBODY);
		queue.push(0, 9);
		queue.freed(0, 32, 0); // nobody saw it
		queue.freed(0, 64, 0);
		expect([queue.next(0, any), queue.next(0, any)]).to.deep.equal([9, -1]);
	});
});
