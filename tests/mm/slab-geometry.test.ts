import { expect } from "chai";
import fc from "fast-check";
import {
	canShareSlabs,
	isFreePointerOutside,
	KMALLOC_BYTES_MAX,
	KMALLOC_SIZES,
	KMALLOC_TYPES,
	kmallocClass,
	kmallocName,
	kmallocWish,
	mergedName,
	minObjectsFor,
	minPartialSlabs,
	objectLayout,
	objectsPerSlab,
	SLAB_ACCOUNT,
	SLAB_CACHE_DMA,
	SLAB_CONSISTENCY_CHECKS,
	SLAB_HWCACHE_ALIGN,
	SLAB_POISON,
	SLAB_RECLAIM_ACCOUNT,
	SLAB_RED_ZONE,
	SLAB_STORE_USER,
	SLAB_TYPESAFE_BY_RCU,
	type SlabGeometry,
	type SlabTuning,
	type SlabWish,
	slabAlignment,
	slabBytes,
	slabGeometry,
	slabOrder,
	trackOffset,
	usableBytes,
} from "../../mm/slab-geometry";

const TWO_CPUS: SlabTuning = { cpuCount: 2 };
const FZPU =
	SLAB_CONSISTENCY_CHECKS | SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER;

function geometry(wish: SlabWish, tuning = TWO_CPUS): SlabGeometry {
	const result = slabGeometry(wish, tuning);
	if (result === null) throw new Error("no slab holds one object");
	return result;
}

/** Geometry of a kmalloc class with debug flags. */
function kmalloc(bytes: number, debugFlags = 0, cpuCount = 2): SlabGeometry {
	const wish = kmallocWish("normal", bytes);
	const flags = (wish.flags ?? 0) | debugFlags;
	return geometry({ ...wish, flags }, { cpuCount });
}

