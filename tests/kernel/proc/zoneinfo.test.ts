// Specification of /proc/zoneinfo: Linux's text, and its way back.

import { expect } from "chai";
import {
	formatZoneinfo,
	parseZoneinfo,
	type ZoneInfo,
} from "../../../kernel/proc/zoneinfo";
import { recorded, recordedNames } from "../../fixtures";

const DMA: ZoneInfo = {
	node: 0,
	zone: "DMA",
	nodeStats: { nr_mapped: 600, nr_slab_reclaimable: 2186 },
	free: 3808,
	boost: 0,
	min: 28,
	low: 35,
	high: 42,
	spanned: 4095,
	present: 3998,
	managed: 3840,
	cma: 0,
	protection: [0, 25, 274],
	stats: { nr_free_pages: 3808, numa_hit: 1 },
	pagesets: [
		{ cpu: 0, count: 5, high: 35, batch: 1, statThreshold: 2 },
		{ cpu: 1, count: 0, high: 35, batch: 1, statThreshold: 2 },
	],
	unreclaimable: false,
	startPfn: 1,
};

const MOVABLE: ZoneInfo = {
	...DMA,
	zone: "Movable",
	nodeStats: null,
	free: 0,
	min: 0,
	low: 0,
	high: 0,
	spanned: 0,
	present: 0,
	managed: 0,
	protection: [0, 0, 0],
	stats: {},
	pagesets: [],
	startPfn: 0,
};

const TEXT = `Node 0, zone      DMA
  per-node stats
      nr_mapped    600
      nr_slab_reclaimable 2186
  pages free     3808
        boost    0
        min      28
        low      35
        high     42
        spanned  4095
        present  3998
        managed  3840
        cma      0
        protection: (0, 25, 274)
      nr_free_pages 3808
      numa_hit     1
  pagesets
    cpu: 0
              count: 5
              high:  35
              batch: 1
  vm stats threshold: 2
    cpu: 1
              count: 0
              high:  35
              batch: 1
  vm stats threshold: 2
  node_unreclaimable:  0
  start_pfn:           1
Node 0, zone  Movable
  pages free     0
        boost    0
        min      0
        low      0
        high     0
        spanned  0
        present  0
        managed  0
        cma      0
        protection: (0, 0, 0)
`;

describe("/proc/zoneinfo", () => {
	it("tells all of a populated zone and little of an empty one (ZI1)", () => {
		expect(formatZoneinfo([DMA, MOVABLE])).to.equal(TEXT);
	});

	it("is read back", () => {
		expect(parseZoneinfo(TEXT)).to.deep.equal([DMA, MOVABLE]);
	});

	it("says which line does not fit", () => {
		expect(() => parseZoneinfo(TEXT.replace("managed ", "handled "))).to.throw(
			'zoneinfo, line 12: expected `managed`, found "        handled  3840".',
		);
	});

	for (const name of recordedNames())
		for (const snapshot of ["a", "c"] as const)
			it(`keeps every byte of ${name}/${snapshot}`, () => {
				const text = recorded(name).text("zoneinfo", snapshot);
				const zones = parseZoneinfo(text);
				expect(formatZoneinfo(zones)).to.equal(text);
				expect(zones).to.have.length(5);
				expect(zones.filter((zone) => zone.nodeStats)).to.have.length(1);
				for (const { managed, present, spanned } of zones)
					expect(managed <= present && present <= spanned, "ZI2").to.be.true;
			});
});
