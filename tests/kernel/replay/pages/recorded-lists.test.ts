import { expect } from "chai";
import fc from "fast-check";
import {
	bulkPages,
	type RecordedList,
	RecordedLists,
} from "../../../../kernel/replay/pages/recorded-lists";
import { TypeEvidence } from "../../../../kernel/replay/pages/type-evidence";
import { kindsOf, logOf, oneZone } from "./support";

function follow(text: string, isOpen = false): RecordedLists {
	const zones = oneZone({ pagesets: Array.from({ length: 2 }) as never });
	const log = logOf(text);
	const kinds = kindsOf(log);
	const evidence = new TypeEvidence(log, kinds, zones.frames);
	return new RecordedLists(log, kinds, zones, evidence, {
		isOpen,
		bulkZone: () => 0,
	});
}

/** List of CPU 0 for single pages of a type. */
const listOf = (lists: RecordedLists, type: number): RecordedList =>
	lists.lists[type]!;
const lostIn = (lists: RecordedLists): [number, number][] =>
	lists.lost.map(({ at, pfn }) => [at, pfn]);
const namesIn = (lists: RecordedLists): number[][] =>
	[...lists.bulks.values()].map(({ pfns }) => pfns);

describe("recorded lists", () => {
	it("refill to the tail, take from the head, free to the head", () => {
		const lists = follow(
			"locked 1000\nlocked 1001\nalloc 1000\nfree 1000\nalloc 1000\nalloc 1001",
		);
		expect(lists.lost).to.deep.equal([]);
		expect(lists.odd).to.equal(0);
	});

	it("a page that is not the head: those before it were taken unseen", () => {
		const lists = follow(
			"locked 1000\nlocked 1001\nlocked 1002\nlocked 1003\nalloc 1002",
		);
		expect(lostIn(lists)).to.deep.equal([
			[4, 0x1000],
			[4, 0x1001],
		]);
	});

	it("a refill shows that the list was empty", () => {
		const lists = follow(
			"locked 1000\nlocked 1001\nalloc 1000\nlocked 1002\nlocked 1003",
		);
		expect(lostIn(lists)).to.deep.equal([[3, 0x1001]]);
	});

	it("frees go to the list of their pageblock's type, batched ones when they are batched", () => {
		const lists = follow(
			"free 1000\nfree 1001\nbatched 1001\nbatched 1000\nalloc 1000 t2\nalloc 1001 t2",
		);
		expect(lists.odd).to.equal(0);
		expect(lists.lost).to.deep.equal([]);
		expect(lists.listFrees.map(({ count }) => count)).to.deep.equal([1, 2]);
	});

	it("RL2: what was there before is learned from its head and its tail, up to the first refill", () => {
		const lists = follow(
			"alloc 1005\nalloc 1003\ndrain 1009\ndrain 1008\nlocked 1010\nalloc 1004",
			true,
		);
		const list = listOf(lists, 0);
		expect(list.startPages()).to.deep.equal([0x1005, 0x1003, 0x1008, 0x1009]);
		expect(list.isOpen).to.equal(false);
		expect(listOf(lists, 1).isOpen).to.equal(true);
	});

	it("an announced bulk allocation takes what is there and what the refills bring", () => {
		const lists = follow(
			"locked 1000\nlocked 1001\nalloc 1000\nhint 3\nlocked 1002\nlocked 1003\nlocked 1004\nalloc 1004",
		);
		expect(namesIn(lists)).to.deep.equal([[0x1001, 0x1002, 0x1003]]);
		expect(lists.lost).to.deep.equal([]);
	});

	it("another task in between: it goes on before the next event of its own", () => {
		const lists = follow(
			"locked 1000\nlocked 1001\nalloc 1000\nhint 3 pid5\nalloc 1099 t1 pid6\nfree 1098 pid5\nlocked 1002 pid5\nlocked 1003 pid5",
		);
		const [bulk] = [...lists.bulks.values()];
		expect(bulk!.cuts).to.deep.equal([{ taken: 1, resumesAt: 5 }]);
		expect(bulk!.pfns).to.deep.equal([0x1001, 0x1002, 0x1003]);
	});

	it("an allocation of a page that it was given: it was cut before", () => {
		const lists = follow(
			"locked 1000\nlocked 1001\nlocked 1002\nalloc 1000\nhint 2 pid5\nalloc 1001 pid6\nfree 1050 pid5",
		);
		const [bulk] = [...lists.bulks.values()];
		expect(bulk!.cuts).to.deep.equal([{ taken: 0, resumesAt: 6 }]);
		expect(bulk!.pfns[0]).to.equal(0x1002);
	});

	it("pages that it took from the start are named when they are freed in a row", () => {
		const lists = follow(
			"hint 3\nalloc 1030\nfree 1009\nfree 1007\nfree 1005",
			true,
		);
		expect(namesIn(lists)).to.deep.equal([[0x1009, 0x1007, 0x1005]]);
		expect(listOf(lists, 0).startPages()).to.deep.equal([
			0x1009, 0x1007, 0x1005, 0x1030,
		]);
	});

	it("or beside one whose name is known", () => {
		const lists = follow(
			"hint 3\nlocked 1010\nlocked 1011\nalloc 1011\nfree 1020\nfree 1021\nfree 1010",
			true,
		);
		expect(namesIn(lists)).to.deep.equal([[0x1020, 0x1021, 0x1010]]);
	});

	it("a drain that leaves nothing was a drain of everything", () => {
		const text =
			"locked 1000\nlocked 1001\nalloc 1000\nalloc 1050 t1\ndrain 1001";
		expect(follow(text).drains).to.deep.equal([{ at: 4, cell: 0 }]);
		const byOrder =
			"locked 1000 o1\nalloc 1000 o1\nfree 1000 o1\ndrain 1000 o1 t1";
		expect(follow(byOrder).drains).to.deep.equal([]);
	});

	it("lists of other CPUs are other lists", () => {
		const lists = follow(
			"locked 1000 cpu1\nlocked 1001 cpu0\nalloc 1001 cpu0\nalloc 1000 cpu1",
		);
		expect(lists.odd).to.equal(0);
		expect(lists.lost).to.deep.equal([]);
	});

	it("a chunk of one page is no bulk allocation", () => {
		expect([1, 2, 100, 101, 102, 1024].map(bulkPages)).to.deep.equal([
			0, 2, 100, 100, 102, 1024,
		]);
	});

	it("any row of events is followed to its end", () => {
		const line = fc
			.tuple(
				fc.constantFrom(
					"alloc",
					"free",
					"batched",
					"locked",
					"drain",
					"hint",
					"fall",
				),
				fc.integer({ min: 0x0ffe, max: 0x1010 }),
				fc.constantFrom(0, 0, 0, 1, 3, 9),
				fc.integer({ min: 0, max: 4 }),
				fc.integer({ min: 0, max: 2 }),
			)
			.map(([kind, pfn, order, type, who]) =>
				kind === "hint"
					? `hint ${type + 1} pid${who}`
					: `${kind} ${pfn.toString(16)} o${order} t${type} cpu${who & 1} pid${who} ${kind === "fall" ? "whole" : ""}`,
			);
		fc.assert(
			fc.property(
				fc.array(line, { maxLength: 60 }),
				fc.boolean(),
				(lines, isOpen) => {
					follow(lines.join("\n"), isOpen);
				},
			),
			{ numRuns: 300 },
		);
	});
});
