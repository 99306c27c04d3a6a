import { expect } from "chai";
import fc from "fast-check";
import type { Pfn } from "../../hw/units";
import { FreeAreas } from "../../mm/free-area";
import { PageLists } from "../../mm/list";
import { PAGE_RECORD_BYTES, Pages, PG_BUDDY } from "../../mm/page";
import { ZONE_WORDS, Zone } from "../../mm/zone";

const START = 64;
const FRAMES = 192;
const pfn = (n: number) => n as Pfn;

function make() {
	const frames = START + FRAMES;
	const records = new Int32Array((frames * PAGE_RECORD_BYTES) / 4);
	const pages = new Pages(records, frames);
	const zone = new Zone(new Int32Array(ZONE_WORDS));
	zone.init(0, 2, START, FRAMES);
	const areas = new FreeAreas(pages, zone);
	const lists = new PageLists(pages);
	const list = (order: number, type: number) => {
		const found: number[] = [];
		lists.each(zone.words, zone.listAt(order, type), (block) => {
			found.push(block);
			return true;
		});
		return found;
	};
	return { pages, zone, areas, lists, list };
}

describe("free areas", () => {
	it("FA1: a block is on the list that its first frame names", () => {
		const { pages, areas, list } = make();
		areas.push(pfn(72), 3, 2, false);
		expect(list(3, 2)).to.deep.equal([72]);
		expect(pages.flags(pfn(72))).to.equal(PG_BUDDY);
		expect([pages.order(pfn(72)), pages.type(pfn(72))]).to.deep.equal([3, 2]);
		expect(areas.head(3, 2)).to.equal(72);
		expect(areas.head(3, 1)).to.equal(0);
	});

	it("a block is free at its own order only, and only within the zone", () => {
		const { pages, zone, areas } = make();
		areas.push(pfn(72), 3, 2, false);
		expect(
			[2, 3, 4].map((order) => areas.isFree(pfn(72), order)),
		).to.deep.equal([false, true, false]);
		expect(areas.isListed(pfn(72))).to.equal(true);
		expect(areas.isListed(pfn(73))).to.equal(false);
		expect(areas.isFree(pfn(START + FRAMES), 3)).to.equal(false);
		const below = new Zone(new Int32Array(ZONE_WORDS));
		below.init(0, 1, 0, START);
		new FreeAreas(pages, below).push(pfn(56), 3, 2, false);
		expect(areas.isFree(pfn(56), 3), "the neighbour's").to.equal(false);
		expect(zone.freeBlocks(3)).to.equal(1);
	});

	it("FA3: what is taken has the order of the request and is on no list; what merges says nothing", () => {
		const { pages, areas, list } = make();
		areas.push(pfn(64), 4, 1, false);
		areas.push(pfn(96), 2, 1, false);
		expect(areas.takeHead(4, 1, 2)).to.equal(64);
		expect(areas.takeHead(4, 1, 2)).to.equal(0);
		expect([pages.order(pfn(64)), pages.type(pfn(64))]).to.deep.equal([2, 1]);
		expect(pages.flags(pfn(64))).to.equal(0);
		areas.remove(pfn(96), 2);
		expect([pages.flags(pfn(96)), pages.order(pfn(96))]).to.deep.equal([0, 0]);
		expect(list(2, 1)).to.deep.equal([]);
		areas.push(pfn(96), 2, 1, false);
		areas.silence(pfn(96));
		expect(areas.isListed(pfn(96))).to.equal(false);
	});

	it("FA2: any sequence of commands gives the lists and counts of the obvious model", () => {
		const command = fc.record({
			slot: fc.nat(11),
			type: fc.nat(4),
			behind: fc.boolean(),
			takes: fc.boolean(),
		});
		fc.assert(
			fc.property(fc.array(command, { maxLength: 120 }), (commands) => {
				const { zone, areas, lists, list } = make();
				const model: number[][] = [[], [], [], [], []];
				for (const { slot, type, behind, takes } of commands) {
					const block = START + 16 * slot;
					const owner = model.find((blocks) => blocks.includes(block));
					if (owner !== undefined) {
						areas.remove(pfn(block), 4);
						owner.splice(owner.indexOf(block), 1);
					} else if (takes) {
						const first = model[type]!.shift() ?? 0;
						expect(areas.takeHead(4, type, 4)).to.equal(first);
					} else {
						areas.push(pfn(block), 4, type, behind);
						if (behind) model[type]!.push(block);
						else model[type]!.unshift(block);
					}
					model.forEach((blocks, of) => {
						expect(list(4, of)).to.deep.equal(blocks);
						const tail = lists.tail(zone.words, zone.listAt(4, of));
						expect(tail).to.equal(blocks.at(-1) ?? 0);
					});
					expect(zone.freeBlocks(4)).to.equal(model.flat().length);
				}
			}),
		);
	});
});
