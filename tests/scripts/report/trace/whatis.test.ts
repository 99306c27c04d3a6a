import { expect } from "chai";
import type { Whatis } from "../../../../kernel/trace/ask/whatis";
import { drawWhatis } from "../../../../scripts/report/trace/whatis";
import { at, deed, plain } from "./sample";

const answer: Whatis = {
	address: 0x123045,
	pointer: "0xffff888000123045",
	pfn: 291,
	zone: "DMA",
	pageblock: "Unmovable",
	block: {
		head: 288,
		order: 3,
		use: "slab",
		type: "Unmovable",
		owner: null,
		since: deed(400),
	},
	slab: {
		cache: "kmalloc-64",
		pfn: 288,
		place: "current",
		cpu: 0,
		inUse: 12,
		objects: 512,
	},
	object: {
		index: 193,
		address: 0x123040,
		pointer: "0xffff888000123040",
		offset: 5,
		slotBytes: 64,
		inUse: true,
		bytes: 60,
		since: deed(450),
	},
};
const draw = (rest: Partial<Whatis>): string =>
	drawWhatis({ ...answer, ...rest }, at, plain).join("\n");

describe("a drawn address", () => {
	it("goes from the frame to the object", () => {
		const text = draw({});
		expect(text).to.match(/^0xffff888000123045 {2}after event 500/);
		expect(text).to.include("0x123045, byte 69 of frame 291");
		expect(text).to.include("288 .. 295 (order 3, Unmovable): slab\n");
		expect(text).to.include("of kmalloc-64, current on CPU 0, 12 of 512");
		expect(text).to.include("byte 5 of 64: in use, 60 bytes were asked for");
		expect(text).to.include("since event 450, tick 4, 0.000450 s");
	});

	it("says what is free, nobody's, or behind the last object", () => {
		const { object } = answer;
		const free = object && {
			...object,
			inUse: false,
			bytes: null,
			since: null,
		};
		expect(draw({ object: free })).to.match(/byte 5 of 64: free$/);
		expect(draw({ object: null })).to.include("the rest behind the last one");
		expect(draw({ block: null, slab: null, object: null })).to.include(
			"none: reserved since boot, or no memory",
		);
	});

	it("names whose memory it is", () => {
		const owner = { pid: 3, name: "worker" };
		const block = answer.block && { ...answer.block, use: "user", owner };
		expect(draw({ block, slab: null, object: null })).to.include(
			": user of worker(3)",
		);
	});
});
