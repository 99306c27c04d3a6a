import { expect } from "chai";
import { FreeFrames } from "../../../../kernel/replay/pages/free-frames";
import {
	KPF_BUDDY,
	KPF_SLAB,
} from "../../../../kernel/replay/snapshot/kpageflags";
import { flagsOf, kindsOf, logOf, oneZone } from "./support";

const zones = oneZone();
const blocksOf = (free: FreeFrames): string[] => {
	const blocks: string[] = [];
	free.eachBlock(zones.at(0), (pfn, order) => {
		blocks.push(`${pfn.toString(16)}/${order}`);
	});
	return blocks;
};

describe("free frames", () => {
	const flags = flagsOf(
		[0x1000, 8, KPF_BUDDY],
		[0x1008, 4, KPF_SLAB],
		[0x100c, 6, KPF_BUDDY],
	);

	it("FF2: make the largest aligned blocks", () => {
		const free = new FreeFrames(flags, zones.frames);
		expect(blocksOf(free)).to.deep.equal(["1000/3", "100c/2", "1010/1"]);
		expect(free.count(zones.at(0))).to.equal(14);
	});

	it("blocks end with their zone and at the largest order", () => {
		const all = new FreeFrames(
			flagsOf([0x1000, 0x1000, KPF_BUDDY]),
			zones.frames,
		);
		expect(blocksOf(all)).to.deep.equal([
			"1000/10",
			"1400/10",
			"1800/10",
			"1c00/10",
		]);
		const cut = oneZone({ spanned: 6 });
		const few: number[] = [];
		all.eachBlock(cut.at(0), (_, order) => few.push(order));
		expect(few).to.deep.equal([2, 1]);
	});

	it("FF1: go back and forth with the events", () => {
		const log = logOf("locked 1000 o2\ndrain 1008 o0\nfree 1009\nfree 2000 o4");
		const kinds = kindsOf(log);
		const free = new FreeFrames(flags, zones.frames);
		free.go(log, kinds, 0, 3);
		expect(blocksOf(free)).to.deep.equal([
			"1004/2",
			"1008/0",
			"100c/2",
			"1010/1",
		]);
		free.go(log, kinds, 3, 0);
		expect(blocksOf(free)).to.deep.equal(["1000/3", "100c/2", "1010/1"]);
		expect(free.contradictions).to.equal(0);
		free.go(logOf("locked 1008"), kinds, 0, 1);
		expect(free.contradictions).to.equal(1);
	});
});
