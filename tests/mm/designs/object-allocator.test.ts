// The specification that every design keeps, then random commands against a Map of intervals.

import { expect } from "chai";
import fc from "fast-check";
import { Machine } from "../../../hw/machine";
import { asPhys, type PhysAddr } from "../../../hw/units";
import type { Bonwick } from "../../../mm/designs/bonwick";
import {
	checkWish,
	type ObjectAllocator,
	type ObjectCache,
	roundUp,
	slabsUsage,
} from "../../../mm/designs/object-allocator";
import { __GFP_ZERO, GFP_ATOMIC, GFP_KERNEL } from "../../../mm/gfp";
import { MmGlobals } from "../../../mm/globals";
import { ZERO_SIZE } from "../../../mm/kmalloc";
import { MemoryManager } from "../../../mm/memory-manager";
import { IntervalModel } from "../../models/interval-model";
import { panicOf } from "../world";
import {
	auditAll,
	DESIGNS,
	type Design,
	failNth,
	freeFrames,
	start,
	sum,
	users,
} from "./designs";

const SIZES = [
	1, 7, 8, 9, 24, 64, 65, 96, 100, 128, 200, 256, 300, 511, 512, 513, 700, 1000,
	1024, 1500, 2000, 2048, 2500, 3000, 4000, 4088, 4096, 4097, 5000, 8192, 8193,
	20000,
];

for (const design of DESIGNS)
	describe(`object allocator: ${design.name}`, () => {
		describe("kmalloc", () => kmallocSpecification(design));
		describe("threads", () => threadSpecification(design));
		describe("caches", () => cacheSpecification(design));
		describe("memory that runs out", () => shortageSpecification(design));
		describe("usage", () => usageSpecification(design));
		it("does what a Map of intervals does, under any commands", () =>
			random(design)).timeout(60000);
	});

