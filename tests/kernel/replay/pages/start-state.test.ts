import { expect } from "chai";
import { FreeFrames } from "../../../../kernel/replay/pages/free-frames";
import { ListOrder } from "../../../../kernel/replay/pages/list-order";
import { RecordedLists } from "../../../../kernel/replay/pages/recorded-lists";
import {
	Stocker,
	startBlocks,
} from "../../../../kernel/replay/pages/start-state";
import { TypeEvidence } from "../../../../kernel/replay/pages/type-evidence";
import {
	KPF_BUDDY,
	KPF_LRU,
	KPF_SLAB,
} from "../../../../kernel/replay/snapshot/kpageflags";
import { flagsOf, kindsOf, logOf, oneZone } from "./support";

const zones = oneZone();
const FLAGS = flagsOf(
	[0x1000, 4, KPF_BUDDY],
	[0x1010, 4, KPF_BUDDY],
	[0x1200, 16],
	[0x1400, 16, KPF_LRU],
);
const types = new Uint8Array(17).fill(1);
types[9] = 0;

function stocker(seen: Uint8Array | null): Stocker {
	const idle = new FreeFrames(FLAGS, zones.frames).map.slice();
	return new Stocker(FLAGS, zones, types, idle, seen);
}

function follow(text: string): RecordedLists {
	const log = logOf(text);
	const kinds = kindsOf(log);
	const evidence = new TypeEvidence(log, kinds, zones.frames);
	const conditions = { isOpen: true, bulkZone: () => 0 };
	return new RecordedLists(log, kinds, zones, evidence, conditions);
}

describe("the start state", () => {
	it("ST1: blocks that headed their lists come first, the others by address", () => {
		const free = new FreeFrames(FLAGS, zones.frames);
		const plain = startBlocks(free, zones, types, null);
		expect(plain.map(({ pfn, type }) => [pfn, type])).to.deep.equal([
			[0x1000, 1],
			[0x1010, 1],
		]);
		const log = logOf("locked 1010 o0 t2");
		const order = new ListOrder(log, kindsOf(log), zones, free);
		const learned = startBlocks(free, zones, types, order);
		expect(learned.map(({ pfn, type }) => [pfn, type])).to.deep.equal([
			[0x1010, 2],
			[0x1000, 1],
		]);
	});

	it("without events, lists hold frames of which the flags say nothing, of the pageblock's type", () => {
		const guessed = stocker(null);
		guessed.stockGuessed(Int32Array.of(3, 0, 0, 0));
		expect(guessed.stocks).to.deep.equal([
			{ cpu: 0, order: 0, type: 0, pfns: [0x120f, 0x120e, 0x120d] },
		]);
		expect(guessed.guessedPages).to.equal(3);
	});

	it("learned pages are in their places, those that never show between them", () => {
		const learned = stocker(new Uint8Array(zones.frames));
		learned.stockLearned(
			follow("alloc 1201\nalloc 1202\ndrain 1205"),
			Int32Array.of(5, 0, 0, 0),
		);
		expect(learned.stocks).to.deep.equal([
			{
				cpu: 0,
				order: 0,
				type: 0,
				pfns: [0x1201, 0x1202, 0x120f, 0x120e, 0x1205],
			},
		]);
	});

	it("a list that was refilled hides nothing", () => {
		const learned = stocker(new Uint8Array(zones.frames));
		learned.stockLearned(
			follow("alloc 1201\nlocked 1000"),
			Int32Array.of(5, 0, 0, 0),
		);
		expect(learned.stocks).to.deep.equal([
			{ cpu: 0, order: 0, type: 0, pfns: [0x1201] },
		]);
	});

	it("ST2: what the flags show to be free is on no list", () => {
		const learned = stocker(new Uint8Array(zones.frames));
		learned.stockLearned(follow("alloc 1000\nlocked 1010"), new Int32Array(4));
		expect(learned.stocks).to.deep.equal([]);
	});

	it("ST3: what the flags show to be a slab is on no list", () => {
		const flags = flagsOf([0x1200, 16], [0x1210, 1, KPF_SLAB]);
		const idle = new FreeFrames(flags, zones.frames).map.slice();
		const seen = new Uint8Array(zones.frames);
		const learned = new Stocker(flags, zones, types, idle, seen);
		learned.stockLearned(follow("alloc 1210\nalloc 1201"), new Int32Array(4));
		expect(learned.stocks[0]!.pfns).to.deep.equal([0x1201]);
	});

	it("pages of bulk allocations that nothing names get a frame", () => {
		const lists = follow("hint 2\nalloc 1201");
		const seen = new Uint8Array(zones.frames);
		seen[0x120f] = 1;
		const learned = stocker(seen);
		learned.stockLearned(lists, new Int32Array(4));
		expect(learned.stocks[0]!.pfns).to.deep.equal([0x120e, 0x120d, 0x1201]);
		expect([...lists.bulks.values()][0]!.pfns).to.deep.equal([0x120e, 0x120d]);
	});
});
