// Specification of the estimates of /proc: what the recorded kernels computed from the same amounts.

import { expect } from "chai";
import {
	availablePages,
	commitLimit,
	dirtyThresholds,
	type MemoryUse,
} from "../../../kernel/proc/estimates";
import { parseMeminfo } from "../../../kernel/proc/meminfo";
import { parseVmstat } from "../../../kernel/proc/vmstat";
import { parseZoneinfo } from "../../../kernel/proc/zoneinfo";
import { recorded, recordedNames } from "../../fixtures";

const USE: MemoryUse = {
	free: 1000,
	reserve: 100,
	lowMarks: 50,
	pageCache: 400,
	reclaimable: 60,
};

/** The reserve and the low marks of a recorded machine. */
function marks(name: string) {
	const zones = parseZoneinfo(recorded(name).text("zoneinfo", "a"));
	let reserve = 0;
	let lowMarks = 0;
	for (const { high, low, managed, protection } of zones) {
		reserve += Math.min(managed, Math.max(...protection) + high);
		lowMarks += low;
	}
	return { reserve, lowMarks };
}

describe("estimates", () => {
	it("count half of what is reclaimable, or all but the low marks", () => {
		expect(availablePages(USE)).to.equal(1000 - 100 + (400 - 50) + (60 - 30));
	});

	it("are never negative", () => {
		const low = { ...USE, free: 10, pageCache: 0, reclaimable: 0 };
		expect(availablePages(low)).to.equal(0);
		expect(dirtyThresholds(low)).to.deep.equal({ dirty: 0, background: 0 });
	});

	for (const name of recordedNames()) {
		it(`equal MemAvailable and CommitLimit of ${name}`, () => {
			const kib = parseMeminfo(recorded(name).text("meminfo", "a"));
			const use = {
				...marks(name),
				free: kib.MemFree! / 4,
				pageCache: (kib["Active(file)"]! + kib["Inactive(file)"]!) / 4,
				reclaimable: kib.KReclaimable! / 4,
			};
			expect(availablePages(use) * 4).to.equal(kib.MemAvailable);
			expect(commitLimit(kib.MemTotal! / 4) * 4).to.equal(kib.CommitLimit);
		});

		it(`equal the dirty thresholds of ${name}`, () => {
			const counts = parseVmstat(recorded(name).text("vmstat", "a"));
			const thresholds = dirtyThresholds({
				...marks(name),
				free: counts.nr_free_pages!,
				pageCache: counts.nr_active_file! + counts.nr_inactive_file!,
				reclaimable: 0,
			});
			expect(thresholds).to.deep.equal({
				dirty: counts.nr_dirty_threshold,
				background: counts.nr_dirty_background_threshold,
			});
		});
	}
});
