import { expect } from "chai";
import fc from "fast-check";
import { asPhys, MIB, type PhysAddr, pfnOf } from "../../hw/units";
import {
	__GFP_ACCOUNT,
	__GFP_DMA,
	__GFP_RECLAIMABLE,
	__GFP_ZERO,
	GFP_KERNEL,
	GFP_NOWAIT,
} from "../../mm/gfp";
import { ZERO_SIZE } from "../../mm/kmalloc";
import type { MemoryManager } from "../../mm/memory-manager";
import { NR_SLAB_UNRECLAIMABLE_B } from "../../mm/vmstat-names";
import { IntervalModel } from "../models/interval-model";
import { audit, panicOf, world } from "./world";

const cacheOf = ({ caches, pages }: MemoryManager, object: PhysAddr): string =>
	caches.bySlot(pages.slot(pfnOf(object))).name;

describe("kmalloc: size classes", () => {
	it("golden vector 9: which class serves which size", () => {
		const mm = world({ memory: "64M" });
		for (const [bytes, name] of [
			[1, "kmalloc-8"],
			[8, "kmalloc-8"],
			[9, "kmalloc-16"],
			[64, "kmalloc-64"],
			[65, "kmalloc-96"],
			[96, "kmalloc-96"],
			[97, "kmalloc-128"],
			[128, "kmalloc-128"],
			[129, "kmalloc-192"],
			[192, "kmalloc-192"],
			[193, "kmalloc-256"],
			[257, "kmalloc-512"],
			[513, "kmalloc-1k"],
			[1025, "kmalloc-2k"],
			[2049, "kmalloc-4k"],
			[8192, "kmalloc-8k"],
		] as const)
			expect(cacheOf(mm, mm.kmalloc.kmalloc(bytes, GFP_KERNEL))).to.equal(name);
		for (const [bytes, order] of [
			[8193, 2],
			[12288, 2],
			[16384, 2],
			[16385, 3],
			[4 * MIB, 10],
		] as const) {
			const large = mm.kmalloc.kmalloc(bytes, GFP_KERNEL);
			expect(mm.pages.order(pfnOf(large)), `${bytes} bytes`).to.equal(order);
			expect(mm.pages.slot(pfnOf(large))).to.equal(0);
			mm.kmalloc.kfree(large);
		}
		expect(mm.kmalloc.kmalloc(4 * MIB + 1, GFP_KERNEL)).to.equal(0);
		expect(audit(mm)).to.deep.equal([]);
	});

	it("K2: 0 bytes are an address that is not NULL, and may be freed", () => {
		const { kmalloc } = world();
		expect(kmalloc.kmalloc(0, GFP_KERNEL)).to.equal(16);
		expect(ZERO_SIZE).to.equal(16);
		kmalloc.kfree(ZERO_SIZE);
		kmalloc.kfree(asPhys(0));
	});

	it("a size that is no size gives nothing", () => {
		const { kmalloc } = world();
		for (const bytes of [-1, -4096, Number.POSITIVE_INFINITY])
			expect(kmalloc.kmalloc(bytes, GFP_KERNEL)).to.equal(0);
	});

	it("K1: every size gets at least its bytes; powers of two are aligned to their size, all to 8", () => {
		const mm = world({ memory: "64M" });
		for (let bytes = 1; bytes <= 8192; bytes += bytes < 300 ? 1 : 97) {
			const object = mm.kmalloc.kmalloc(bytes, GFP_KERNEL);
			const size = mm.kmalloc.ksize(object);
			expect(size).to.be.at.least(bytes);
			const align = (size & (size - 1)) === 0 ? size : 8;
			expect(object % align, `${bytes} bytes`).to.equal(0);
		}
	});

	it("the flags choose the family: DMA before reclaimable before accounted", () => {
		const mm = world({ memory: "32M" });
		for (const [gfp, name] of [
			[GFP_KERNEL, "kmalloc-64"],
			[GFP_KERNEL | __GFP_ACCOUNT, "kmalloc-cg-64"],
			[GFP_KERNEL | __GFP_RECLAIMABLE, "kmalloc-rcl-64"],
			[GFP_KERNEL | __GFP_RECLAIMABLE | __GFP_ACCOUNT, "kmalloc-rcl-64"],
			[GFP_KERNEL | __GFP_DMA, "dma-kmalloc-64"],
			[GFP_KERNEL | __GFP_DMA | __GFP_RECLAIMABLE, "dma-kmalloc-64"],
		] as const) {
			const object = mm.kmalloc.kmalloc(60, gfp);
			expect(cacheOf(mm, object)).to.equal(name);
			expect(mm.kmalloc.cacheFor(60, gfp)?.name).to.equal(name);
			mm.kmalloc.kfree(object);
		}
		const dma = mm.kmalloc.kmalloc(5000, GFP_KERNEL | __GFP_DMA);
		expect(dma).to.be.below(16 * MIB);
		const large = mm.kmalloc.kmalloc(50000, GFP_KERNEL | __GFP_DMA);
		expect(large).to.be.below(16 * MIB);
		expect(mm.kmalloc.cacheFor(9000, GFP_KERNEL)).to.equal(null);
		expect(audit(mm)).to.deep.equal([]);
	});
});

