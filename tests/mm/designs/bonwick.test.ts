import { expect } from "chai";
import { asPhys, type PhysAddr, physOf } from "../../../hw/units";
import {
	Bonwick,
	type BonwickCache,
	KMEM_SIZES,
} from "../../../mm/designs/bonwick";
import { GFP_KERNEL } from "../../../mm/gfp";
import { panicOf, world } from "../world";
import { freeFrames } from "./designs";

function make(cpus = 1, memory = "16M") {
	const mm = world({ memory, cpus });
	return { mm, design: Bonwick.create(mm, GFP_KERNEL)! };
}

describe("bonwick: sizes", () => {
	it("are those of illumos, up to a page; more is a whole block", () => {
		const { design } = make();
		expect(KMEM_SIZES).to.have.length(29);
		for (let bytes = 1; bytes <= 4096; bytes++) {
			const at = design.kmalloc(bytes, GFP_KERNEL);
			const size = KMEM_SIZES.find((each) => each >= bytes)!;
			expect(design.ksize(at), `${bytes}`).to.equal(size);
			design.kfree(at);
		}
		expect(design.ksize(design.kmalloc(4097, GFP_KERNEL))).to.equal(8192);
	});

	it("BN1: multiples of 64 are aligned to 64", () => {
		const { design } = make();
		for (const size of KMEM_SIZES)
			for (let i = 0; i < 5; i++) {
				const at = design.kmalloc(size, GFP_KERNEL);
				expect(at % (size % 64 === 0 ? 64 : 8), `${size}`).to.equal(0);
			}
	});

	it("the sizes between the powers of two waste less", () => {
		const { design } = make();
		const sizes = [65, 130, 300, 600, 1100, 2100];
		const had = sizes.map((it) => design.ksize(design.kmalloc(it, GFP_KERNEL)));
		expect(had).to.deep.equal([80, 160, 320, 640, 1152, 2688]);
	});
});

describe("bonwick: the root", () => {
	it("is one block that grows with the CPUs; all first caches are in it", () => {
		for (const [cpus, order] of [
			[1, 2],
			[2, 2],
			[8, 3],
			[16, 4],
			[64, 6],
		] as const) {
			const mm = world({ memory: "64M", cpus });
			const before = freeFrames(mm);
			const design = Bonwick.create(mm, GFP_KERNEL)!;
			expect(before - freeFrames(mm), `${cpus} CPUs`).to.equal(2 ** order);
			expect(design.caches()).to.have.length(40);
			const at = design.kmalloc(100, GFP_KERNEL);
			mm.turn.seat(cpus - 1);
			design.kfree(at);
			expect(design.check()).to.deep.equal([]);
		}
	});

	it("BN3: caches that serve caches have no magazines", () => {
		const { design } = make();
		const without = design
			.caches()
			.filter(({ magazines }) => magazines === null)
			.map(({ name }) => name);
		expect(without.reverse()).to.deep.equal([
			"kmem_cache",
			"kmem_slab_cache",
			...[1, 3, 7, 15, 31, 47, 63, 95, 143].map((it) => `kmem_magazine_${it}`),
		]);
		expect(design.caches()[0]!.counts()).to.deep.include({ rounds: 0 });
		expect(design.caches().at(-1)!.counts()).to.equal(null);
	});

	it("attaching to what is no root panics", () => {
		const { mm } = make();
		const page = mm.allocator.allocPages(0, GFP_KERNEL);
		const text = panicOf(() => Bonwick.attach(mm, physOf(page)));
		expect(text).to.match(/bonwick: BK1/);
	});
});

describe("bonwick: a cache", () => {
	it("keeps what the constructor did: it runs once for each buffer of a new slab", () => {
		const { mm, design } = make();
		let runs = 0;
		const cache = design.createCache({
			name: "made",
			size: 100,
			ctor: (object, memory) => {
				runs++;
				memory.fill(object, 100, 0x11);
			},
		}) as BonwickCache;
		const objects: PhysAddr[] = [];
		for (let i = 0; i < 100; i++) objects.push(cache.alloc(GFP_KERNEL));
		expect(runs).to.equal(cache.head.total);
		for (const at of objects) cache.free(at);
		for (let i = 0; i < 100; i++) {
			const bytes = mm.memory.bytesAt(cache.alloc(GFP_KERNEL), 100);
			expect(bytes.every((byte) => byte === 0x11)).to.equal(true);
		}
		expect(runs).to.equal(cache.head.total);
	});

	it("BN2: the auditor finds more rounds than taken objects", () => {
		const { design } = make();
		const cache = design.createCache({
			name: "things",
			size: 100,
		}) as BonwickCache;
		cache.free(cache.alloc(GFP_KERNEL));
		cache.head.addActive(-1);
		expect(design.check().join()).to.match(/BN2: things has 1 more rounds/);
	});

	it("shrinking gives back its slabs, its magazines and their records", () => {
		const { mm, design } = make(2, "32M");
		const before = freeFrames(mm);
		const objects: PhysAddr[] = [];
		for (let i = 0; i < 3000; i++)
			objects.push(design.kmalloc(1 + ((i * 37) % 4000), GFP_KERNEL));
		objects.forEach((at, i) => {
			mm.turn.seat(i & 1);
			design.kfree(at);
		});
		expect(freeFrames(mm)).to.be.below(before - 500);
		design.shrink();
		expect(freeFrames(mm)).to.equal(before);
		expect(design.check()).to.deep.equal([]);
	});

	it("update looks at every cache", () => {
		const { design } = make();
		design.update();
		expect(design.check()).to.deep.equal([]);
	});

	it("works with addresses above 4 GiB", () => {
		const mm = world({ memory: "5G" });
		const design = Bonwick.create(mm, GFP_KERNEL)!;
		expect(design.rootAddress).to.be.greaterThan(2 ** 32);
		const objects = Array.from({ length: 200 }, (_, i) =>
			design.kmalloc(10 + 20 * i, GFP_KERNEL),
		);
		expect(objects.every((at) => at > 2 ** 32)).to.equal(true);
		for (const at of objects) design.kfree(at);
		expect(design.kmalloc(10, GFP_KERNEL)).to.equal(objects[0]);
		expect(panicOf(() => design.kfree(asPhys(2 ** 33)))).to.match(/OA3/);
	});
});
