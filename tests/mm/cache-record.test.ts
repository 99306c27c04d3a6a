import { expect } from "chai";
import { PhysicalMemory } from "../../hw/memory";
import { asPhys } from "../../hw/units";
import {
	CACHE_NAME_MAX,
	CACHE_NODE_BYTES,
	CACHE_RECORD_BYTES,
	CacheNode,
	CacheRecord,
} from "../../mm/cache-record";
import {
	SLAB_HWCACHE_ALIGN,
	SLAB_RED_ZONE,
	slabGeometry,
} from "../../mm/slab-geometry";

const AT = asPhys(4096);
const make = () => {
	const memory = new PhysicalMemory(new ArrayBuffer(8192), 8192);
	return { memory, record: new CacheRecord(memory, AT) };
};
const geometry = slabGeometry(
	{ objectSize: 100, flags: SLAB_HWCACHE_ALIGN | SLAB_RED_ZONE },
	{ cpuCount: 2 },
)!;

describe("cache records", () => {
	it("hold all numbers of a cache, and give them back", () => {
		const { memory, record } = make();
		record.init("inode_cache", 48, geometry, 3);
		const again = new CacheRecord(memory, AT);
		expect(again.geometry()).to.deep.equal(geometry);
		expect(again).to.include({
			name: "inode_cache",
			slot: 48,
			ctor: 3,
			refcount: 1,
			newer: 0,
			older: 0,
		});
	});

	it("link to their neighbours and to the node's part", () => {
		const { record } = make();
		record.init("a", 16, geometry, 0);
		record.setNewer(asPhys(0x100));
		record.setOlder(asPhys(0x200));
		record.setNode(asPhys(0x300));
		expect([record.newer, record.older, record.node]).to.deep.equal([
			0x100, 0x200, 0x300,
		]);
		expect(record.geometry()).to.deep.equal(geometry);
	});

	it("cut a name to 63 characters and end it with a zero byte", () => {
		const { memory, record } = make();
		record.init("x".repeat(200), 16, geometry, 0);
		expect(record.name).to.equal("x".repeat(CACHE_NAME_MAX));
		expect(memory.readU8(asPhys(AT + CACHE_RECORD_BYTES))).to.equal(0);
	});

	it("a name that joins may use more of the object, never less", () => {
		const { record } = make();
		record.init("a", 16, slabGeometry({ objectSize: 50 }, { cpuCount: 1 })!, 0);
		record.growObject(55);
		expect(record.geometry()).to.include({ objectSize: 55, inuse: 56 });
		record.growObject(49);
		expect(record.geometry()).to.include({ objectSize: 55, inuse: 56 });
	});
});

describe("node parts of caches", () => {
	it("count slabs, objects and the length of the partial list", () => {
		const { memory } = make();
		const node = new CacheNode(memory, AT);
		node.words.fill(-1);
		node.init();
		node.addSlab(21);
		node.addSlab(42);
		node.removeSlab(21);
		node.addPartialCount(2);
		node.addPartialCount(-1);
		const again = new CacheNode(memory, AT);
		expect(again).to.include({
			slabCount: 1,
			objectCount: 42,
			partialCount: 1,
		});
		expect(again.words.byteLength).to.equal(CACHE_NODE_BYTES);
		expect(again.words[again.listAt]).to.equal(0);
		expect(again.words[again.lockAt]).to.equal(0);
	});
});
