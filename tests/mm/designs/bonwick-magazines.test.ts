import { expect } from "chai";
import { asPhys, type PhysAddr } from "../../../hw/units";
import { Bonwick, type BonwickCache } from "../../../mm/designs/bonwick";
import {
	MAGAZINES,
	type Magazines,
	magazineBytes,
} from "../../../mm/designs/bonwick-magazines";
import { GFP_KERNEL } from "../../../mm/gfp";
import { panicOf, world } from "../world";

function make(size = 100, cpus = 1) {
	const mm = world({ memory: "16M", cpus });
	const design = Bonwick.create(mm, GFP_KERNEL)!;
	const cache = design.createCache({ name: "things", size }) as BonwickCache;
	const magazines = cache.magazines as Magazines;
	const take = (count: number): PhysAddr[] =>
		Array.from({ length: count }, () => cache.alloc(GFP_KERNEL));
	const give = (objects: readonly PhysAddr[]): void => {
		for (const object of objects) cache.free(object);
	};
	const magazineCache = (rounds: number) =>
		design.caches().find(({ name }) => name === `kmem_magazine_${rounds}`)!;
	return { mm, design, cache, magazines, take, give, magazineCache };
}

describe("magazines: sizes", () => {
	it("follow from the size of the buffers", () => {
		for (const [size, rounds] of [
			[8, 15],
			[64, 15],
			[65, 7],
			[256, 7],
			[257, 3],
			[3200, 3],
			[3201, 1],
			[4096, 1],
		] as const)
			expect(make(size).magazines.capacity, `${size}`).to.equal(rounds);
	});

	it("a magazine is a link and its rounds", () => {
		expect(MAGAZINES.map(({ rounds }) => magazineBytes(rounds))).to.deep.equal([
			16, 32, 64, 128, 256, 384, 512, 768, 1152,
		]);
	});
});

describe("magazines: one CPU", () => {
	it("what was freed last is handed out first, over both magazines", () => {
		const { take, give, magazines } = make();
		const objects = take(14);
		give(objects); // 7 + 7 rounds: loaded and previous are full
		expect(magazines.counts()).to.include({ rounds: 14, depotFull: 0 });
		expect(take(14)).to.deep.equal([...objects].reverse());
		expect(magazines.counts()).to.include({ rounds: 0, exchanges: 1 });
	});

	it("objects in magazines are free, though their slabs count them as taken", () => {
		const { cache, take, give } = make();
		give(take(10));
		expect(cache.head.active).to.equal(10);
		expect(cache.usage().active).to.equal(0);
	});

	it("exchanges magazines with the depot one in M times", () => {
		const { take, give, magazines } = make();
		const objects = take(70); // M = 7
		give(objects);
		expect(magazines.counts()).to.deep.equal({
			rounds: 70,
			exchanges: 0,
			loads: 0,
			stores: 8,
			depotFull: 8,
			depotEmpty: 0,
		});
		expect(take(70)).to.deep.equal([...objects].reverse());
		expect(magazines.counts()).to.deep.equal({
			rounds: 0,
			exchanges: 1,
			loads: 8,
			stores: 8,
			depotFull: 0,
			depotEmpty: 8,
		});
	});

	it("a CPU at a boundary swaps its magazines and leaves the depot alone", () => {
		const { take, give, magazines } = make();
		give(take(7));
		give(take(8)); // one more than the loaded one holds
		const { loads, stores } = magazines.counts();
		for (let i = 0; i < 50; i++) {
			const objects = take(8);
			give(objects);
		}
		expect(magazines.counts()).to.include({ loads, stores });
		expect(magazines.counts().exchanges).to.be.at.least(50);
	});

	it("MG4: allocating makes no magazine; freeing makes one when the depot has none", () => {
		const { take, give, magazineCache } = make();
		const objects = take(30);
		expect(magazineCache(7).usage().active).to.equal(0);
		give(objects.slice(0, 1));
		expect(magazineCache(7).usage().active).to.equal(1);
		give(objects.slice(1, 8));
		expect(magazineCache(7).usage().active).to.equal(2);
	});

	it("MG4: without memory for a magazine, the object goes to its slab", () => {
		const { mm, design, cache, take, give, magazines } = make();
		const objects = take(5);
		mm.allocator.injector = { shouldFail: () => true };
		give(objects);
		expect(magazines.counts().rounds).to.equal(0);
		expect(cache.head.active).to.equal(0);
		mm.allocator.injector = null;
		expect(design.check()).to.deep.equal([]);
	});

	it("purging empties everything into the slabs", () => {
		const { design, cache, take, give, magazines, magazineCache } = make();
		give(take(70));
		take(10);
		magazines.purge(cache.slabs);
		expect(magazines.counts()).to.include({
			rounds: 0,
			depotFull: 0,
			depotEmpty: 0,
		});
		expect(cache.head.active).to.equal(10);
		expect(magazineCache(7).usage().active).to.equal(0);
		expect(design.check()).to.deep.equal([]);
	});
});

