// Every zone of every recorded kernel, against the formulas.
//
// The kernel computes watermarks, reserves and per-CPU sizes once, early in boot. Afterwards it gives the zones the
// pages of the initial RAM disk and of its own boot code, and does not compute again. So `managed` at the end is
// larger than what the numbers come from, by what the boot log says was freed.

import { expect } from "chai";
import {
	bootMinFreeKbytes,
	lowmemReserves,
	pcpBatch,
	pcpHigh,
	statThreshold,
	zoneWatermarks,
} from "../../mm/watermark";
import { recorded, recordedNames } from "../fixtures";

const DMA32 = 1; // the zone that holds the kernel's image and the initial RAM disk

for (const name of recordedNames()) {
	describe(`zones of the recorded machine ${name}`, () => {
		const recording = recorded(name);
		const zones = recording.zones("c");
		const cpuCount = recording.cpuCount();
		const managed = zones.map((zone) => zone.managed);
		managed[DMA32]! -= recording.pagesFreedLate();
		const minFree = Number(recording.sysctl("min_free_kbytes"));
		const scaleFactor = Number(recording.sysctl("watermark_scale_factor"));
		const marks = zoneWatermarks(managed, minFree, scaleFactor);

		it("manage what the boot log says: all but the reserved, and what was freed since", () => {
			const { total, reserved } = recording.memoryLine();
			const freed = recording.pagesFreedEarly() + recording.pagesFreedLate();
			const all = zones.reduce((pages, zone) => pages + zone.managed, 0);
			expect(all).to.equal((total - reserved) / 4 + freed);
			const present = zones.reduce((pages, zone) => pages + zone.present, 0);
			expect(present).to.equal(total / 4);
		});

		it("have the min_free_kbytes of their size", () => {
			// Only this machine was started with transparent huge pages.
			const usesHugePages = name === "l2-mixed-nomerge-1cpu";
			expect(bootMinFreeKbytes(managed, usesHugePages)).to.equal(minFree);
		});

		it("have the marks", () => {
			zones.forEach((zone, index) => {
				const { min, low, high } = marks[index]!;
				expect({ min, low, high }, zone.name).to.deep.equal({
					min: zone.min,
					low: zone.low,
					high: zone.high,
				});
			});
		});

		it("have the protection", () => {
			const ratio = recording.sysctl("lowmem_reserve_ratio").split("\t");
			const reserves = lowmemReserves(managed, ratio.map(Number));
			expect(reserves).to.deep.equal(zones.map((zone) => zone.protection));
		});

		it("have the per-CPU sizes and the threshold of the counters", () => {
			zones.forEach((zone, index) => {
				const pages = managed[index]!;
				expect(zone.pagesets.length).to.equal(pages > 0 ? cpuCount : 0);
				for (const pageset of zone.pagesets) {
					const high = pcpHigh(pages, marks[index]!.low, cpuCount);
					expect(pageset.batch, zone.name).to.equal(pcpBatch(pages));
					expect(pageset.high, zone.name).to.equal(high);
				}
				if (pages === 0) return;
				const threshold = statThreshold(pages, cpuCount);
				expect(zone.statThreshold, zone.name).to.equal(threshold);
			});
		});
	});
}
