// Specification of /proc/meminfo: Linux's text, and its way back.

import { expect } from "chai";
import {
	formatMeminfo,
	MEMINFO_NAMES,
	parseMeminfo,
} from "../../../kernel/proc/meminfo";
import { recorded, recordedNames } from "../../fixtures";

const TEXT = `MemTotal:         468144 kB
VmallocTotal:   34359738367 kB
HardwareCorrupted:     7 kB
HugePages_Total:       3
Hugepagesize:       2048 kB
`;

describe("/proc/meminfo", () => {
	it("has names in 16 columns, values in 8, and a unit but for huge pages", () => {
		const fields = {
			MemTotal: 468144,
			VmallocTotal: 34359738367,
			HardwareCorrupted: 7,
			HugePages_Total: 3,
			Hugepagesize: 2048,
		};
		expect(formatMeminfo(fields)).to.equal(TEXT);
		expect(parseMeminfo(TEXT)).to.deep.equal(fields);
	});

	it("never runs name and value together", () => {
		expect(formatMeminfo({ HardwareCorrupted: 1234567 })).to.equal(
			"HardwareCorrupted: 1234567 kB\n",
		);
	});

	it("says which line is none", () => {
		expect(() => parseMeminfo("MemTotal: many kB\n")).to.throw(
			'meminfo, line 1: expected `NAME: NUMBER kB`, found "MemTotal: many kB".',
		);
	});

	for (const name of recordedNames())
		for (const snapshot of ["a", "c"] as const)
			it(`keeps every byte of ${name}/${snapshot}`, () => {
				const text = recorded(name).text("meminfo", snapshot);
				const fields = parseMeminfo(text);
				expect(formatMeminfo(fields)).to.equal(text);
				expect(Object.keys(fields)).to.deep.equal([...MEMINFO_NAMES]);
				expect(fields.Slab, "MI1").to.equal(
					fields.SReclaimable! + fields.SUnreclaim!,
				);
			});
});
