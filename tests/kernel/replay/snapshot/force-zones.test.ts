// Specification of forcing recorded numbers upon zones.

import { expect } from "chai";
import { boot } from "../../../../kernel/boot";
import { parseZoneinfo } from "../../../../kernel/proc/zoneinfo";
import {
	forceZones,
	zoneDifferences,
} from "../../../../kernel/replay/snapshot/force-zones";
import { machineOptions } from "../../../../kernel/replay/snapshot/machine";
import { recorded, recordedNames } from "../../../fixtures";

for (const name of recordedNames())
	describe(`the zones of the recorded machine ${name}, forced`, () => {
		const { machine } = recorded(name).whole;
		const { zones, minFreeKbytes } = machine;

		it("have the recorded marks, protection and per-CPU sizes (FZ1), and stay sound", () => {
			const kernel = boot(machineOptions(machine, { traceBuffer: false }));
			forceZones(kernel.mm, { zones, minFreeKbytes });
			const numbers = (text: readonly (typeof zones)[number][]) =>
				text.map(({ min, low, high, boost, protection, pagesets }) => ({
					marks: [min, low, high, boost],
					protection,
					lists: pagesets.map(({ cpu, high, batch }) => [cpu, high, batch]),
				}));
			const ours = parseZoneinfo(kernel.proc("zoneinfo"));
			expect(numbers(ours)).to.deep.equal(numbers(zones));
			expect(kernel.mm.globals.minFreeKbytes).to.equal(minFreeKbytes);
			expect(kernel.check()).to.deep.equal([]);
		});

		it("differ from the recorded ones in managed pages alone, and in nothing when these are forced", () => {
			const kernel = boot(machineOptions(machine));
			const differ = zoneDifferences(kernel.mm.zones, zones);
			expect(differ.map(({ what }) => what)).to.include("managed");
			expect(differ.filter(({ what }) => what !== "managed")).to.deep.equal([]);
			forceZones(kernel.mm, { zones, minFreeKbytes, managed: true });
			expect(zoneDifferences(kernel.mm.zones, zones)).to.deep.equal([]);
		});
	});

describe("kernel/replay/snapshot/force-zones", () => {
	it("leaves other nodes, unknown zones and what is not told alone", () => {
		const kernel = boot();
		const before = kernel.proc("zoneinfo");
		const [zone] = parseZoneinfo(before);
		const zones = [
			{ ...zone!, node: 1, min: 9 },
			{ ...zone!, zone: "HighMem", min: 9 },
		];
		forceZones(kernel.mm, { zones, minFreeKbytes: null });
		expect(kernel.proc("zoneinfo")).to.equal(before);
		expect(zoneDifferences(kernel.mm.zones, zones)).to.deep.equal([]);
	});
});
