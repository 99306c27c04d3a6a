import { expect } from "chai";
import { Attribution } from "../../../../kernel/replay/objects/attribution";
import { CacheList } from "../../../../kernel/replay/objects/cache-list";
import { Survey } from "../../../../kernel/replay/objects/survey";
import type { KmemEvent } from "../../../../kernel/replay/reading/event";
import { blocksOf } from "../../../../kernel/replay/snapshot/kpageflags";
import { EventMaker } from "./support";

const START = "SNAPSHOT-a READ-DONE kpageflags";
const KNOWN = [
	{ name: "dentry", aliases: [], size: 192 },
	{ name: "maple_node", aliases: [], size: 256 },
];

function surveyOf(make: EventMaker, events: readonly KmemEvent[]) {
	const caches = new CacheList(KNOWN);
	const attribution = new Attribution(make.names, caches, { sites: new Map() });
	const survey = new Survey(make.names, attribution, {
		startMark: START,
		blocks: blocksOf([50], [0]),
		ramEnd: 2 ** 20,
	});
	for (const event of events) survey.event(event);
	survey.finish();
	return { survey, caches };
}

const at = (pfn: number, index = 0, size = 192): number =>
	pfn * 4096 + index * size;

describe("the survey", () => {
	it("tells slabs that were made and given back since the start, by cache", () => {
		const make = new EventMaker();
		const { survey, caches } = surveyOf(make, [
			make.pages(8),
			make.alloc("f+0x1", 192, at(8)),
			make.mark(START),
			make.pages(9),
			make.alloc("f+0x1", 192, at(9)),
			make.pages(10), // never holds an object
			make.mark("later"),
			make.pages(11),
			make.alloc("g+0x1", 192, at(11)),
			make.free("dentry", at(9)),
			make.freePages(9),
			make.free("dentry", at(11)),
		]);
		const dentry = caches.find("dentry");
		expect(survey.answers().of(dentry)).to.include({ made: 2, freed: 1 });
		expect(survey.answers(undefined, "later").of(dentry)).to.include({
			made: 1,
			freed: 0,
		});
		expect(survey.answers("later").of(dentry)).to.include({
			made: 1,
			freed: 1,
		});
		expect(survey.isOld(survey.lives.candidate(0))).to.equal(true);
		expect(survey.lives.cache(survey.lives.candidate(0))).to.equal(dentry);
	});

	it("tells what was free at the start in slabs that existed then, even if they die", () => {
		const make = new EventMaker();
		const { survey } = surveyOf(make, [
			make.mark(START),
			make.free("dentry", at(50, 1)),
			make.alloc("f+0x1", 192, at(50, 2), { cpu: 1 }),
			make.free("dentry", at(50, 2)),
			make.freePages(50),
			make.pages(50),
			make.alloc("f+0x1", 192, at(50, 1)),
			make.alloc("f+0x1", 192, at(50, 3)),
		]);
		const { lows, free, length } = survey.log.atStart;
		const states = Array.from({ length }, (_, n) => [lows.at(n), free.at(n)]);
		expect(states).to.have.deep.members([
			[at(50, 1), 0],
			[at(50, 2), 1],
		]);
		const old = survey.log.atStart.lives.at(0);
		expect([survey.first.when(old), survey.first.cpu(old)]).to.deep.equal([
			3, 1,
		]);
	});

	it("learns callers from names on frees, and supposes their neighbours", () => {
		const make = new EventMaker();
		const named = make.alloc("f+0x1", 192, at(8));
		const beside = make.alloc("g+0x1", 192, at(8, 1));
		const { survey, caches } = surveyOf(make, [
			make.pages(8),
			named,
			make.free("dentry", at(8)),
			beside,
		]);
		const { attribution } = survey;
		for (const event of [named, beside])
			expect(attribution.ofCaller(attribution.caller(event))).to.equal(
				caches.find("dentry"),
			);
	});

	it("does not take a block of whole pages for a slab", () => {
		const make = new EventMaker();
		const { survey } = surveyOf(make, [
			make.pages(16, 2),
			make.kmalloc("kvmalloc_node+0x1", 16000, 16384, at(16)),
			make.kfree(at(16)),
		]);
		expect(survey.lives.isSlab(survey.lives.candidate(0))).to.equal(false);
	});

	it("finds requests for nodes by what comes back from them and comes free", () => {
		const make = new EventMaker();
		const node = (index: number) => at(50, index, 256);
		const ask = (index: number) =>
			make.alloc("mas_alloc_nodes+0x1", 256, node(index), { pid: 1 });
		const free = (site: string, index: number) =>
			make.free("maple_node", node(index), { pid: 1 }, `${site}+0x1`);
		const back = (index: number) => free("mas_destroy", index);
		const area = () => make.alloc("vm_area_alloc+0x1", 152, at(60, 0, 256));
		const { survey } = surveyOf(make, [
			make.mark(START),
			ask(9), // of an empty tree: nothing comes back
			...[area(), ask(0), back(0), back(1)],
			...[area(), ask(1), back(1), back(0)],
			free("rcu_do_batch", 5), // nobody was seen to take it
			free("__mt_destroy", 9),
		]);
		const { nodes, log } = survey;
		const counts = [0, 1, 2].map((request) => nodes.nodes(request));
		expect(counts).to.deep.equal([0, 3, 3]);
		expect(nodes.staying(1)[0]).to.equal(node(5));
		const { lows, free: states, length } = log.atStart;
		const wasFree = Array.from({ length }, (_, n) => [
			lows.at(n),
			states.at(n),
		]);
		expect(wasFree).to.have.deep.members([
			...[0, 1, 5, 9].map((index) => [node(index), 1]),
			[at(60, 0, 256), 1],
		]);
	});

	it("tells proofs of pages that go in bulk: by a thread that freed no object, while nobody shrinks", () => {
		const make = new EventMaker();
		const task = { interrupt: 0 };
		const open = (pfn: number) => [
			make.kmalloc("kernfs_fop_open+0xbe", 152, 192, 64),
			make.kmalloc("kernfs_fop_open+0x300", 72, 96, at(pfn)),
			make.kfree(64, task),
		];
		const goes = (pfn: number, changes = {}) =>
			Object.assign(make.freePages(pfn), { pid: 7 }, task, changes);
		const { survey } = surveyOf(make, [
			make.mark(START),
			...[20, 21, 22, 23, 24].flatMap(open),
			make.mark("SHRINK-c BEGIN", 9),
			goes(20),
			make.mark("SHRINK-c END", 9),
			goes(21, { interrupt: 1 }),
			make.kfree(at(22), { ...task, pid: 7 }),
			goes(22),
			make.alloc("f+0x1", 192, 128, { pid: 7 }),
			goes(23),
			goes(24, { interrupt: -1 }),
		]);
		const told = [0, 1, 2, 3, 4].map((nth) => survey.proofs.pageGoneBy(nth));
		expect(told.slice(0, 3).every((count) => count > 1e9)).to.equal(true);
		expect(told.slice(3), "the last is of no known context").to.deep.equal([
			5, 5,
		]);
	});

	it("counts the writes of a program that shrinks caches", () => {
		const make = new EventMaker();
		const write = () =>
			make.kmalloc("kernfs_fop_write_iter+0x183", 2, 8, 64, { pid: 9 });
		const { survey } = surveyOf(make, [
			write(),
			make.mark("SHRINK-c BEGIN", 9),
			write(),
			write(),
			make.mark("SHRINK-c END", 9),
		]);
		expect(survey.shrinks.writes).to.deep.equal([2]);
	});

	it("knows no slabs where pointers are hashed, and callers all the same", () => {
		const make = new EventMaker();
		const hashed = (event: KmemEvent): KmemEvent =>
			Object.assign(event, { high: 0 });
		const event = make.alloc("f+0x1", 192, 0x7777);
		const { survey, caches } = surveyOf(make, [
			make.mark(START),
			make.pages(8),
			hashed(event),
			hashed(make.free("dentry", 0x7777)),
		]);
		expect(survey.directMap.isKnown).to.equal(false);
		expect(survey.answers().caches()).to.deep.equal([]);
		const { attribution } = survey;
		expect(attribution.ofCaller(attribution.caller(event))).to.equal(
			caches.find("dentry"),
		);
	});

	it("starts with the first event where no mark is asked for, and passes over NULL", () => {
		const make = new EventMaker();
		const attribution = new Attribution(make.names, new CacheList(), {
			sites: new Map(),
		});
		const facts = { startMark: null, blocks: null, ramEnd: 2 ** 20 };
		const survey = new Survey(make.names, attribution, facts);
		survey.event(make.kfree(0));
		survey.event(make.alloc("f+0x1", 64, 0));
		expect(survey.startEpoch).to.equal(0);
		expect(survey.epochOf("nothing")).to.equal(-1);
		expect(survey.lives.size).to.equal(1);
	});
});