describe("kmalloc: large sizes", () => {
	it("K3: are whole compound blocks, counted as slab memory", () => {
		const mm = world();
		const before = mm.counters.node(NR_SLAB_UNRECLAIMABLE_B);
		const large = mm.kmalloc.kmalloc(20000, GFP_KERNEL);
		expect(mm.counters.node(NR_SLAB_UNRECLAIMABLE_B) - before).to.equal(8);
		expect(mm.kmalloc.ksize(large)).to.equal(32768);
		expect(mm.pages.head(pfnOf(asPhys(large + 20000)))).to.equal(pfnOf(large));
		expect(audit(mm)).to.deep.equal([]);
		mm.kmalloc.kfree(large);
		expect(mm.counters.node(NR_SLAB_UNRECLAIMABLE_B)).to.equal(before);
		expect(audit(mm)).to.deep.equal([]);
	});

	it("zeroed when asked for", () => {
		const mm = world();
		const one = mm.kmalloc.kmalloc(20000, GFP_KERNEL);
		mm.memory.fill(one, 20000, 0xee);
		mm.kmalloc.kfree(one);
		const again = mm.kmalloc.kmalloc(20000, GFP_KERNEL | __GFP_ZERO);
		expect(mm.memory.bytesAt(again, 20000).every((it) => it === 0)).to.equal(
			true,
		);
	});
});

describe("kcalloc, krealloc, ksize", () => {
	it("kcalloc gives zeroes, and nothing when the product is too large", () => {
		const mm = world();
		const dirty = mm.kmalloc.kmalloc(1000, GFP_KERNEL);
		mm.memory.fill(dirty, 1000, 0xee);
		mm.kmalloc.kfree(dirty);
		const array = mm.kmalloc.kcalloc(10, 100, GFP_KERNEL);
		expect(array).to.equal(dirty);
		expect(mm.memory.bytesAt(array, 1000).every((it) => it === 0)).to.equal(
			true,
		);
		expect(mm.kmalloc.kcalloc(2 ** 30, 2 ** 30, GFP_KERNEL)).to.equal(0);
		expect(mm.kmalloc.kcalloc(0, 100, GFP_KERNEL)).to.equal(ZERO_SIZE);
	});

	it("krealloc keeps the address while the size fits, also when it shrinks", () => {
		const { kmalloc } = world();
		const object = kmalloc.kmalloc(100, GFP_KERNEL);
		for (const bytes of [128, 1, 100])
			expect(kmalloc.krealloc(object, bytes, GFP_KERNEL)).to.equal(object);
	});

	it("krealloc moves all that was there when it does not fit", () => {
		const mm = world();
		let object = mm.kmalloc.kmalloc(8, GFP_KERNEL);
		const model = new IntervalModel(mm.memory);
		model.add(object, 8);
		for (const bytes of [9, 100, 5000, 9000, 100000]) {
			const next = mm.kmalloc.krealloc(object, bytes, GFP_KERNEL);
			model.moved(object, next, bytes);
			object = next;
		}
		mm.kmalloc.kfree(object);
		expect(audit(mm)).to.deep.equal([]);
	});

	it("krealloc of nothing allocates, to nothing frees", () => {
		const mm = world();
		const fresh = mm.kmalloc.krealloc(asPhys(0), 50, GFP_KERNEL);
		expect(cacheOf(mm, fresh)).to.equal("kmalloc-64");
		expect(mm.kmalloc.krealloc(fresh, 0, GFP_KERNEL)).to.equal(ZERO_SIZE);
		const other = mm.kmalloc.krealloc(ZERO_SIZE, 50, GFP_KERNEL);
		expect(other, "the one just freed").to.equal(fresh);
	});

	it("krealloc without memory leaves the old object alone", () => {
		const mm = world();
		const object = mm.kmalloc.kmalloc(8192, GFP_KERNEL);
		mm.memory.fill(object, 8192, 0x77);
		mm.allocator.injector = { shouldFail: () => true };
		expect(mm.kmalloc.krealloc(object, 100000, GFP_KERNEL)).to.equal(0);
		expect(mm.memory.readU8(asPhys(object + 8191))).to.equal(0x77);
		mm.kmalloc.kfree(object);
		expect(audit(mm)).to.deep.equal([]);
	});

	it("ksize is what may be used; roundUp tells it beforehand", () => {
		const { kmalloc } = world({ memory: "32M" });
		expect(kmalloc.ksize(asPhys(0))).to.equal(0);
		expect(kmalloc.ksize(ZERO_SIZE)).to.equal(0);
		expect(kmalloc.roundUp(0)).to.equal(0);
		for (const [bytes, size] of [
			[1, 8],
			[65, 96],
			[129, 192],
			[193, 256],
			[8192, 8192],
			[8193, 16384],
			[70000, 131072],
		] as const) {
			expect(kmalloc.roundUp(bytes)).to.equal(size);
			expect(kmalloc.ksize(kmalloc.kmalloc(bytes, GFP_KERNEL))).to.equal(size);
		}
	});
});

