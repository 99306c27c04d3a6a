import { expect } from "chai";
import { GFP_KERNEL } from "../../mm/gfp";
import type { MemoryManager } from "../../mm/memory-manager";
import { SLOTS } from "../../mm/percpu";
import {
	SLAB_ACCOUNT,
	SLAB_HWCACHE_ALIGN,
	SLAB_POISON,
	SLAB_RECLAIM_ACCOUNT,
	SLAB_TYPESAFE_BY_RCU,
} from "../../mm/slab-geometry";
import { audit, world } from "./world";

const names = ({ caches }: MemoryManager) =>
	caches.all().map(({ name }) => name);

describe("slab caches: the first ones", () => {
	it("describe themselves: their records are objects of kmem_cache", () => {
		const mm = world();
		const [first, second] = mm.caches.all().slice(-2).reverse();
		expect([second!.name, first!.name].sort()).to.deep.equal([
			"kmem_cache",
			"kmem_cache_node",
		]);
		const owner = mm.caches.byName("kmem_cache")!;
		for (const cache of mm.caches.all()) {
			const slab = mm.pages.head(
				Math.floor(cache.record.address / 4096) as never,
			);
			expect(mm.pages.cache(slab), cache.name).to.equal(owner.record.address);
		}
		expect(audit(mm)).to.deep.equal([]);
	});

	it("are followed by four families of kmalloc", () => {
		const mm = world();
		expect(names(mm)).to.have.lengthOf(2 + 4 * 13);
		expect(names(mm).slice(-15, -2).reverse()).to.deep.equal([
			"kmalloc-8",
			"kmalloc-16",
			"kmalloc-32",
			"kmalloc-64",
			"kmalloc-96",
			"kmalloc-128",
			"kmalloc-192",
			"kmalloc-256",
			"kmalloc-512",
			"kmalloc-1k",
			"kmalloc-2k",
			"kmalloc-4k",
			"kmalloc-8k",
		]);
	});
});

describe("slab caches: making", () => {
	it("E1: the newest comes first, and is found by name and by slot", () => {
		const mm = world();
		const cache = mm.caches.create({ name: "inode", size: 600, align: 64 })!;
		expect(names(mm)[0]).to.equal("inode");
		expect(mm.caches.byName("inode")).to.equal(cache);
		expect(mm.caches.bySlot(cache.slot)).to.equal(cache);
		expect(mm.caches.byName("nothing")).to.equal(null);
		expect(audit(mm)).to.deep.equal([]);
	});

	it("a wish that cannot be is a sentence", () => {
		const { caches } = world();
		for (const [wish, said] of [
			[{ name: "", size: 8 }, "1 to 63 characters"],
			[{ name: "x".repeat(64), size: 8 }, "1 to 63 characters"],
			[{ name: "a", size: 0 }, "object size 0"],
			[{ name: "a", size: 2 ** 22 + 1 }, "object size 4194305"],
			[{ name: "a", size: Number.NaN }, "object size NaN"],
		] as const)
			expect(() => caches.create(wish)).to.throw(Error, said);
	});

	it("without memory there is no cache, and nothing is lost", () => {
		const mm = world();
		const before = names(mm);
		mm.allocator.injector = { shouldFail: () => true };
		const made = [];
		for (;;) {
			const cache = mm.caches.create({
				name: `c${made.length}`,
				size: 64,
				mayMerge: false,
			});
			if (cache === null) break;
			made.push(cache);
		}
		expect(audit(mm)).to.deep.equal([]);
		for (const cache of made)
			expect(mm.caches.destroy(cache)).to.deep.equal([]);
		expect(names(mm)).to.deep.equal(before);
		expect(audit(mm)).to.deep.equal([]);
	});

	it("there are slots for 319 caches", () => {
		const mm = world({ memory: "32M" });
		let count = names(mm).length;
		while (mm.caches.create({ name: `c${count}`, size: 64, mayMerge: false }))
			count++;
		expect(count).to.equal(SLOTS - 1);
		expect(audit(mm)).to.deep.equal([]);
	});
});

