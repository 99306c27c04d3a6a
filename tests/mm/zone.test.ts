import { expect } from "chai";
import {
	MAX_ORDER,
	WMARK_HIGH,
	WMARK_LOW,
	WMARK_MIN,
	ZONE_COUNT,
	ZONE_DMA32,
	ZONE_LIMITS,
	ZONE_NAMES,
	ZONE_WORDS,
	Zone,
} from "../../mm/zone";

const make = () => new Zone(new Int32Array(ZONE_WORDS));

describe("zones", () => {
	it("end at 16 MiB and at 4 GiB, as on every x86-64 machine", () => {
		expect(ZONE_LIMITS.slice(0, 2)).to.deep.equal([4096, 2 ** 20]);
		expect(ZONE_NAMES).to.have.lengthOf(ZONE_COUNT);
		expect(ZONE_NAMES[ZONE_DMA32]).to.equal("DMA32");
	});

	it("know their place, start and end", () => {
		const zone = make();
		zone.init(0, 1, 4096, 100);
		expect([zone.node, zone.index, zone.name]).to.deep.equal([0, 1, "DMA32"]);
		expect([zone.start, zone.end, zone.spanned]).to.deep.equal([
			4096, 4196, 100,
		]);
		expect(zone.contains(4095)).to.equal(false);
		expect(zone.contains(4096)).to.equal(true);
		expect(zone.contains(4195)).to.equal(true);
		expect(zone.contains(4196)).to.equal(false);
	});

	it("without frames are not populated", () => {
		const zone = make();
		expect(zone.isPopulated).to.equal(false);
		zone.setPresent(1);
		expect(zone.isPopulated).to.equal(true);
	});

	it("Z3: a mark that is read has the boost added", () => {
		const zone = make();
		zone.setWatermark(WMARK_MIN, 10);
		zone.setWatermark(WMARK_LOW, 12);
		zone.setWatermark(WMARK_HIGH, 15);
		zone.setBoost(100);
		const marks = [WMARK_MIN, WMARK_LOW, WMARK_HIGH].map((mark) =>
			zone.watermark(mark),
		);
		expect(marks).to.deep.equal([110, 112, 115]);
	});

	it("keep every list, count, mark and reserve in a word of its own", () => {
		const zone = make();
		const used = new Set<number>([zone.lockAt]);
		let expected = 1;
		for (let order = 0; order < MAX_ORDER; order++)
			for (let type = 0; type < 5; type++) {
				used.add(zone.listAt(order, type)).add(zone.listAt(order, type) + 1);
				expected += 2;
			}
		expect(used.size).to.equal(expected);
		expect(Math.max(...used)).to.be.lessThan(ZONE_WORDS);
		const before = [...used].map((at) => zone.words[at]);
		for (let order = 0; order < MAX_ORDER; order++)
			zone.words[zone.countAt(order)] = 9;
		for (let highest = 0; highest < 5; highest++)
			zone.setLowmemReserve(highest, 7);
		for (let mark = 0; mark < 4; mark++) zone.setWatermark(mark, 7);
		zone.setBoosted(true);
		zone.setHighatomic(512);
		zone.addFree(33);
		zone.setManaged(44);
		expect([...used].map((at) => zone.words[at])).to.deep.equal(before);
		expect(zone.freeBlocks(10)).to.equal(9);
		expect(zone.lowmemReserve(4)).to.equal(7);
		expect(zone.highatomic).to.equal(512);
		expect([zone.free, zone.managed]).to.deep.equal([33, 44]);
	});

	it("remember that a boost should wake reclaim, until told otherwise", () => {
		const zone = make();
		zone.setBoosted(true);
		expect(zone.isBoosted).to.equal(true);
		zone.setBoosted(false);
		expect(zone.isBoosted).to.equal(false);
	});

	it("Z5: marks are compared with the free frames that the CPUs have told of", () => {
		const zone = make();
		zone.setWatermark(WMARK_LOW, 10);
		zone.addFree(11);
		expect([zone.seenFree, zone.isPlentiful(0)]).to.deep.equal([11, true]);
		zone.addDrift(1);
		expect([zone.free, zone.seenFree]).to.deep.equal([11, 10]);
		expect([zone.isPlentiful(0), zone.isPlentifulFor(0, 0)]).to.deep.equal([
			false,
			false,
		]);
		zone.addDrift(-1);
		expect(zone.isPlentiful(0)).to.equal(true);
		zone.setStatThreshold(4);
		expect(zone.statThreshold).to.equal(4);
	});
});
