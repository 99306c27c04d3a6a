import { expect } from "chai";
import { FreeFrames } from "../../../../kernel/replay/pages/free-frames";
import { ListOrder } from "../../../../kernel/replay/pages/list-order";
import { KPF_BUDDY } from "../../../../kernel/replay/snapshot/kpageflags";
import { flagsOf, kindsOf, logOf, oneZone } from "./support";

const zones = oneZone();
const FLAGS = flagsOf(
	[0x1000, 4, KPF_BUDDY],
	[0x1010, 4, KPF_BUDDY],
	[0x1020, 4, KPF_BUDDY],
);

function learn(text: string): ListOrder {
	const log = logOf(text);
	const free = new FreeFrames(FLAGS, zones.frames);
	return new ListOrder(log, kindsOf(log), zones, free);
}

describe("order of the free lists", () => {
	it("LO1: blocks are ranked by when they headed their list", () => {
		const { ranks, types } = learn(
			"locked 1010 o2 t1\nlocked 1000 o0 t1\nlocked 1001 o0 t1",
		);
		expect([...ranks]).to.deep.equal([
			[0x1010, 0],
			[0x1000, 1],
		]);
		expect(types.get(0x1000)).to.equal(1);
		expect(ranks.has(0x1020)).to.equal(false);
	});

	it("a fallback tells of the list before the take does", () => {
		const { ranks, types } = learn("fall 1010 o0<2 t0<1\nlocked 1010 o0 t0");
		expect(ranks.get(0x1010)).to.equal(-0.5);
		expect(types.get(0x1010)).to.equal(1);
	});

	it("what a fallback may have moved, or what merged, tells nothing", () => {
		expect(
			learn("fall 1010 o0<2 t0<1 whole\nlocked 1000 o0 t0").ranks.has(0x1000),
		).to.equal(false);
		const merged = learn(
			"free 1004 o2\ndrain 1004 o2\nlocked 1000 o3\nlocked 1010 o0",
		);
		expect(merged.ranks.has(0x1000)).to.equal(false);
		expect(merged.ranks.get(0x1010)).to.equal(3);
	});

	it("a take of what is not the lowest part of a free block is left out", () => {
		expect(learn("locked 1002 o0").ranks.size).to.equal(0);
	});
});