describe("kfree", () => {
	it("needs the address alone, whoever allocated", () => {
		const mm = world({ cpus: 2 });
		const cache = mm.caches.create({
			name: "inode",
			size: 600,
			mayMerge: false,
		})!;
		const object = cache.alloc(GFP_KERNEL);
		mm.turn.seat(1);
		mm.kmalloc.kfree(object);
		mm.kmalloc.kfree(mm.kmalloc.kmalloc(100, GFP_KERNEL));
		expect(audit(mm)).to.deep.equal([]);
		expect(cache.shrink()).to.equal(true);
	});

	it("of an address where nothing was allocated ends the kernel", () => {
		const mm = world();
		const page = mm.allocator.allocPages(0, GFP_KERNEL);
		const large = mm.kmalloc.kmalloc(20000, GFP_KERNEL);
		const beyond = mm.memory.bytes;
		for (const at of [
			4096,
			65536,
			page * 4096,
			large + 8,
			large + 4096,
			beyond,
			beyond + 65536,
		])
			expect(
				panicOf(() => mm.kmalloc.kfree(asPhys(at))),
				`at 0x${at.toString(16)}`,
			).to.include("K3");
	});

	it("twice ends the kernel: small, large, and when the slab is gone", () => {
		const mm = world();
		const small = mm.kmalloc.kmalloc(64, GFP_KERNEL);
		mm.kmalloc.kfree(small);
		expect(panicOf(() => mm.kmalloc.kfree(small))).to.include("double free");
		const large = mm.kmalloc.kmalloc(20000, GFP_KERNEL);
		mm.kmalloc.kfree(large);
		expect(panicOf(() => mm.kmalloc.kfree(large))).to.include("K3");
		const cache = mm.caches.create({
			name: "gone",
			size: 600,
			mayMerge: false,
		})!;
		const object = cache.alloc(GFP_KERNEL);
		cache.free(object);
		cache.shrink();
		expect(panicOf(() => mm.kmalloc.kfree(object))).to.include("K3");
	});
});

describe("kmalloc: any sequence of commands", () => {
	const CPUS = 2;
	const size = fc.oneof(
		fc.integer({ min: 0, max: 300 }),
		fc.integer({ min: 0, max: 9000 }),
		fc.integer({ min: 0, max: 70000 }),
	);
	const command = fc.record({
		verb: fc.constantFrom("kmalloc", "kmalloc", "kfree", "krealloc"),
		cpu: fc.nat(CPUS - 1),
		gfp: fc.constantFrom(
			GFP_KERNEL,
			GFP_KERNEL,
			GFP_NOWAIT,
			GFP_KERNEL | __GFP_RECLAIMABLE,
			GFP_KERNEL | __GFP_ACCOUNT,
			GFP_NOWAIT | __GFP_DMA,
		),
		bytes: size,
		pick: fc.nat(),
	});

	for (const records of [0, 256])
		it(`live memory never overlaps and keeps its contents (recorder ${records ? "on" : "off"})`, () => {
			const property = fc.property(
				fc.array(command, { maxLength: 120 }),
				(commands) => {
					const mm = world({ memory: "16M", cpus: CPUS, records });
					const model = new IntervalModel(mm.memory);
					for (const { verb, cpu, gfp, bytes, pick } of commands) {
						mm.turn.seat(cpu);
						const { addresses } = model;
						const old = addresses[pick % Math.max(addresses.length, 1)];
						if (verb === "kmalloc") {
							const at = mm.kmalloc.kmalloc(bytes, gfp);
							if (at !== 0 && at !== ZERO_SIZE) model.add(at, bytes);
						} else if (old === undefined) continue;
						else if (verb === "kfree") {
							model.remove(old);
							mm.kmalloc.kfree(old);
						} else {
							model.check(old);
							const at = mm.kmalloc.krealloc(old, bytes, gfp);
							if (at === ZERO_SIZE) model.live.delete(old);
							else if (at !== 0) model.moved(old, at, bytes);
						}
					}
					expect(audit(mm)).to.deep.equal([]);
					for (const at of model.addresses) {
						model.remove(at);
						mm.kmalloc.kfree(at);
					}
					expect(audit(mm)).to.deep.equal([]);
				},
			);
			fc.assert(property, { numRuns: 60 });
		});
});
