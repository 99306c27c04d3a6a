import { expect } from "chai";
import type { Pfn } from "../../../../hw/units";
import { boot } from "../../../../kernel/boot";
import { fillGround } from "../../../../kernel/replay/pages/fill";
import type { StartState } from "../../../../kernel/replay/pages/start-state";
import {
	KPF_BUDDY,
	KPF_COMPOUND_HEAD,
	KPF_COMPOUND_TAIL,
	KPF_RESERVED,
	KPF_SLAB,
} from "../../../../kernel/replay/snapshot/kpageflags";
import { flagsOf, oneZone } from "./support";

const BOOKS = 0x1800; // frame from which on boot may use memory

/** A kernel of 32 MiB in whose upper 8 MiB nothing is handed out, as ground.ts leaves it. */
function ground() {
	const kernel = boot({ memory: "32M" });
	const { allocator, pages, blocks } = kernel.mm;
	for (const { zone, buddy, pcp } of allocator.zones) {
		pcp.drain(0);
		for (let order = 10; order >= 0; order--)
			for (let type = 0; type < 5; type++) {
				let pfn = buddy.takeOfType(order, type);
				for (; pfn !== 0; pfn = buddy.takeOfType(order, type)) {
					pages.clear(pfn);
					zone.setManaged(zone.managed - 2 ** order);
				}
			}
	}
	return { kernel, blocks, pages };
}

describe("filling a ground", () => {
	const { kernel, blocks, pages } = ground();
	const first = [...Array(0x800).keys()]
		.map((n) => BOOKS + n)
		.find((pfn) => pfn % 32 === 0 && vacant(pfn, 32))!;

	function vacant(pfn: number, count: number): boolean {
		for (let at = pfn; at < pfn + count; at++)
			if (pages.refcount(at as Pfn) !== 0 || pages.flags(at as Pfn) !== 0)
				return false;
		return true;
	}

	it("FI1: puts blocks, pages on lists and frames in use where they were", () => {
		const zones = oneZone();
		const types = new Uint8Array(32).fill(2);
		const idle = new Uint8Array(zones.frames);
		idle.fill(1, first, first + 10);
		const start: StartState = {
			...{ flavour: "learned", zones, types, idle, guessedPages: 0 },
			blocks: [
				{ pfn: first + 4, order: 2, type: 1 },
				{ pfn: first, order: 2, type: 1 },
			],
			stocks: [{ cpu: 0, order: 0, type: 2, pfns: [first + 9, first + 8] }],
		};
		const flags = flagsOf(
			[first, 8, KPF_BUDDY],
			[first + 8, 4],
			[first + 12, 1, KPF_COMPOUND_HEAD],
			[first + 13, 3, KPF_COMPOUND_TAIL],
			[first + 16, 1, KPF_SLAB],
			[first + 17, 1, KPF_RESERVED],
		);
		const map = fillGround(kernel, start, flags);
		const { zone, pcp } = kernel.mm.allocator.zones.at(-1)!;
		expect(zone.free).to.equal(8);
		expect(zone.freeBlocks(3), "they merged: neighbours").to.equal(1);
		expect(blocks.type(first as Pfn)).to.equal(2);
		expect(pcp.state(0).count).to.equal(2);
		expect(zone.statThreshold).to.equal(2);
		expect(pages.order((first + 12) as Pfn)).to.equal(2);
		expect(pages.head((first + 14) as Pfn)).to.equal(first + 12);
		expect(pages.refcount((first + 10) as Pfn)).to.equal(1);
		expect(pages.refcount((first + 16) as Pfn), "FI2").to.equal(0);
		expect(pages.refcount((first + 17) as Pfn)).to.equal(0);
		expect(map.take(first + 10, 0)).to.equal(first + 10);
		expect(map.take(first + 12, 2)).to.equal(first + 12);
		expect(map.take(first + 9, 0), "on a list").to.equal(0);
		expect(kernel.check()).to.deep.equal([]);
	});
});