function kmallocSpecification(design: Design): void {
	it("gives at least the bytes, aligned to 8, without overlap, and keeps contents", () => {
		const { mm, objects } = start(design, { memory: "32M" });
		const model = new IntervalModel(mm.memory);
		for (let round = 0; round < 6; round++)
			for (const bytes of SIZES) {
				const at = objects.kmalloc(bytes, GFP_KERNEL);
				expect(at, `${bytes} bytes`).to.be.greaterThan(0);
				expect(at % 8, `${bytes} bytes`).to.equal(0);
				expect(objects.ksize(at)).to.be.at.least(bytes);
				model.add(at, bytes);
			}
		expect(auditAll(mm, objects)).to.deep.equal([]);
		for (const at of model.addresses) {
			model.remove(at);
			objects.kfree(at);
		}
		expect(auditAll(mm, objects)).to.deep.equal([]);
	});

	it("gives ZERO_SIZE for nothing; it and NULL may be freed", () => {
		const { objects } = start(design);
		expect(objects.kmalloc(0, GFP_KERNEL)).to.equal(ZERO_SIZE);
		expect(objects.ksize(ZERO_SIZE)).to.equal(0);
		objects.kfree(ZERO_SIZE);
		objects.kfree(asPhys(0));
	});

	it("gives 0 for what is no size, or more than 4 MiB", () => {
		const { objects } = start(design);
		for (const bytes of [-1, 4 * 2 ** 20 + 1, Number.POSITIVE_INFINITY])
			expect(objects.kmalloc(bytes, GFP_KERNEL)).to.equal(0);
	});

	it("zeroes on request", () => {
		const { mm, objects } = start(design);
		for (const bytes of [40, 600, 3000, 10000]) {
			const dirty = objects.kmalloc(bytes, GFP_KERNEL);
			mm.memory.fill(dirty, bytes, 0xee);
			objects.kfree(dirty);
			const clean = objects.kmalloc(bytes, GFP_KERNEL | __GFP_ZERO);
			const now = mm.memory.bytesAt(clean, bytes);
			expect(now.every((byte) => byte === 0)).to.equal(true);
		}
	});

	it("the object freed last is a good one to hand out: sizes settle", () => {
		const { mm, objects } = start(design);
		const once = () => {
			const all = SIZES.map((bytes) => objects.kmalloc(bytes, GFP_KERNEL));
			for (const at of all) objects.kfree(at);
		};
		for (let i = 0; i < 20; i++) once();
		const settled = freeFrames(mm);
		for (let i = 0; i < 20; i++) once();
		expect(freeFrames(mm)).to.equal(settled);
	});

	it("refuses an address at which nothing was allocated", () => {
		const { mm, objects } = start(design);
		const at = objects.kmalloc(100, GFP_KERNEL);
		const page = mm.allocator.allocPages(0, GFP_KERNEL);
		expect(panicOf(() => objects.kfree(asPhys(page * 4096)))).to.match(/kfree/);
		objects.kfree(at);
	});

	it("refuses a second free in a row", () => {
		for (const bytes of [24, 600, 3000, 20000]) {
			const { objects } = start(design);
			const kept = objects.kmalloc(bytes, GFP_KERNEL);
			const at = objects.kmalloc(bytes, GFP_KERNEL);
			objects.kfree(at);
			expect(
				panicOf(() => objects.kfree(at)),
				`${bytes} bytes`,
			).to.match(/free|nothing was allocated/);
			expect(kept).to.be.greaterThan(0);
		}
	});

	it("frees on one CPU what another allocated", () => {
		const { mm, objects } = start(design, { cpus: 2 });
		const model = new IntervalModel(mm.memory);
		for (let i = 0; i < 400; i++) {
			mm.turn.seat(i & 1);
			const at = objects.kmalloc(100 + i, GFP_KERNEL);
			model.add(at, 100 + i);
			if (i % 3 !== 0) continue;
			const oldest = model.addresses[0]!;
			mm.turn.seat(~i & 1);
			model.remove(oldest);
			objects.kfree(oldest);
		}
		expect(auditAll(mm, objects)).to.deep.equal([]);
	});

	if (design.name !== "slub")
		it("OA3: SLUB refuses its objects, and it refuses SLUB's", () => {
			const { mm, objects } = start(design);
			const mine = objects.kmalloc(100, GFP_KERNEL);
			const block = objects.kmalloc(9000, GFP_KERNEL);
			const slubs = mm.kmalloc.kmalloc(100, GFP_KERNEL);
			const slubsBlock = mm.kmalloc.kmalloc(9000, GFP_KERNEL);
			for (const at of [mine, block])
				expect(panicOf(() => mm.kmalloc.kfree(at))).to.match(/K3/);
			for (const at of [slubs, slubsBlock])
				expect(panicOf(() => objects.kfree(at))).to.match(/OA3/);
		});

	if (design.name !== "slub")
		it("OA3: two allocators of one design do not mix", () => {
			const { mm, objects } = start(design);
			const other = design.make(mm)!;
			const mine = objects.kmalloc(100, GFP_KERNEL);
			const block = objects.kmalloc(9000, GFP_KERNEL);
			for (const at of [mine, block])
				expect(panicOf(() => other.kfree(at))).to.match(/OA3|another/);
			expect(other.check()).to.deep.equal([]);
		});

	it("a second view from the same RAM sees the same allocator", () => {
		const { mm, objects } = start(design);
		const cache = objects.createCache({
			name: "things",
			size: 48,
			mayMerge: false,
		})!;
		const thing = cache.alloc(GFP_KERNEL);
		const at = objects.kmalloc(200, GFP_KERNEL);
		const second = design.attach(mm, objects);
		expect(second.usage()).to.deep.equal(objects.usage());
		const same = second.caches().find(({ name }) => name === "things")!;
		second.kfree(at);
		same.free(thing);
		expect(objects.usage()).to.deep.equal(second.usage());
		expect(auditAll(mm, objects)).to.deep.equal([]);
		const late = second.createCache({ name: "late", size: 72 })!;
		const object = late.alloc(GFP_KERNEL);
		expect(objects.caches().map(({ name }) => name)).to.include("late");
		expect(auditAll(mm, objects)).to.deep.equal([]);
		late.free(object);
	});
}

function threadSpecification(design: Design): void {
	it("a thread that is a CPU, with locks of its own kind, works on the same allocator", () => {
		const { mm, objects } = start(design, { cpus: 2 });
		const machine = Machine.attach(mm.machine.buffer, 1);
		const globals = new MmGlobals(machine.memory, machine.statics);
		const theirs = new MemoryManager(machine, globals, {
			tuning: { cpuCount: 2 },
		});
		const other = design.attach(theirs, objects);
		const mine = SIZES.map((bytes) => objects.kmalloc(bytes, GFP_KERNEL));
		const others = SIZES.map((bytes) => other.kmalloc(bytes, GFP_KERNEL));
		const all = [...mine, ...others];
		expect(new Set(all).size).to.equal(all.length);
		expect(all).not.to.include(0);
		for (const at of mine) other.kfree(at);
		for (const at of others) objects.kfree(at);
		expect(auditAll(mm, objects)).to.deep.equal([]);
		if (design.name === "bonwick") (other as Bonwick).update();
		if (design.name !== "slub") other.shrink(); // SLUB's needs the other CPUs to stand still
		expect(auditAll(mm, objects)).to.deep.equal([]);
	});
}