describe("slab geometry", () => {
	describe("alignment", () => {
		it("is at least a pointer", () => {
			expect(slabAlignment(0, 0, 100)).to.equal(8);
			expect(slabAlignment(0, 4, 100)).to.equal(8);
			expect(slabAlignment(0, 12, 100)).to.equal(16);
		});

		it("is a cache line when asked, or the part of a line that a small object fills", () => {
			const align = (size: number) =>
				slabAlignment(SLAB_HWCACHE_ALIGN, 0, size);
			expect([100, 64, 33].map(align)).to.deep.equal([64, 64, 64]);
			expect([32, 17].map(align)).to.deep.equal([32, 32]);
			expect([16, 9, 8, 1].map(align)).to.deep.equal([16, 16, 8, 8]);
			expect(slabAlignment(SLAB_HWCACHE_ALIGN, 256, 16)).to.equal(256);
		});
	});

	describe("layout of a slot", () => {
		it("puts the free pointer into the middle of the object", () => {
			const offsets = [8, 16, 32, 64, 96, 128, 192, 4096].map(
				(size) => kmalloc(size).offset,
			);
			expect(offsets).to.deep.equal([0, 8, 16, 32, 48, 64, 96, 2048]);
		});

		it("puts it behind the object when a free object must keep its bytes", () => {
			const plain = geometry({ objectSize: 100 });
			expect([plain.inuse, plain.offset, plain.size]).to.deep.equal([
				104, 48, 104,
			]);
			expect(isFreePointerOutside(plain)).to.equal(false);
			const built = geometry({ objectSize: 100, hasConstructor: true });
			expect([built.offset, built.size]).to.deep.equal([104, 112]);
			expect(isFreePointerOutside(built)).to.equal(true);
			const rcu = geometry({
				objectSize: 64,
				align: 64,
				flags: SLAB_TYPESAFE_BY_RCU,
			});
			expect([rcu.offset, rcu.size]).to.deep.equal([64, 128]);
		});

		it("gives four bytes a slot of eight", () => {
			const tiny = objectLayout({ objectSize: 4 });
			expect([tiny.size, tiny.offset]).to.deep.equal([8, 0]);
		});

		it("puts tracks behind the free pointer, or in its place when it is inside", () => {
			const user = kmalloc(64, SLAB_STORE_USER);
			expect(trackOffset(user)).to.equal(64);
			const all = kmalloc(64, FZPU);
			expect([all.redLeftPad, all.inuse, all.offset]).to.deep.equal([
				64, 72, 72,
			]);
			expect(trackOffset(all)).to.equal(80);
		});

		// class: size/left pad/order/objects
		const TABLE: readonly [number, string, string, string, string, number][] = [
			[8, "32/8/0/128", "16/0/0/256", "80/0/0/51", "112/8/0/36", 16],
			[16, "48/16/0/85", "32/0/0/128", "96/0/0/42", "128/16/0/32", 24],
			[32, "96/32/0/42", "64/0/0/64", "128/0/0/32", "160/32/0/25", 40],
			[64, "192/64/0/21", "128/0/0/32", "192/0/0/21", "256/64/0/16", 72],
			[96, "120/8/0/34", "104/0/0/39", "168/0/0/24", "200/8/0/20", 104],
			[128, "384/128/1/21", "256/0/0/16", "256/0/0/16", "384/128/1/21", 136],
			[192, "216/8/0/18", "200/0/0/20", "264/0/0/15", "296/8/0/13", 200],
			[256, "768/256/2/21", "512/0/1/16", "512/0/1/16", "768/256/2/21", 264],
			[
				512,
				"1536/512/3/21",
				"1024/0/2/16",
				"1024/0/2/16",
				"1536/512/3/21",
				520,
			],
			[
				1024,
				"3072/1024/3/10",
				"2048/0/3/16",
				"2048/0/3/16",
				"3072/1024/3/10",
				1032,
			],
			[
				2048,
				"6144/2048/3/5",
				"4096/0/3/8",
				"4096/0/3/8",
				"6144/2048/3/5",
				2056,
			],
			[
				4096,
				"12288/4096/3/2",
				"8192/0/3/4",
				"8192/0/3/4",
				"12288/4096/3/2",
				4104,
			],
			[
				8192,
				"24576/8192/3/1",
				"16384/0/3/2",
				"16384/0/3/2",
				"24576/8192/3/1",
				8200,
			],
		];
		for (const [bytes, redZone, poison, user, all, offset] of TABLE) {
			it(`debugging grows kmalloc-${bytes} as it does in Linux`, () => {
				const text = (flags: number) => {
					const it = kmalloc(bytes, flags);
					return `${it.size}/${it.redLeftPad}/${it.order}/${it.objectCount}`;
				};
				expect(text(SLAB_RED_ZONE)).to.equal(redZone);
				expect(text(SLAB_POISON)).to.equal(poison);
				expect(text(SLAB_STORE_USER)).to.equal(user);
				expect(text(FZPU)).to.equal(all);
				const full = kmalloc(bytes, FZPU);
				expect([full.inuse, full.offset]).to.deep.equal([offset, offset]);
			});
		}
	});

	describe("order and objects", () => {
		it("wants more objects with more CPUs", () => {
			expect([1, 2, 4, 8, 64].map(minObjectsFor)).to.deep.equal([
				8, 12, 16, 20, 32,
			]);
		});

		it("matches caches of a machine with two CPUs", () => {
			const of = (objectSize: number, align = 8) => {
				const it = geometry({ objectSize, align });
				return `${it.order}/${it.objectCount}`;
			};
			expect(of(312)).to.equal("0/13");
			expect(of(320)).to.equal("0/12");
			expect(of(416)).to.equal("1/19");
			expect(of(624)).to.equal("1/13");
			expect(of(5888, 64)).to.equal("3/5");
			expect(of(1024)).to.equal("2/16");
			expect(of(192)).to.equal("0/21");
			expect(of(512)).to.equal("1/16");
		});

		// class: order/objects/slabs of the CPU partial list, for 1, 2, 4, 8 and 64 CPUs
		const BY_CPUS: readonly [number, string][] = [
			[8, "0/512/1 0/512/1 0/512/1 0/512/1 0/512/1"],
			[16, "0/256/1 0/256/1 0/256/1 0/256/1 0/256/1"],
			[32, "0/128/2 0/128/2 0/128/2 0/128/2 0/128/2"],
			[64, "0/64/4 0/64/4 0/64/4 0/64/4 0/64/4"],
			[96, "0/42/6 0/42/6 0/42/6 0/42/6 0/42/6"],
			[128, "0/32/8 0/32/8 0/32/8 0/32/8 0/32/8"],
			[192, "0/21/12 0/21/12 0/21/12 0/21/12 1/42/6"],
			[256, "0/16/7 0/16/7 0/16/7 1/32/4 1/32/4"],
			[512, "0/8/13 1/16/7 1/16/7 2/32/4 2/32/4"],
			[1024, "1/8/6 2/16/3 2/16/3 3/32/2 3/32/2"],
			[2048, "2/8/6 3/16/3 3/16/3 3/16/3 3/16/3"],
			[4096, "3/8/2 3/8/2 3/8/2 3/8/2 3/8/2"],
			[8192, "3/4/3 3/4/3 3/4/3 3/4/3 3/4/3"],
		];
		for (const [bytes, expected] of BY_CPUS) {
			it(`gives kmalloc-${bytes} the order of its CPU count`, () => {
				const texts = [1, 2, 4, 8, 64].map((cpuCount) => {
					const it = kmalloc(bytes, 0, cpuCount);
					return `${it.order}/${it.objectCount}/${it.cpuPartialSlabs}`;
				});
				expect(texts.join(" ")).to.equal(expected);
			});
		}

		it("obeys the slub_* parameters", () => {
			expect(slabOrder(64, { cpuCount: 1, minOrder: 2 })).to.equal(2);
			expect(slabOrder(1024, { cpuCount: 1, maxOrder: 0 })).to.equal(0);
			expect(slabOrder(64, { cpuCount: 1, minObjects: 200 })).to.equal(2);
		});

		it("never puts more than 32767 objects into a slab", () => {
			const order = slabOrder(8, { cpuCount: 1, minOrder: 8, maxOrder: 8 });
			expect(objectsPerSlab(order, 8)).to.be.at.most(32767);
		});

		it("leaves the usual orders when not even one object fits", () => {
			const big = geometry({ objectSize: 100_000 });
			expect([big.order, big.objectCount]).to.deep.equal([5, 1]);
			expect(slabGeometry({ objectSize: 2 ** 22 }, TWO_CPUS)?.order).to.equal(
				10,
			);
			expect(slabGeometry({ objectSize: 2 ** 22 + 1 }, TWO_CPUS)).to.equal(
				null,
			);
		});
	});

	it("keeps 5 partial slabs a node, 6 from 4 KiB objects on, at most 10", () => {
		expect(
			[8, 2048, 2496, 4095, 4096, 8192, 2 ** 22].map(minPartialSlabs),
		).to.deep.equal([5, 5, 5, 5, 6, 6, 10]);
	});

	it("gives a CPU fewer partial objects the larger they are, and a debug cache none", () => {
		const of = (bytes: number) => geometry({ objectSize: bytes }).cpuPartial;
		expect([8, 248, 256, 1016, 1024, 4088, 4096].map(of)).to.deep.equal([
			120, 120, 52, 52, 24, 24, 6,
		]);
		expect(kmalloc(64, SLAB_CONSISTENCY_CHECKS).cpuPartial).to.equal(0);
		expect(kmalloc(64, SLAB_CONSISTENCY_CHECKS).cpuPartialSlabs).to.equal(0);
	});

	it("lets the owner use the slot, but not the bytes that debugging watches", () => {
		expect(usableBytes(geometry({ objectSize: 100, align: 64 }))).to.equal(128);
		expect(usableBytes(kmalloc(64, SLAB_RED_ZONE))).to.equal(64);
		expect(usableBytes(kmalloc(96, SLAB_STORE_USER))).to.equal(96);
		const rcu = { objectSize: 60, flags: SLAB_TYPESAFE_BY_RCU };
		expect(usableBytes(geometry(rcu))).to.equal(64);
	});

	describe("sharing slabs", () => {
		const old = geometry({ objectSize: 184, align: 64, flags: 0 });

		it("needs less than a pointer of waste and a compatible alignment", () => {
			expect(old.size).to.equal(192);
			expect(canShareSlabs(old, { objectSize: 192 })).to.equal(true);
			expect(canShareSlabs(old, { objectSize: 185 })).to.equal(true);
			expect(canShareSlabs(old, { objectSize: 184 })).to.equal(false);
			expect(canShareSlabs(old, { objectSize: 193 })).to.equal(false);
			expect(canShareSlabs(old, { objectSize: 130, align: 64 })).to.equal(true);
			expect(canShareSlabs(old, { objectSize: 192, align: 128 })).to.equal(
				false,
			);
		});

		it("needs the same zone and accounting, and no flag that forbids it", () => {
			const share = (flags: number) =>
				canShareSlabs(old, { objectSize: 192, flags });
			expect(share(SLAB_HWCACHE_ALIGN)).to.equal(true);
			expect(share(SLAB_ACCOUNT)).to.equal(false);
			expect(share(SLAB_RECLAIM_ACCOUNT)).to.equal(false);
			expect(share(SLAB_CACHE_DMA)).to.equal(false);
			expect(share(SLAB_TYPESAFE_BY_RCU)).to.equal(false);
			expect(share(SLAB_POISON)).to.equal(false);
		});

		it("names shared caches by flags and size", () => {
			const name = (objectSize: number, flags: number) =>
				mergedName(geometry({ objectSize, flags }));
			expect(name(64, 0)).to.equal(":0000064");
			expect(name(128, SLAB_ACCOUNT)).to.equal(":A-0000128");
			expect(name(104, SLAB_RECLAIM_ACCOUNT)).to.equal(":a-0000104");
			const checked = SLAB_ACCOUNT | SLAB_CONSISTENCY_CHECKS;
			expect(name(4480, checked)).to.equal(":FA-0004480");
		});
	});

	describe("kmalloc classes", () => {
		const sizeFor = (bytes: number) => KMALLOC_SIZES[kmallocClass(bytes)];

		it("serve the sizes of the kernel's table", () => {
			const asked = [
				1, 8, 9, 64, 65, 96, 97, 128, 129, 192, 193, 256, 257, 8192,
			];
			expect(asked.map(sizeFor)).to.deep.equal([
				8, 8, 16, 64, 96, 96, 128, 128, 192, 192, 256, 256, 512, 8192,
			]);
		});

		it("refuse nothing and too much", () => {
			expect(kmallocClass(0)).to.equal(-1);
			expect(kmallocClass(8193)).to.equal(-1);
			expect(KMALLOC_BYTES_MAX).to.equal(4 * 1024 * 1024);
		});

		it("are the smallest that fit, for every size", () => {
			for (let bytes = 1; bytes <= 8192; bytes++)
				expect(sizeFor(bytes)).to.equal(
					KMALLOC_SIZES.find((size) => size >= bytes),
				);
		});

		it("have the kernel's names", () => {
			expect(KMALLOC_TYPES.map((type) => kmallocName(type, 8))).to.deep.equal([
				"kmalloc-8",
				"kmalloc-cg-8",
				"kmalloc-rcl-8",
				"dma-kmalloc-8",
			]);
			expect(kmallocName("normal", 512)).to.equal("kmalloc-512");
			expect(kmallocName("cgroup", 1024)).to.equal("kmalloc-cg-1k");
			expect(kmallocName("dma", 8192)).to.equal("dma-kmalloc-8k");
		});
	});

	it("holds its invariants for any wish", () => {
		const flagSets = [0, FZPU, SLAB_RED_ZONE, SLAB_POISON, SLAB_STORE_USER];
		const wishes = fc.record({
			objectSize: fc.integer({ min: 1, max: 40_000 }),
			align: fc.constantFrom(0, 8, 16, 64, 4096),
			flags: fc.constantFrom(...flagSets, SLAB_HWCACHE_ALIGN),
			hasConstructor: fc.boolean(),
		});
		const cpus = fc.integer({ min: 1, max: 64 });
		fc.assert(
			fc.property(wishes, cpus, (wish, cpuCount) => {
				const it = geometry(wish, { cpuCount });
				expect(it.size % it.align, "SG1").to.equal(0);
				expect(it.align % 8, "SG1").to.equal(0);
				expect(it.offset % 8, "SG2").to.equal(0);
				const last = it.redLeftPad + it.offset + 8;
				expect(last, "SG2").to.be.at.most(it.size);
				const held = it.objectCount * it.size;
				expect(held, "SG3").to.be.at.most(slabBytes(it.order));
				expect(held + it.size, "SG3").to.be.above(slabBytes(it.order));
				expect(it.minObjectCount, "SG4").to.be.at.least(1);
				expect(it.minOrder, "SG4").to.be.at.most(it.order);
			}),
		);
	});
});
