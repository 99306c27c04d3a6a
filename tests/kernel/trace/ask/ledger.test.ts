import { expect } from "chai";
import { GFP_KERNEL } from "../../../../kernel";
import {
	type Entry,
	Ledger,
	storeName,
} from "../../../../kernel/trace/ask/ledger";
import {
	FREE,
	RESERVED,
	SLAB,
	TRANSIT,
	WAITING,
} from "../../../../kernel/trace/fold/frames";
import type { Trace } from "../../../../kernel/trace/trace";
import { EV_CACHE_NEW } from "../../../../mm/events";
import { recordedTrace } from "../recorded";
import { playedTrace } from "./played";

/** Bytes in use as the fold knows them: objects, and blocks that hold none. */
function bytesInUse(trace: Trace, moment: number): number {
	const { frames, objects } = trace.foldAt(moment);
	let bytes = 0;
	for (const { active, size } of objects.all()) bytes += active * size;
	const idle = new Set<number>([RESERVED, FREE, WAITING, TRANSIT, SLAB]);
	frames.eachBlock((head, count) => {
		if (!idle.has(frames.state[head]!)) bytes += count * 4096;
	});
	return bytes;
}

const takenOf = (ledger: Ledger): number =>
	[...ledger.open.values()].reduce((sum, { taken }) => sum + taken, 0);

describe("the ledger", () => {
	for (const name of [
		"slab-life",
		"page-tables",
		"memory-full",
		"kmalloc-ladder",
	])
		it(`LG1: knows every byte in use in ${name}`, () => {
			const trace = recordedTrace(name);
			for (let part = 1; part <= 10; part++) {
				const moment = Math.floor(((trace.events - 1) * part) / 10);
				const ledger = new Ledger(trace, -1).run(moment);
				expect(takenOf(ledger)).to.equal(bytesInUse(trace, moment));
			}
		});

	it("knows the name of a cache whose letters stand before it", () => {
		const trace = recordedTrace("slab-life");
		const made = Array.from({ length: trace.events }, (_, event) =>
			trace.event(event),
		).findIndex(({ code }) => code === EV_CACHE_NEW);
		const ledger = new Ledger(trace, made - 1).run(made);
		const slot = trace.event(made).a;
		expect(ledger.cacheNames.get(slot)).to.equal("kmem_cache_node");
	});

	it("LG2: opens and closes an entry once", () => {
		const open = new Set<Entry>();
		const listener = {
			opened(entry: Entry) {
				expect(open.has(entry)).to.equal(false);
				open.add(entry);
			},
			changing() {},
			changed() {},
			closed(entry: Entry) {
				expect(open.delete(entry)).to.equal(true);
			},
		};
		const trace = recordedTrace("slab-life");
		const ledger = new Ledger(trace, -1, listener).run(trace.events - 1);
		expect(open.size).to.equal(ledger.open.size);
	});

	it("knows what pages became, and names it", () => {
		const trace = recordedTrace("page-tables");
		const kinds = new Set<string>();
		const note = (entry: Entry) => kinds.add(entry.kind);
		const listener = {
			opened: note,
			changing() {},
			changed: note,
			closed() {},
		};
		const ledger = new Ledger(trace, -1, listener).run(trace.events - 1);
		expect([...kinds].sort()).to.deep.equal([
			"object",
			"page table",
			"pages",
			"stack",
			"user",
		]);
		const [first] = ledger.open.values();
		expect(storeName(first!, ledger)).to.equal("kmem_cache");
		expect(storeName({ ...first!, kind: "kmalloc" }, ledger)).to.equal(
			"kmalloc-large",
		);
	});

	it("may begin anywhere: what was there before is not in it", () => {
		const trace = recordedTrace("slab-life");
		const ledger = new Ledger(trace, 1000).run(trace.events - 1);
		for (const { event } of ledger.open.values())
			expect(event).to.be.greaterThan(1000);
		expect(ledger.cacheNames.get(32)).to.equal("kmem_cache");
		expect(ledger.taskNames.get(1)).to.equal("biologist");
	});

	it("follows a block that is split into single pages", () => {
		const trace = playedTrace({ memory: "16M" }, (kernel) => {
			const pfn = kernel.allocPages(5, GFP_KERNEL);
			kernel.mm.allocator.splitPages(pfn, 5);
			kernel.freePages(pfn, 0);
		});
		const ledger = new Ledger(trace, -1).run(trace.events - 1);
		const pages = [...ledger.open.values()].filter(({ isPart }) => isPart);
		expect(pages).to.have.length(31);
		expect(takenOf(ledger)).to.equal(bytesInUse(trace, trace.events - 1));
	});
});
