import { expect } from "chai";
import { TurnLocks } from "../../../hw/lock";
import { PhysicalMemory } from "../../../hw/memory";
import { asPhys } from "../../../hw/units";
import { checkMemblock } from "../../../mm/check/memblock-check";
import { Memblock } from "../../../mm/memblock";

const MIB = 1024 * 1024;
const STRUCT = asPhys(4096);
const FIRST_REGION = asPhys(4096 + 80); // of the list of memory

describe("memblock auditor", () => {
	let memory: PhysicalMemory;
	let memblock: Memblock;
	beforeEach(() => {
		memory = new PhysicalMemory(new ArrayBuffer(4 * MIB), 4 * MIB);
		memblock = new Memblock(memory, new TurnLocks(), STRUCT);
		memblock.add(MIB, 65536);
		memblock.add(2 * MIB, 65536);
	});

	const broken = () => checkMemblock(memblock).map((text) => text.slice(0, 3));

	it("has nothing to say about a sound one", () => {
		expect(broken()).to.deep.equal([]);
	});

	it("MB1: names an empty region and an overlap", () => {
		memory.writeU64(FIRST_REGION, 2 * MIB);
		expect(broken()).to.deep.equal(["MB1"]);
		memory.writeU64(asPhys(FIRST_REGION + 8), 0);
		expect(broken()).to.include("MB1");
	});

	it("MB2: names neighbours that should be one", () => {
		memory.writeU64(FIRST_REGION, 2 * MIB - 65536);
		expect(broken()).to.deep.equal(["MB2"]);
	});

	it("MB3: names a wrong byte count", () => {
		memory.writeU64(asPhys(FIRST_REGION + 8), 32768);
		expect(broken()).to.deep.equal(["MB3"]);
	});

	it("MB4: names a grown array that somebody freed", () => {
		memblock.add(3 * MIB, 65536);
		for (let i = 0; i < 129; i++) memblock.reserve(MIB + i * 128, 64);
		expect(broken()).to.deep.equal([]);
		memblock.free(memblock.arrays.reserved.base, 4096);
		expect(broken()).to.deep.equal(["MB4"]);
	});

	it("MB5: names a region beyond the end of addresses", () => {
		memory.writeU64(asPhys(FIRST_REGION + 24), 2 ** 48 - 4096);
		expect(broken()).to.deep.equal(["MB5"]);
	});
});
