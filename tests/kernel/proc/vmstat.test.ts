// Specification of /proc/vmstat: Linux's text, and its way back.

import { expect } from "chai";
import { formatVmstat, parseVmstat } from "../../../kernel/proc/vmstat";
import { VMSTAT_NAMES } from "../../../mm/vmstat-names";
import { recorded, recordedNames } from "../../fixtures";

describe("/proc/vmstat", () => {
	it("has a line for each counter, in their order", () => {
		const fields = { nr_free_pages: 53774, pgfree: 0 };
		const text = "nr_free_pages 53774\npgfree 0\n";
		expect(formatVmstat(fields)).to.equal(text);
		expect(parseVmstat(text)).to.deep.equal(fields);
	});

	it("says which line is none", () => {
		expect(() => parseVmstat("nr_free_pages 1\npgfree -1\n")).to.throw(
			'vmstat, line 2: expected `NAME NUMBER`, found "pgfree -1".',
		);
	});

	for (const name of recordedNames())
		for (const snapshot of ["a", "c"] as const)
			it(`keeps every byte of ${name}/${snapshot}`, () => {
				const text = recorded(name).text("vmstat", snapshot);
				const fields = parseVmstat(text);
				expect(formatVmstat(fields)).to.equal(text);
				expect(Object.keys(fields)).to.deep.equal([...VMSTAT_NAMES]);
			});
});
