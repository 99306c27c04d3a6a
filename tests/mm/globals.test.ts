import { expect } from "chai";
import { PhysicalMemory } from "../../hw/memory";
import { asPhys } from "../../hw/units";
import { GLOBALS_BYTES, MM_NO_GROUPING, MmGlobals } from "../../mm/globals";

const make = () => {
	const memory = new PhysicalMemory(new ArrayBuffer(8192), 8192);
	return { memory, globals: new MmGlobals(memory, asPhys(4096)) };
};

describe("static variables of the memory manager", () => {
	it("are valid once they were initialised", () => {
		const { globals } = make();
		expect(globals.isValid).to.equal(false);
		globals.init(3);
		expect(globals.isValid).to.equal(true);
		expect(globals.cpuCount).to.equal(3);
		expect(globals.isBooted).to.equal(false);
	});

	it("keep each variable apart, and are found again through the address alone", () => {
		const { memory, globals } = make();
		globals.init(2);
		globals.setMemMap(asPhys(0x1000), 77, 88);
		globals.setPercpu(asPhys(0x2000));
		globals.setPgdat(asPhys(0x3000));
		globals.setBlocks(asPhys(0x4000));
		globals.setNewestCache(asPhys(0x5000));
		globals.setCacheOfCaches(asPhys(0x6000));
		globals.setCacheOfNodes(asPhys(0x7000));
		globals.setMinFreeKbytes(1024);
		globals.setRings(asPhys(0x8000), 256);
		globals.setFlags(MM_NO_GROUPING);
		globals.rngState.set([5, 6]);
		globals.setBooted();
		const again = new MmGlobals(memory, asPhys(4096));
		expect(again).to.include({
			isValid: true,
			cpuCount: 2,
			memMap: 0x1000,
			gapStart: 77,
			gapFrames: 88,
			percpu: 0x2000,
			pgdat: 0x3000,
			blocks: 0x4000,
			newestCache: 0x5000,
			cacheOfCaches: 0x6000,
			cacheOfNodes: 0x7000,
			minFreeKbytes: 1024,
			rings: 0x8000,
			ringRecords: 256,
			flags: MM_NO_GROUPING,
			isBooted: true,
		});
		expect([...again.rngState]).to.deep.equal([5, 6]);
		expect(again.words[again.cacheLockAt]).to.equal(0);
	});

	it("fit their record", () => {
		expect(make().globals.words.byteLength).to.equal(GLOBALS_BYTES);
	});
});