function cacheSpecification(design: Design): void {
	it("OA1: objects of every size and alignment", () => {
		const { mm, objects } = start(design, { memory: "64M" });
		const model = new IntervalModel(mm.memory);
		for (const [size, align] of [
			[1, 0],
			[20, 0],
			[40, 64],
			[200, 8],
			[333, 256],
			[600, 64],
			[1000, 1024],
			[2500, 0],
			[4096, 4096],
			[6000, 64],
			[40000, 0],
		] as const) {
			const name = `of-${size}`;
			const cache = objects.createCache({ name, size, align })!;
			expect(cache.objectSize).to.be.at.least(size);
			for (let i = 0; i < 30; i++) {
				const at = cache.alloc(GFP_KERNEL);
				expect(at % (align || 8), `${size} at ${align}`).to.equal(0);
				model.add(at, size);
			}
		}
		expect(auditAll(mm, objects)).to.deep.equal([]);
		for (const at of model.addresses) model.check(at);
	});

	it("what a constructor made is there in every object that is handed out", () => {
		const { mm, objects } = start(design);
		for (const size of [24, 100, 600, 5000]) {
			const cache = objects.createCache({
				name: `made-${size}`,
				size,
				ctor: (object, memory) => memory.fill(object, size, 0x5c),
			})!;
			const isMade = (at: PhysAddr): boolean =>
				mm.memory.bytesAt(at, size).every((byte) => byte === 0x5c);
			for (let round = 0; round < 3; round++) {
				const all = Array.from({ length: 40 }, () => cache.alloc(GFP_KERNEL));
				expect(all.every(isMade)).to.equal(true);
				for (const at of all) cache.free(at);
			}
		}
		expect(auditAll(mm, objects)).to.deep.equal([]);
	});

	it("are listed newest first", () => {
		const { objects } = start(design);
		const had = objects.caches().length;
		for (const name of ["one", "two", "three"])
			objects.createCache({ name, size: 40, mayMerge: false });
		const names = objects.caches().map(({ name }) => name);
		expect(names.slice(0, 3)).to.deep.equal(["three", "two", "one"]);
		expect(names.length).to.equal(had + 3);
	});

	it("refuse an object that is not theirs", () => {
		const { mm, objects } = start(design);
		const make = (name: string, size: number) =>
			objects.createCache({ name, size, mayMerge: false })!;
		const big = make("big", 5000);
		const small = make("small", 64);
		const object = small.alloc(GFP_KERNEL);
		expect(panicOf(() => big.free(object))).to.be.a("string");
		const page = mm.allocator.allocPages(0, GFP_KERNEL);
		expect(panicOf(() => small.free(asPhys(page * 4096)))).to.be.a("string");
	});
}

function shortageSpecification(design: Design): void {
	it("gives 0 when memory is out, and everything back when objects go", () => {
		const { mm, objects } = start(design, { memory: "8M" });
		for (const bytes of [64, 1000, 3000, 12000]) {
			const all: PhysAddr[] = [];
			for (;;) {
				const at = objects.kmalloc(bytes, GFP_KERNEL);
				if (at === 0) break;
				all.push(at);
			}
			expect(all.length).to.be.greaterThan(100);
			expect(new Set(all).size).to.equal(all.length);
			expect(auditAll(mm, objects)).to.deep.equal([]);
			for (const at of all) objects.kfree(at);
			objects.shrink();
			expect(auditAll(mm, objects)).to.deep.equal([]);
		}
	}).timeout(60000);

	it("OA2: any request for pages may fail, and nothing is lost", () => {
		for (let n = 1; ; n++) {
			const { mm, objects, before } = start(design, { memory: "16M" });
			const had = users(objects);
			const hasFailed = failNth(mm, n);
			life(mm, objects);
			mm.allocator.injector = null;
			objects.shrink();
			expect(auditAll(mm, objects), `request ${n}`).to.deep.equal([]);
			expect(users(objects), `request ${n}`).to.equal(had);
			if (design.name !== "slub")
				expect(before - freeFrames(mm)).to.equal(sum(objects.usage(), "pages"));
			if (!hasFailed()) {
				expect(n).to.be.greaterThan(10);
				return;
			}
		}
	}).timeout(60000);

	it("OA2: an allocator that cannot be made leaves nothing behind", () => {
		if (design.name === "slub") return;
		const { mm } = start(design);
		const before = freeFrames(mm);
		failNth(mm, 1);
		expect(design.make(mm)).to.equal(null);
		mm.allocator.injector = null;
		expect(freeFrames(mm)).to.equal(before);
	});
}