describe("magazines: several CPUs", () => {
	it("each has its own two; the depot carries objects from one to the other", () => {
		const { mm, take, give, magazines, design } = make(100, 2);
		const objects = take(21);
		give(objects); // CPU 0 keeps 14, the depot has one magazine of 7
		mm.turn.seat(1);
		const seven = take(7);
		expect(new Set(seven)).to.deep.equal(new Set(objects.slice(0, 7)));
		expect(magazines.counts()).to.include({ loads: 1, depotFull: 0 });
		expect(objects).not.to.include(take(1)[0]);
		mm.turn.seat(0);
		expect(take(1)).to.deep.equal([objects[20]]);
		expect(design.check()).to.deep.equal([]);
	});

	it("grow when the depot's lock was missed more than 3 times since the last look", () => {
		const { design, cache, take, give, magazines } = make(100, 2);
		give(take(30));
		const contention = cache.head.words.length - 2 * 16 - 16 + 8;
		const miss = (times: number) => {
			cache.head.words[contention] =
				(cache.head.words[contention] as number) + times;
		};
		miss(3);
		expect(cache.update()).to.equal(false);
		miss(4);
		expect(cache.update()).to.equal(true);
		expect(magazines.capacity).to.equal(15);
		expect(cache.update()).to.equal(false);
		give(take(40));
		expect(design.check()).to.deep.equal([]);
	});

	it("buffers that are too large for it keep their magazines", () => {
		const { cache, magazines } = make(600, 1);
		const contention = cache.head.words.length - 16 - 16 + 8;
		const grown: number[] = [];
		for (let i = 0; i < 10; i++) {
			cache.head.words[contention] = 100 * (i + 1);
			cache.update();
			grown.push(magazines.capacity);
		}
		expect(grown).to.deep.equal([7, 15, 31, 47, 63, 95, 95, 95, 95, 95]);
	});
});

describe("magazines: misuse and damage", () => {
	it("a duplicate free in a row panics, also across magazines", () => {
		for (const before of [0, 3, 6, 13]) {
			const { take, give } = make();
			const objects = take(before + 1);
			give(objects);
			expect(panicOf(() => give(objects.slice(-1)))).to.match(
				/MG1 duplicate free/,
			);
		}
	});

	it("MG1: the auditor finds an object that is free twice, and a round that is none", () => {
		const { design, take, give } = make();
		const [a, b] = take(2) as [PhysAddr, PhysAddr];
		give([a, b, a]); // not in a row: nobody notices
		expect(design.check().join()).to.match(/MG1: an object of things is free/);
		const damaged = make();
		const [c] = damaged.take(1) as [PhysAddr];
		damaged.give([c]);
		const { head } = damaged.cache;
		const loaded = damaged.mm.memory.readPointer(
			asPhys(head.address + (head.words.length - 16 + 4) * 4),
		);
		damaged.mm.memory.writePointer(asPhys(loaded + 8), asPhys(c + 4));
		expect(damaged.design.check().join()).to.match(/MG1: a round of things/);
	});

	it("MG2 and MG3: the auditor finds wrong counts", () => {
		const { design, cache, take, give } = make();
		give(take(40));
		const at = cache.head.words.length - 16;
		for (const [word, value, text] of [
			[at + 2, 3, /MG2: the previous magazine of CPU 0 of things has 3/],
			[at + 1, 9, /MG2: the loaded magazine of CPU 0 of things has 9/],
			[at - 16 + 6, 9, /MG3: the depot of things counts 9 magazines/],
		] as const) {
			const had = cache.head.words[word] as number;
			cache.head.words[word] = value;
			expect(design.check().join()).to.match(text);
			cache.head.words[word] = had;
		}
		expect(design.check()).to.deep.equal([]);
	});
});
