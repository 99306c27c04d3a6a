import { expect } from "chai";
import { Machine } from "../../hw/machine";
import { MemoryMap, parseSize, pcMemoryMap } from "../../hw/memory-map";
import { asPhys, type Pfn } from "../../hw/units";
import { GFP_KERNEL } from "../../mm/gfp";
import {
	MM_INIT_ON_ALLOC,
	MM_NO_GROUPING,
	MM_NO_MERGE,
	MM_SHUFFLE_FREELIST,
	MM_SHUFFLE_PAGES,
} from "../../mm/globals";
import {
	earlyAlloc,
	freeReserved,
	initGrouping,
	largestGap,
	sizePerCpuLists,
} from "../../mm/init";
import { Memblock } from "../../mm/memblock";
import { MIGRATE_MOVABLE, MIGRATE_UNMOVABLE } from "../../mm/pageblock";
import { WMARK_HIGH, WMARK_LOW, WMARK_MIN, ZONE_NORMAL } from "../../mm/zone";
import { audit, panicOf, world } from "./world";

const MIB = 2 ** 20;
const zonesOf = (memory: string) =>
	world({ memory }).zones.filter((zone) => zone.isPopulated);

describe("mm init: zones", () => {
	it("a small machine has DMA and DMA32, a large one Normal above 4 GiB", () => {
		expect(zonesOf("8M").map(({ name }) => name)).to.deep.equal(["DMA"]);
		expect(zonesOf("2G").map(({ name }) => name)).to.deep.equal([
			"DMA",
			"DMA32",
		]);
		expect(zonesOf("6G").map(({ name }) => name)).to.deep.equal([
			"DMA",
			"DMA32",
			"Normal",
		]);
	});

	it("Z1: spanned counts holes, present does not, managed leaves out what is reserved", () => {
		const [dma, dma32] = zonesOf("64M");
		expect(dma!.start).to.equal(1);
		expect(dma!.spanned).to.equal(4095);
		expect(dma!.present).to.equal(158 + 4096 - 256); // below 0x9fc00, and from 1 MiB on
		expect(dma32!.spanned).to.equal(16384 - 4096);
		expect(dma32!.present).to.equal(dma32!.spanned);
		for (const zone of [dma!, dma32!])
			expect(zone.managed).to.be.below(zone.present);
	});

	it("I1, I2: the first MiB, the kernel and the tables of memory management stay reserved", () => {
		const mm = world({ memory: "64M" });
		const records = mm.globals.memMap / 4096;
		for (const pfn of [1, 100, 255, 256, records, mm.globals.pgdat / 4096])
			expect(mm.pages.refcount(Math.floor(pfn) as Pfn)).to.equal(0);
		const free = mm.allocator.freeFrames;
		expect(free).to.be.greaterThan(14000);
		expect(audit(mm)).to.deep.equal([]);
	});

	it("pageblocks start movable, but for the first, whose frame 0 is the firmware's; the kernel's first pages take more over", () => {
		const mm = world({ memory: "64M" });
		const types = Array.from({ length: 32 }, (_, block) =>
			mm.blocks.type((block * 512) as Pfn),
		);
		expect(types[0]).to.equal(MIGRATE_UNMOVABLE);
		const movable = types.filter((type) => type === MIGRATE_MOVABLE);
		expect(movable.length).to.be.at.least(27);
		expect(movable.length).to.be.below(31);
	});
});

describe("mm init: machines of all sizes", () => {
	for (const memory of ["4M", "5M", "16M", "100M", "1G", "5G", "12G"])
		it(`${memory} comes up clean, and serves`, () => {
			const mm = world({ memory, cpus: 2 });
			for (const cpu of [0, 1]) {
				mm.turn.seat(cpu);
				const object = mm.kmalloc.kmalloc(100, GFP_KERNEL);
				expect(object).to.be.greaterThan(0);
				mm.kmalloc.kfree(object);
			}
			if (parseSize(memory) <= 2 ** 30) expect(audit(mm)).to.deep.equal([]);
		});

	it("a machine too small for its own tables panics as a kernel does", () => {
		expect(panicOf(() => world({ memory: "2M", cpus: 64 }))).to.include(
			"Failed to allocate",
		);
	});

	it("one with holes anywhere comes up clean", () => {
		const map = new MemoryMap([
			{ start: 0, end: 636 * 1024, type: "usable" },
			{ start: MIB, end: 7 * MIB + 12288, type: "usable" },
			{ start: 9 * MIB, end: 9 * MIB + 4096, type: "usable" },
			{ start: 15 * MIB + 8192, end: 18 * MIB, type: "usable" },
			{ start: 4096 * MIB + 40960, end: 4100 * MIB, type: "usable" },
		]);
		const mm = world({ map });
		expect(audit(mm)).to.deep.equal([]);
		expect(mm.globals.gapFrames).to.be.greaterThan(900000);
	});
});

