import { expect } from "chai";
import {
	type FoldedCache,
	FoldedObjects,
} from "../../../../kernel/trace/fold/objects";

const SLOT = 32;
const cache = (): FoldedCache => ({
	...{ slot: SLOT, name: "probe", size: 512, objectSize: 500, order: 1 },
	...{ objects: 16, reclaimable: false, accounted: false, since: 3 },
	...{ slabs: 0, total: 0, active: 0, frames: 0 },
});

function fresh(): FoldedObjects {
	const objects = new FoldedObjects(1024, 2);
	objects.addCache(cache());
	objects.addSlab(64, 1, SLOT, 16);
	return objects;
}

const at = (index: number) => 64 * 4096 + index * 512;

describe("folded objects", () => {
	it("know who has an object, since when, and how much of it was asked for", () => {
		const objects = fresh();
		objects.allocate(10, at(9), SLOT, 400, 7, 3);
		expect(objects.at(at(9) + 100, SLOT)).to.deep.equal({
			...{ address: at(9), slab: 64, index: 9 },
			...{ since: 10, context: 7, pid: 3, bytes: 400 },
		});
		expect(objects.at(at(8), SLOT)).to.equal(null);
		expect(objects.at(5 * 4096, SLOT)).to.equal(null);
	});

	it("FO2: count what is in use, of slab and cache", () => {
		const objects = fresh();
		for (let i = 0; i < 3; i++) objects.allocate(i, at(i), SLOT, 1, 0, 0);
		objects.release(at(1), SLOT);
		objects.release(at(1), SLOT); // not in use any more
		expect(objects.inuse[64]).to.equal(2);
		expect(objects.cache(SLOT)).to.include({ slabs: 1, total: 16, active: 2 });
		const used: number[] = [];
		objects.eachOf(64, objects.cache(SLOT) as FoldedCache, ({ index }) =>
			used.push(index),
		);
		expect(used).to.deep.equal([0, 2]);
	});

	it("FO1: use the entries of a slab that is gone for the next", () => {
		const objects = fresh();
		objects.allocate(1, at(0), SLOT, 1, 0, 0);
		objects.removeSlab(64, 1, SLOT);
		expect(objects.at(at(0), SLOT)).to.equal(null);
		objects.addSlab(128, 1, SLOT, 16);
		expect(objects.inuse[128]).to.equal(0);
		expect(objects.at(128 * 4096, SLOT)).to.equal(null);
		expect(objects.slabOf(129)).to.equal(128);
		expect(objects.slabOf(64)).to.equal(-1);
	});

	it("keep slabs on the lists where they were put", () => {
		const objects = fresh();
		objects.addSlab(128, 1, SLOT, 16);
		objects.move(64, 4, SLOT, 0);
		objects.move(128, 3, SLOT, 0);
		expect(objects.listed(SLOT)).to.deep.equal([128, 64]);
		expect(objects.freeListed(SLOT)).to.equal(32);
		objects.move(64, 2, SLOT, 1);
		expect(objects.listed(SLOT)).to.deep.equal([128]);
		expect(objects.chained(SLOT, 1)).to.deep.equal([64]);
		objects.move(64, 1, SLOT, 1);
		expect(objects.chained(SLOT, 1)).to.deep.equal([]);
	});

	it("list caches newest first, until they end", () => {
		const objects = fresh();
		objects.addCache({ ...cache(), slot: 48, name: "later" });
		const names = () => objects.all().map(({ name }) => name);
		expect(names()).to.deep.equal(["later", "probe"]);
		objects.removeCache(SLOT);
		expect(names()).to.deep.equal(["later"]);
		expect(objects.cache(SLOT)).to.equal(null);
	});
});
