import { expect } from "chai";
import { MIB } from "../../../../hw/units";
import { bootTypes } from "../../../../kernel/replay/pages/boot-types";
import { FreeFrames } from "../../../../kernel/replay/pages/free-frames";
import {
	KPF_BUDDY,
	KPF_RESERVED,
} from "../../../../kernel/replay/snapshot/kpageflags";
import type { RecordedMachine } from "../../../../kernel/replay/snapshot/machine";
import { flagsOf, zonesOf } from "./support";

const map = { imageStart: 16 * MIB, imageEnd: 24 * MIB };
const ramDisk = { start: 60 * MIB, end: 61 * MIB };
const IMAGE_END = map.imageEnd / 4096;
const END = 16384;
const zones = zonesOf(
	{ zone: "DMA", startPfn: 1, spanned: 4095 },
	{ zone: "DMA32", startPfn: 4096, spanned: END - 4096 },
);

/** Types of the pageblocks from the end of the image on. */
function typesOf(
	used: number[][],
	late = new Uint8Array(END),
	free = true,
): number[] {
	const machine = { map, ramDisk } as unknown as RecordedMachine;
	const flags = flagsOf([1, END - 1, ...(free ? [KPF_BUDDY] : [])]);
	const frames = new FreeFrames(flags, END);
	for (const [first, count] of used)
		frames.map.fill(0, first!, first! + count!);
	return [...bootTypes(machine, flags, zones, frames, late)];
}

describe("types of pageblocks at the beginning of a boot", () => {
	const block = IMAGE_END >> 9;

	it("all are movable but the one of frame 0", () => {
		const types = typesOf([]);
		expect(types[0]).to.equal(0);
		expect(new Set(types.slice(1))).to.deep.equal(new Set([1]));
	});

	it("pairs with frames in use were stolen", () => {
		const types = typesOf([[IMAGE_END, 1024]]);
		expect(types.slice(block, block + 4)).to.deep.equal([0, 0, 1, 1]);
	});

	it("the last of several that still have free frames is the reclaimable one", () => {
		const types = typesOf([
			[IMAGE_END, 1024],
			[IMAGE_END + 1024, 5],
			[IMAGE_END + 2048, 5],
		]);
		expect(types.slice(block, block + 6)).to.deep.equal([0, 0, 0, 0, 2, 2]);
		expect(
			typesOf([[IMAGE_END + 1024, 5]])[block + 2],
			"alone it is not",
		).to.equal(0);
	});

	it("reserved frames are not in use, nor are those of the image", () => {
		const machine = { map, ramDisk } as unknown as RecordedMachine;
		const flags = flagsOf([1, END - 1, KPF_RESERVED]);
		const frames = new FreeFrames(flags, END);
		const types = bootTypes(machine, flags, zones, frames, new Uint8Array(END));
		expect(new Set(types.slice(1))).to.deep.equal(new Set([1]));
		const first = Math.floor(map.imageStart / 4096);
		expect(typesOf([[first, 100]])[first >> 9]).to.equal(1);
		expect(typesOf([[15360, 256]])[30], "RAM disk").to.equal(1);
	});

	it("late memory whose first frame was never made is unmovable", () => {
		const late = new Uint8Array(END);
		late.fill(1, IMAGE_END + 600, IMAGE_END + 1024);
		late.fill(1, IMAGE_END + 1024, IMAGE_END + 1536);
		const types = typesOf([], late);
		expect(types.slice(block, block + 4)).to.deep.equal([1, 0, 1, 0]);
	});
});