describe("mm init: the hole without page records", () => {
	const range = (base: number, end: number) => ({
		base: asPhys(base * 4096),
		end: end * 4096,
		node: 0,
	});
	const gap = (ranges: readonly [number, number][], frames: number) =>
		largestGap(ranges.map(([base, end]) => range(base, end)) as never, frames);

	it("is the largest stretch of whole order-10 blocks between two ranges", () => {
		expect(
			gap(
				[
					[1, 1000],
					[3000, 4000],
					[90000, 95000],
				],
				95000,
			),
		).to.deep.equal({
			start: 4096,
			frames: 87 * 1024 - 4096,
		});
	});

	it("is nothing where no whole block is missing", () => {
		const { frames } = gap(
			[
				[1, 1000],
				[1500, 4000],
			],
			4000,
		);
		expect(frames).to.equal(0);
	});
});

describe("mm init: early memory", () => {
	it("memblock's last word is a panic", () => {
		const machine = Machine.powerOn({
			map: pcMemoryMap(4 * MIB),
			cpus: 1,
			seed: 1,
		});
		const memblock = new Memblock(machine.memory, machine.locks, asPhys(4096));
		memblock.add(MIB, MIB);
		expect(earlyAlloc(memblock, 4096, 4096, "a page")).to.equal(2 * MIB - 4096);
		expect(panicOf(() => earlyAlloc(memblock, 2 * MIB, 64, "a lot"))).to.equal(
			`Failed to allocate ${2 * MIB} bytes for a lot`,
		);
	});

	it("reserved pages that are no longer needed join the buddy", () => {
		const mm = world({ memory: "32M" });
		const { start, bytes } = mm.machine.map.image.init;
		const before = mm.zones[0]!.managed;
		const frames = freeReserved(mm, start, start + bytes);
		expect(frames).to.equal(bytes / 4096);
		expect(mm.zones[0]!.managed - before).to.equal(frames);
		expect(audit(mm)).to.deep.equal([]);
	});
});

describe("mm init: switches", () => {
	it("are written down for every thread", () => {
		const all = {
			initOnAlloc: true,
			shuffleFreelist: true,
			shufflePages: true,
			noMerge: true,
		};
		expect(world({ switches: all, memory: "64M" }).globals.flags).to.equal(
			MM_INIT_ON_ALLOC | MM_SHUFFLE_FREELIST | MM_SHUFFLE_PAGES | MM_NO_MERGE,
		);
	});

	it("below 10 MiB types are not kept apart", () => {
		expect(world({ memory: "8M" }).globals.flags).to.equal(MM_NO_GROUPING);
		expect(world({ memory: "16M" }).globals.flags).to.equal(0);
	});

	it("the recorder gets a ring for each CPU, of a power of two", () => {
		const { globals, recorder } = world({ records: 100, cpus: 2 });
		expect(globals.ringRecords).to.equal(128);
		expect(recorder).not.to.equal(null);
	});
});

describe("mm init: wishes", () => {
	it("groups no pages by mobility where nobody wants it", () => {
		const { globals } = world({ memory: "64M" });
		expect(initGrouping(globals, 16384)).to.equal(true);
		expect(initGrouping(globals, 16384, false)).to.equal(false);
		expect(initGrouping(globals, 100, true)).to.equal(false);
	});

	it("sizes all per-CPU lists alike where somebody says how", () => {
		const mm = world({ memory: "64M" });
		sizePerCpuLists(mm, 0, { high: 40, batch: 10 });
		for (const { pcp } of mm.allocator.zones)
			expect(pcp.state(0)).to.deep.equal({ count: 0, high: 40, batch: 10 });
	});
});

describe("mm init: watermarks", () => {
	it("follow from what the zones manage; the marks rise", () => {
		const mm = world({ memory: "256M" });
		const [dma, dma32] = mm.zones;
		const marks = [WMARK_MIN, WMARK_LOW, WMARK_HIGH].map((mark) =>
			dma32!.watermark(mark),
		);
		expect(marks).to.deep.equal([...marks].sort((a, b) => a - b));
		expect(mm.globals.minFreeKbytes).to.be.within(1900, 2048);
		expect(dma!.lowmemReserve(ZONE_NORMAL)).to.equal(
			Math.floor(dma32!.managed / 256),
		);
	});

	it("a wish takes the formula's place; huge pages raise what the formula gives", () => {
		const kilobytes = (more: object) =>
			world({ memory: "1G", ...more }).globals.minFreeKbytes;
		expect(kilobytes({ minFreeKbytes: 20000 })).to.equal(20000);
		expect(kilobytes({ minFreeKbytes: 512 })).to.equal(512);
		expect(kilobytes({ hugePages: true })).to.equal(45056);
	});

	it("each CPU's page lists get their size", () => {
		const mm = world({ memory: "256M", cpus: 2 });
		const { pcp, zone } = mm.allocator.zones[1]!;
		for (const cpu of [0, 1]) {
			expect(pcp.state(cpu).batch).to.equal(15);
			expect(pcp.state(cpu).high).to.equal(
				Math.floor(zone.watermark(WMARK_LOW) / 2),
			);
		}
	});
});
