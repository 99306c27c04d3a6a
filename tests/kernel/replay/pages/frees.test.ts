import { expect } from "chai";
import {
	classifyFrees,
	FREE_ADOPTED,
	FREE_BATCHED,
	FREE_CONTENDED,
	FREE_EXACT,
	HeldLists,
} from "../../../../kernel/replay/pages/frees";
import { kindsOf, logOf } from "./support";

const bitsOf = (text: string, adoptEnd = 0): number[] => [
	...classifyFrees(logOf(text), 0x4000, adoptEnd).bits,
];

describe("kinds of frees", () => {
	it("a free that a batched one repeats waits for it", () => {
		expect(bitsOf("free 10\nfree 11\nbatched 10")).to.deep.equal([
			FREE_BATCHED,
			0,
			0,
		]);
	});

	it("a page that was handed out in between was not waiting", () => {
		expect(bitsOf("free 10\nalloc 10\nbatched 10")).to.deep.equal([0, 0, 0]);
	});

	it("late memory of boot: a huge block that nobody had, and what rises behind it", () => {
		const text = "free 400 o9\nfree 600 o0\nfree 601\nfree 500\nfree 700";
		expect(bitsOf(text, 5)).to.deep.equal([
			FREE_ADOPTED,
			FREE_ADOPTED,
			FREE_ADOPTED,
			0,
			0,
		]);
		expect(bitsOf(text), "not in a late recording").to.deep.equal([
			0, 0, 0, 0, 0,
		]);
	});

	it("late memory of boot: whatever its thread frees", () => {
		expect(bitsOf("free 10 late", 1)).to.deep.equal([FREE_ADOPTED]);
	});

	it("a huge block that was in use is no late memory", () => {
		expect(bitsOf("alloc 400 o9\nfree 400 o9", 2)).to.deep.equal([0, 0]);
	});

	it("an exact size gives back the rest of its block", () => {
		expect(bitsOf("alloc 10 o2\nfree 12\nfree 13\nfree 14")).to.deep.equal([
			0,
			FREE_EXACT,
			FREE_EXACT,
			0,
		]);
	});

	it("only to the block's end, of a block that is not compound, by the same task", () => {
		expect(bitsOf("alloc 10 o2\nfree 12\nfree 14")).to.deep.equal([0, 0, 0]);
		expect(bitsOf("alloc 10 o1 gfp=40000\nfree 11")).to.deep.equal([0, 0]);
		expect(bitsOf("alloc 10 o1\nfree 11 pid9")).to.deep.equal([0, 0]);
	});

	it("an interrupt that meets locked lists frees past them", () => {
		const text =
			"free 10\nfree 11\nbatched 10\nfree 20 soft depth2\nbatched 11\nfree 21 soft depth2";
		expect(bitsOf(text)).to.deep.equal([
			...[FREE_BATCHED, FREE_BATCHED, 0, FREE_CONTENDED, 0, 0],
		]);
		expect(bitsOf("locked 10\nfree 20 hard depth2")).to.deep.equal([
			0,
			FREE_CONTENDED,
		]);
		expect(bitsOf("locked 10\nfree 20 hard depth1")).to.deep.equal([0, 0]);
	});

	it("lists are held within a row of batched frees, and between those of the buddy lists and what follows", () => {
		const text =
			"free 10\nfree 11\nbatched 10\nfree 20 soft\nbatched 11\nlocked 12\nalloc 12";
		const log = logOf(text);
		const held = new HeldLists();
		const states = [0, 1, 2, 3, 4, 5, 6].map((at) => {
			held.entry(log, at, at < 2);
			return held.isHeld(0);
		});
		expect(states).to.deep.equal([
			...[false, false, true, true, false, true, false],
		]);
		expect(held.isHeld(1)).to.equal(false);
	});

	it("an allocation that an interrupt overtook stands behind its refill", () => {
		const log = logOf(
			"locked 10\nlocked 11\nfree 20 hard\nalloc 11 hard\nalloc 10",
		);
		classifyFrees(log, 0x4000, 0);
		expect([0, 1, 2, 3, 4].map((at) => log.ordinal(at))).to.deep.equal([
			0, 1, 4, 2, 3,
		]);
	});

	it("an array that is itself vmalloc'd announces the outer request", () => {
		const log = logOf(`hint 2\n${"locked 10\n".repeat(600)}alloc 10`);
		classifyFrees(log, 0x4000, 0);
		expect(log.outer(0)).to.equal(1024);
		const small = logOf(`hint 2\n${"locked 10\n".repeat(400)}alloc 10`);
		classifyFrees(small, 0x4000, 0);
		expect(small.outer(0)).to.equal(0);
	});

	it("FK1: direct frees are those that no list sees", () => {
		const log = logOf(
			"free 10\nfree 20 o4\nfree 400 o9\nalloc 10\nalloc 30 o1\nfree 31",
		);
		const kinds = kindsOf(log);
		expect([0, 1, 2, 3, 4, 5].map((at) => kinds.direct(at))).to.deep.equal([
			...[false, true, false, false, false, true],
		]);
		expect(kinds.part(5, 6).direct(0)).to.equal(true);
	});
});