/** Makes caches and objects, as far as they can be had, and frees all of them. */
function life(mm: MemoryManager, objects: ObjectAllocator): void {
	const model = new IntervalModel(mm.memory);
	const owners = new Map<PhysAddr, ObjectCache>();
	const note = (at: PhysAddr, bytes: number): void => {
		if (at !== 0) model.add(at, bytes);
	};
	for (const size of [30, 700, 5000]) {
		const cache = objects.createCache({
			name: `c-${size}`,
			size,
			mayMerge: false,
		});
		if (cache === null) continue;
		for (let i = 0; i < 12; i++) {
			const at = cache.alloc(GFP_KERNEL);
			note(at, size);
			if (at !== 0) owners.set(at, cache);
		}
	}
	for (let i = 0; i < 3; i++)
		for (const bytes of SIZES) note(objects.kmalloc(bytes, GFP_ATOMIC), bytes);
	expect(auditAll(mm, objects)).to.deep.equal([]);
	for (const at of model.addresses) {
		model.remove(at);
		const owner = owners.get(at);
		if (owner === undefined) objects.kfree(at);
		else owner.free(at);
	}
}

function usageSpecification(design: Design): void {
	it("OA4: counts the objects in use and the frames that are held", () => {
		const { mm, objects, before } = start(design, { memory: "32M" });
		const cache = objects.createCache({
			name: "things",
			size: 100,
			mayMerge: false,
		})!;
		const had = users(objects);
		const frames0 = freeFrames(mm);
		const pages0 = sum(objects.usage(), "pages");
		const all: PhysAddr[] = [];
		for (let i = 0; i < 300; i++) {
			const bytes = SIZES[(i * 7) % SIZES.length]!;
			all.push(objects.kmalloc(bytes, GFP_KERNEL));
		}
		const things = Array.from({ length: 70 }, () => cache.alloc(GFP_KERNEL));
		expect(cache.usage().active).to.equal(70);
		expect(users(objects) - had).to.equal(370);
		const taken = frames0 - freeFrames(mm);
		expect(sum(objects.usage(), "pages") - pages0).to.equal(taken);
		if (design.name !== "slub")
			expect(sum(objects.usage(), "pages")).to.equal(before - freeFrames(mm));
		for (const row of objects.usage()) {
			expect(row.active, row.name).to.be.at.most(row.total);
			expect(row.wasted, row.name).to.be.at.least(0);
			expect(row.free, row.name).to.be.at.least(0);
		}
		const held = sum(objects.usage(), "pages") * 4096;
		const idle = sum(objects.usage(), "wasted") + sum(objects.usage(), "free");
		const asked = all.reduce((bytes, at) => bytes + objects.ksize(at), 0);
		expect(held - idle).to.be.at.least(asked + 70 * cache.objectSize);
		const { made, discarded } = objects.slabCounts();
		expect(made).to.be.at.least(discarded + 1);
		for (const at of all) objects.kfree(at);
		for (const at of things) cache.free(at);
		expect(cache.usage().active).to.equal(0);
		expect(users(objects)).to.equal(had);
	});

	it("after everything is freed and shrunk, only records hold frames", () => {
		const { mm, objects, before } = start(design, { memory: "32M" });
		objects.shrink();
		const rest = freeFrames(mm);
		const all: PhysAddr[] = [];
		for (let i = 0; i < 600; i++)
			all.push(objects.kmalloc(SIZES[i % SIZES.length]!, GFP_KERNEL));
		for (const at of all) objects.kfree(at);
		objects.shrink();
		expect(freeFrames(mm)).to.equal(rest);
		if (design.name === "slub") return;
		const [records] = objects.usage().slice(-1);
		expect(records!.name).to.equal("records");
		expect(before - rest).to.equal(records!.pages);
		expect(auditAll(mm, objects)).to.deep.equal([]);
	});
}