describe("slab caches: sharing", () => {
	it("a cache that asks for nothing special shares an older one of its size", () => {
		const mm = world();
		const one = mm.caches.create({ name: "one", size: 100 })!;
		const two = mm.caches.create({ name: "two", size: 97 })!;
		expect(two).to.equal(one);
		expect(one.record.refcount).to.equal(2);
		expect(names(mm)).not.to.include("two");
	});

	it("the object grows to the largest user's", () => {
		const { caches } = world();
		const one = caches.create({ name: "one", size: 97 })!;
		caches.create({ name: "two", size: 103 });
		expect(one.objectSize).to.equal(103);
	});

	it("sizes that differ by a pointer or more do not share", () => {
		const { caches } = world();
		const one = caches.create({ name: "one", size: 104 })!;
		expect(caches.create({ name: "two", size: 96 })).not.to.equal(one);
		expect(caches.create({ name: "three", size: 105 })).not.to.equal(one);
	});

	it("accounting and reclaim must agree", () => {
		const { caches } = world();
		const one = caches.create({ name: "one", size: 104 })!;
		for (const flags of [SLAB_ACCOUNT, SLAB_RECLAIM_ACCOUNT])
			expect(
				caches.create({ name: `f${flags}`, size: 104, flags }),
			).not.to.equal(one);
	});

	it("alignment must fit", () => {
		const { caches } = world();
		const line = caches.create({ name: "line", size: 128, align: 64 })!;
		expect(caches.create({ name: "loose", size: 128 })).to.equal(line);
		const odd = caches.create({ name: "odd", size: 200 })!;
		const strict = { name: "strict", size: 200, flags: SLAB_HWCACHE_ALIGN };
		expect(caches.create(strict)).not.to.equal(odd);
	});

	it("constructors, debugging and RCU keep a cache to itself, on either side", () => {
		const { caches } = world();
		const plain = caches.create({ name: "plain", size: 104 })!;
		for (const wish of [
			{ name: "ctor", size: 104, ctor: () => {} },
			{ name: "rcu", size: 96, flags: SLAB_TYPESAFE_BY_RCU },
			{ name: "poison", size: 96, flags: SLAB_POISON },
			{ name: "alone", size: 104, mayMerge: false },
		]) {
			const cache = caches.create(wish)!;
			expect(cache, wish.name).not.to.equal(plain);
			expect(cache.record.refcount, wish.name).to.be.at.most(1);
		}
		const ctor = caches.create({ name: "c", size: 40, ctor: () => {} })!;
		expect(caches.create({ name: "d", size: 48 })).not.to.equal(ctor);
	});

	it("kmalloc's caches are nobody else's", () => {
		const mm = world();
		const cache = mm.caches.create({ name: "mine", size: 64, align: 64 })!;
		expect(cache.name).to.equal("mine");
	});

	it("slab_nomerge: everybody for himself", () => {
		const { caches } = world({ switches: { noMerge: true } });
		const one = caches.create({ name: "one", size: 104 });
		expect(caches.create({ name: "two", size: 104 })).not.to.equal(one);
	});
});

describe("slab caches: destroying", () => {
	it("gives slabs, record and slot back", () => {
		const mm = world({ cpus: 2 });
		mm.caches.destroy(mm.caches.create({ name: "first", size: 500 })!);
		mm.allocator.drainAll();
		const before = mm.allocator.freeFrames;
		const cache = mm.caches.create({
			name: "inode",
			size: 600,
			mayMerge: false,
		})!;
		const { slot } = cache;
		const objects = cache.allocBulk(GFP_KERNEL, 100);
		mm.turn.seat(1);
		cache.freeBulk(objects);
		expect(mm.caches.destroy(cache)).to.deep.equal([]);
		expect(names(mm)).not.to.include("inode");
		mm.allocator.drainAll();
		expect(mm.allocator.freeFrames).to.equal(before);
		expect(audit(mm)).to.deep.equal([]);
		const next = mm.caches.create({ name: "next", size: 72 })!;
		expect(next.slot).to.equal(slot);
		next.free(next.alloc(GFP_KERNEL));
		expect(audit(mm)).to.deep.equal([]);
	});

	it("a shared cache lives until its last user goes", () => {
		const mm = world();
		const cache = mm.caches.create({ name: "one", size: 104 })!;
		mm.caches.create({ name: "two", size: 104 });
		expect(mm.caches.destroy(cache)).to.deep.equal([]);
		expect(names(mm)).to.include("one");
		mm.caches.destroy(cache);
		expect(names(mm)).not.to.include("one");
	});

	it("objects still in use are reported, wherever their slab is, and the cache stays", () => {
		const mm = world({ cpus: 2 });
		const cache = mm.caches.create({
			name: "leaky",
			size: 1000,
			mayMerge: false,
		})!;
		const objects = cache.allocBulk(GFP_KERNEL, 30);
		const kept = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 20, 29];
		objects.forEach((object, i) => {
			if (!kept.includes(i)) cache.free(object);
		});
		const left = mm.caches.destroy(cache);
		expect(
			left.map(({ object }) => object).sort((a, b) => a - b),
		).to.deep.equal(kept.map((i) => objects[i]!).sort((a, b) => a - b));
		for (const { slab, object } of left)
			expect(mm.pages.head(Math.floor(object / 4096) as never)).to.equal(slab);
		expect(names(mm)).to.include("leaky");
		for (const i of kept) cache.free(objects[i]!);
		expect(mm.caches.destroy(cache)).to.deep.equal([]);
		expect(audit(mm)).to.deep.equal([]);
	});
});
