// Specification of the frames of a kernel image that a recorded kernel gave back and boot here keeps.

import { expect } from "chai";
import { layOutImage, pcMemoryMap } from "../../../../hw/memory-map";
import { PAGE_SIZE } from "../../../../hw/units";
import { boot } from "../../../../kernel/boot";
import { freedImage } from "../../../../kernel/replay/snapshot/freed-image";
import {
	KPF_BUDDY,
	parseKpageflags,
} from "../../../../kernel/replay/snapshot/kpageflags";
import { machineOptions } from "../../../../kernel/replay/snapshot/machine";
import { freeReserved } from "../../../../mm/init";
import { ZONE_DMA32 } from "../../../../mm/zone";
import { traceNames, traceRecording } from "./traces";

/** Uses of frames that stay what they are. */
const KEPT = new Set(["hole", "firmware", "kernel", "metadata"]);
/** Pages of the recorded kernel's image that it frees and boot here does not: 36 KiB and a page, and 2036 KiB. */
const IMAGE_PAGES = 10 + 509;

describe("kernel/replay/snapshot/freed-image", () => {
	const sizes = {
		code: 0x4000,
		rodata: 0x2000,
		data: 0x2000,
		init: 0x4000,
		bss: 0x8000,
	};
	const map = pcMemoryMap(2 ** 24, layOutImage(0x100000, sizes));

	it("has what is reserved no more, without what boot frees (FI1)", () => {
		// code 100-103, rodata 104-105, data 106-107, init 108-10b, bss 10c-113
		const flags = parseKpageflags(
			[
				"1 255 0",
				"100 4 100000000",
				"104 1 80",
				"105 3 100000000",
				"108 4 400",
				"10c 2 100000000",
				"10e 6 400",
				"114 256 0",
			].join("\n"),
		);
		expect(freedImage(map, flags)).to.deep.equal([
			{ start: 0x104, count: 1 },
			{ start: 0x10e, count: 6 },
		]);
	});

	it("has nothing where the flags know of no RAM", () => {
		expect(freedImage(map, parseKpageflags(""))).to.deep.equal([]);
	});

	for (const name of traceNames())
		it(`lets every frame that is free in ${name} be free here`, () => {
			const recording = traceRecording(name);
			const { machine, snapshots } = recording;
			const flags = snapshots[0]!.flags!;
			const kernel = boot(machineOptions(machine, { traceBuffer: false }));
			const freed = freedImage(machine.map, flags);
			const before = kernel.mm.zones[ZONE_DMA32]!.managed;
			const kept = kernel.frames().filter(({ use }) => KEPT.has(use));
			for (const { start, count } of freed)
				freeReserved(kernel.mm, start * PAGE_SIZE, (start + count) * PAGE_SIZE);
			const more = kernel.mm.zones[ZONE_DMA32]!.managed - before;
			expect(more).to.equal(IMAGE_PAGES);
			expect(kernel.check()).to.deep.equal([]);
			const isFreed = (pfn: number): boolean =>
				freed.some(({ start, count }) => start <= pfn && pfn < start + count);
			const wanted = kept
				.flatMap(({ start, count }) =>
					Array.from({ length: count }, (_, at) => start + at),
				)
				.filter((pfn) => {
					const run = flags.runOf(pfn);
					return run >= 0 && flags.has(run, KPF_BUDDY) && !isFreed(pfn);
				});
			expect(wanted).to.deep.equal([]);
		});
});