/** One command: what, how much, which of those that are there, and by which CPU. */
const command = fc.record({
	deed: fc.constantFrom(
		"kmalloc",
		"kmalloc",
		"kmalloc",
		"alloc",
		"alloc",
		"free",
		"free",
		"free",
		"shrink",
		"cache",
		"short",
	),
	bytes: fc.oneof(
		fc.integer({ min: 1, max: 64 }),
		fc.integer({ min: 1, max: 1100 }),
		fc.integer({ min: 1, max: 9000 }),
	),
	pick: fc.nat(),
	cpu: fc.nat({ max: 1 }),
});

function random(design: Design): void {
	fc.assert(
		fc.property(
			fc.array(command, { minLength: 1, maxLength: 120, size: "max" }),
			(deeds) => {
				const { mm, objects } = start(design, { memory: "5M", cpus: 2 });
				const model = new IntervalModel(mm.memory);
				const owners = new Map<PhysAddr, ObjectCache>();
				const caches: ObjectCache[] = [];
				for (const { deed, bytes, pick, cpu } of deeds) {
					mm.turn.seat(cpu);
					const cache = caches[pick % Math.max(1, caches.length)];
					if (deed === "kmalloc") {
						const at = objects.kmalloc(bytes, GFP_KERNEL);
						if (at !== 0) model.add(at, bytes);
					} else if (deed === "alloc" && cache !== undefined) {
						const at = cache.alloc(GFP_KERNEL);
						if (at !== 0) {
							model.add(at, cache.objectSize);
							owners.set(at, cache);
						}
					} else if (deed === "free" && model.live.size > 0) {
						const at = model.addresses[pick % model.live.size]!;
						model.remove(at);
						const owner = owners.get(at);
						owners.delete(at);
						if (owner === undefined) objects.kfree(at);
						else owner.free(at);
					} else if (deed === "shrink") objects.shrink();
					else if (deed === "short") failNth(mm, 1 + (pick % 3));
					else if (deed === "cache" && caches.length < 4) {
						const name = `cache-${caches.length}`;
						const wish = { name, size: bytes, mayMerge: false };
						const made = objects.createCache(wish);
						if (made !== null) caches.push(made);
					}
					expect(objects.check()).to.deep.equal([]);
				}
				expect(auditAll(mm, objects)).to.deep.equal([]);
				for (const at of model.addresses) model.check(at);
			},
		),
		{ numRuns: 40 },
	);
}

describe("object allocator: wishes", () => {
	it("that no cache can fulfil are an Error with a sentence", () => {
		for (const [wish, text] of [
			[{ name: "", size: 8 }, /1 to 63 characters/],
			[{ name: "x".repeat(64), size: 8 }, /1 to 63 characters/],
			[{ name: "none", size: 0 }, /object size 0 must be 1 to 4194304 bytes/],
			[{ name: "half", size: 1.5 }, /object size 1.5/],
			[{ name: "huge", size: 5e6 }, /object size 5000000/],
			[{ name: "odd", size: 8, align: 24 }, /alignment 24 must be a power/],
			[{ name: "wide", size: 8, align: 8192 }, /up to 4096/],
		] as const) {
			expect(() => checkWish(wish)).to.throw(Error, text);
			for (const design of DESIGNS)
				expect(() => start(design).objects.createCache(wish)).to.throw(text);
		}
		checkWish({ name: "good", size: 8, align: 64 });
	});

	it("roundUp goes to the next multiple", () => {
		expect([roundUp(0, 8), roundUp(1, 8), roundUp(8, 8)]).to.deep.equal([
			0, 8, 8,
		]);
		expect(roundUp(2 ** 33 + 1, 64)).to.equal(2 ** 33 + 64);
	});

	it("OA4: what no object of a slab can have is wasted, what no user has is free", () => {
		const counts = {
			name: "x",
			objectSize: 100,
			active: 30,
			total: 40,
			slabs: 1,
			pages: 1,
			internal: false,
		};
		expect(slabsUsage(counts)).to.deep.equal({
			...counts,
			wasted: 96,
			free: 1000,
		});
	});
});
