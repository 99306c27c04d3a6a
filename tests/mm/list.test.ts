import { expect } from "chai";
import fc from "fast-check";
import type { Pfn } from "../../hw/units";
import { PageLists } from "../../mm/list";
import { PAGE_RECORD_BYTES, Pages } from "../../mm/page";

const FRAMES = 16;
const ANCHOR = 4; // somewhere inside somebody's words

function make() {
	const records = new Int32Array((FRAMES * PAGE_RECORD_BYTES) / 4);
	const pages = new Pages(records, FRAMES);
	const lists = new PageLists(pages);
	const words = new Int32Array(8);
	const forward = () => {
		const found: number[] = [];
		lists.each(words, ANCHOR, (pfn) => {
			found.push(pfn);
			return true;
		});
		return found;
	};
	const backward = () => {
		const found: number[] = [];
		const first = lists.head(words, ANCHOR);
		for (let at = lists.tail(words, ANCHOR); at !== 0; at = pages.prev(at)) {
			found.push(at);
			if (at === first) break; // what the head has before it means nothing
		}
		return found;
	};
	return { pages, lists, words, forward, backward };
}
const pfn = (n: number) => n as Pfn;

describe("lists of frames", () => {
	it("a zeroed anchor is an empty list", () => {
		const { lists, words, forward } = make();
		expect(lists.head(words, ANCHOR)).to.equal(0);
		expect(lists.popHead(words, ANCHOR)).to.equal(0);
		expect(forward()).to.deep.equal([]);
	});

	it("pushes at the head and at the tail", () => {
		const { lists, words, forward, backward } = make();
		lists.pushHead(words, ANCHOR, pfn(1));
		lists.pushHead(words, ANCHOR, pfn(2));
		lists.pushTail(words, ANCHOR, pfn(3));
		expect(forward()).to.deep.equal([2, 1, 3]);
		expect(backward()).to.deep.equal([3, 1, 2]);
	});

	it("takes off at either end and in the middle", () => {
		const { lists, words, forward, backward } = make();
		for (const n of [1, 2, 3, 4, 5]) lists.pushTail(words, ANCHOR, pfn(n));
		lists.remove(words, ANCHOR, pfn(3));
		expect(lists.popHead(words, ANCHOR)).to.equal(1);
		expect(lists.popTail(words, ANCHOR)).to.equal(5);
		expect(forward()).to.deep.equal([2, 4]);
		expect(backward()).to.deep.equal([4, 2]);
	});

	it("L1: the last one off leaves an empty list, whatever was its tail", () => {
		const { lists, words } = make();
		const takeOff = [
			() => lists.remove(words, ANCHOR, pfn(5)),
			() => lists.popHead(words, ANCHOR),
			() => lists.popTail(words, ANCHOR),
		];
		for (const off of takeOff) {
			lists.pushHead(words, ANCHOR, pfn(5));
			off();
			expect(lists.head(words, ANCHOR)).to.equal(0);
			expect(lists.tail(words, ANCHOR)).to.equal(0);
			lists.pushTail(words, ANCHOR, pfn(5));
			off();
			expect(lists.popHead(words, ANCHOR)).to.equal(0);
			expect(lists.popTail(words, ANCHOR)).to.equal(0);
		}
	});

	it("L2: taking the head off touches no other record", () => {
		const { lists, words, pages } = make();
		for (const n of [1, 2]) lists.pushTail(words, ANCHOR, pfn(n));
		const before = pages.prev(pfn(2));
		lists.popHead(words, ANCHOR);
		expect(pages.prev(pfn(2))).to.equal(before);
	});

	it("a visit may stop, and may take the visited frame off", () => {
		const { lists, words, forward } = make();
		for (const n of [1, 2, 3, 4]) lists.pushTail(words, ANCHOR, pfn(n));
		const seen: number[] = [];
		lists.each(words, ANCHOR, (n) => {
			seen.push(n);
			lists.remove(words, ANCHOR, n);
			return n !== 3;
		});
		expect(seen).to.deep.equal([1, 2, 3]);
		expect(forward()).to.deep.equal([4]);
	});

	it("does what an array does", () => {
		const command = fc.tuple(
			fc.constantFrom("head", "tail", "remove", "pop", "last"),
			fc.integer({ min: 1, max: FRAMES - 1 }),
		);
		fc.assert(
			fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
				const { lists, words, forward, backward } = make();
				const model: number[] = [];
				for (const [verb, n] of commands) {
					const at = model.indexOf(n);
					if (verb === "pop")
						expect(lists.popHead(words, ANCHOR)).to.equal(model.shift() ?? 0);
					else if (verb === "last")
						expect(lists.popTail(words, ANCHOR)).to.equal(model.pop() ?? 0);
					else if (verb === "remove" && at >= 0) {
						lists.remove(words, ANCHOR, pfn(n));
						model.splice(at, 1);
					} else if (verb === "head" && at < 0) {
						lists.pushHead(words, ANCHOR, pfn(n));
						model.unshift(n);
					} else if (verb === "tail" && at < 0) {
						lists.pushTail(words, ANCHOR, pfn(n));
						model.push(n);
					}
					expect(forward()).to.deep.equal(model);
					expect(backward()).to.deep.equal([...model].reverse());
				}
			}),
			{ numRuns: 60 },
		);
	});
});
