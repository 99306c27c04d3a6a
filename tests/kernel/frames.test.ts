import { expect } from "chai";
import { asPfn, MIB } from "../../hw/units";
import { boot } from "../../kernel/boot";
import { eachBlock, type FrameUse } from "../../kernel/frames";
import type { Kernel } from "../../kernel/kernel";
import { map, sleep } from "../../kernel/program";
import { GFP_KERNEL } from "../../mm/gfp";
import { freeReserved } from "../../mm/init";
import { PG_SLAB } from "../../mm/page";
import { MIGRATE_UNMOVABLE } from "../../mm/pageblock";

const total = (kernel: Kernel, use: FrameUse, owner?: string): number =>
	kernel
		.frames()
		.filter((run) => run.use === use && (owner ?? run.owner) === run.owner)
		.reduce((sum, { count }) => sum + count, 0);

/** FR1 */
function expectWhole(kernel: Kernel): void {
	let next = 0;
	for (const { start, count } of kernel.frames()) {
		expect(start).to.equal(next);
		expect(count).to.be.greaterThan(0);
		next = start + count;
	}
	expect(next).to.equal(kernel.memory.frameCount);
}

describe("frames", () => {
	for (const memory of ["4M", "64M", "3584M"])
		it(`are all there, once, on ${memory}`, () => {
			expectWhole(boot({ memory, recorder: true }));
		});

	it("that are free are as many as the zones say", () => {
		const kernel = boot({ memory: "64M", cpus: 2 });
		kernel.onCpu(1, () => kernel.kfree(kernel.kmalloc(4000, GFP_KERNEL)));
		expect(total(kernel, "free")).to.equal(kernel.mm.allocator.freeFrames);
		const waiting = kernel.mm.allocator.zones.reduce(
			(sum, { pcp }) => sum + pcp.state(0).count + pcp.state(1).count,
			0,
		);
		expect(total(kernel, "pcp")).to.equal(waiting);
	});

	it("of caches name them", () => {
		const kernel = boot({ memory: "64M" });
		const cache = kernel.createCache({ name: "mine", size: 1000 });
		for (let i = 0; i < 20; i++) cache.alloc(GFP_KERNEL);
		const { slabs } = cache.usage();
		const frames = slabs * 2 ** cache.geometry.order;
		expect(total(kernel, "slab", "mine")).to.equal(frames);
	});

	it("say what else the kernel took", () => {
		const kernel = boot({ memory: "64M" });
		const before = total(kernel, "pages", "");
		kernel.allocPages(4, GFP_KERNEL);
		kernel.kmalloc(100_000, GFP_KERNEL);
		expect(total(kernel, "pages", "") - before).to.equal(16);
		expect(total(kernel, "pages", "kmalloc")).to.equal(32);
	});

	it("of tasks name their pid", () => {
		const kernel = boot({ memory: "64M" });
		const pid = kernel.spawn("task", function* () {
			yield map(10 * 4096);
			yield sleep(100);
		});
		kernel.run({ ticks: 2 });
		expect(total(kernel, "user", `pid ${pid}`)).to.equal(10);
		expect(total(kernel, "pages", `stack of pid ${pid}`)).to.equal(4);
		expect(total(kernel, "table", "")).to.equal(4);
		expectWhole(kernel);
	});

	it("that stand still since boot say what for", () => {
		const kernel = boot({ memory: "64M", recorder: { records: 4096 } });
		expect(total(kernel, "kernel", "code")).to.equal(160);
		expect(total(kernel, "kernel", "init")).to.equal(0); // given back
		expect(total(kernel, "metadata", "page records")).to.equal(256);
		expect(total(kernel, "metadata", "recorder")).to.equal(33);
		expect(total(kernel, "table", "direct map")).to.equal(3);
		expect(total(kernel, "firmware")).to.equal(160 + 16);
		expect(total(kernel, "hole")).to.equal(80); // 640 KiB to 960 KiB
		expect(kernel.frames().every(({ owner }) => owner !== "reserved")).to.equal(
			true,
		);
	});

	it("of an initial RAM disk are free once boot has ended, merged with their neighbours", () => {
		const disk = { start: 20 * MIB + 1024, end: 21 * MIB - 1024 };
		const kernel = boot({ memory: "64M", reserved: [disk] });
		expectWhole(kernel);
		expect(kernel.check()).to.deep.equal([]);
		const frame = (20 * MIB) / 4096;
		const uses = kernel
			.frames()
			.filter(
				({ start, count }) => start < frame + 256 && start + count > frame,
			)
			.map(({ use }) => use);
		expect(uses).to.include("free");
	});

	describe("of a kernel that holds back", () => {
		const books = [{ start: 40 * MIB, end: 44 * MIB }];
		const held = (): { kernel: Kernel; bss: number; past: number } => {
			const kernel = boot({ memory: "64M", books });
			const { image, imageEnd } = kernel.machine.map;
			return { kernel, bss: image.bss.start / 4096, past: imageEnd / 4096 };
		};
		const at = (kernel: Kernel, pfn: number): string => {
			const run = kernel
				.frames()
				.find(({ start, count }) => start <= pfn && pfn < start + count)!;
			return `${run.use} ${run.owner}`.trimEnd();
		};

		it("belong to the image or are reserved, as long as nobody fills them (FR2)", () => {
			const { kernel, bss, past } = held();
			expectWhole(kernel);
			expect(total(kernel, "kernel", "code")).to.equal(160);
			expect(total(kernel, "kernel", "init")).to.be.greaterThan(0);
			expect(at(kernel, bss)).to.equal("kernel bss");
			expect(at(kernel, past)).to.equal("metadata reserved");
			expect(at(kernel, kernel.memory.frameCount - 1)).to.equal(
				"metadata reserved",
			);
		});

		it("are what their records say in the image too (FR2)", () => {
			const { kernel, bss } = held();
			const { allocator, pages } = kernel.mm;
			const block = asPfn(Math.ceil(bss / 4) * 4);
			allocator.seize(block, 1, MIGRATE_UNMOVABLE, GFP_KERNEL);
			expect(at(kernel, block + 1)).to.equal("pages");
			pages.addFlags(block, PG_SLAB);
			expect(at(kernel, block)).to.match(/^slab/);
			pages.clearFlags(block, PG_SLAB);
			allocator.freePages(block, 1);
			expect(at(kernel, block)).to.equal("pcp");
			expect(at(kernel, block + 2)).to.equal("kernel bss");
			expectWhole(kernel);
		});

		it("may be a free block that reaches over the end of the image", () => {
			const { kernel, past } = held();
			freeReserved(kernel.mm, (past - 8) * 4096, (past + 24) * 4096);
			for (const { pcp } of kernel.mm.allocator.zones) pcp.drain(0);
			expectWhole(kernel);
			for (const pfn of [past - 8, past - 1, past, past + 23])
				expect(at(kernel, pfn)).to.equal("free");
			expect(at(kernel, past - 9)).to.match(/^kernel/);
			expect(at(kernel, past + 24)).to.equal("metadata reserved");
		});
	});

	it("are visited block by block", () => {
		const kernel = boot({ memory: "64M" });
		let blocks = 0;
		eachBlock(kernel.parts, (start, count, use) => {
			if (use !== "free") return;
			blocks++;
			expect(start % count).to.equal(0);
		});
		const counted = kernel.mm.zones.reduce((sum, zone) => {
			for (let order = 0; order <= 10; order++) sum += zone.freeBlocks(order);
			return sum;
		}, 0);
		expect(blocks).to.equal(counted);
	});
});
