// Specification of /proc/buddyinfo: Linux's text, and its way back.

import { expect } from "chai";
import {
	formatBuddyinfo,
	parseBuddyinfo,
} from "../../../kernel/proc/buddyinfo";
import { recorded, recordedNames } from "../../fixtures";

const TEXT = "Node 0, zone      DMA      0      1      0     12 \n";

describe("/proc/buddyinfo", () => {
	it("has a line for each zone, with a blank at its end", () => {
		const zones = [{ node: 0, zone: "DMA", counts: [0, 1, 0, 12] }];
		expect(formatBuddyinfo(zones)).to.equal(TEXT);
		expect(parseBuddyinfo(TEXT)).to.deep.equal(zones);
	});

	it("lets a count that is wider than its column push the others", () => {
		const zones = [{ node: 10, zone: "Normal", counts: [1234567, 0] }];
		const text = "Node 10, zone   Normal 1234567      0 \n";
		expect(formatBuddyinfo(zones)).to.equal(text);
		expect(parseBuddyinfo(text)).to.deep.equal(zones);
	});

	it("says which line is none", () => {
		expect(() => parseBuddyinfo(`${TEXT}Node zero\n`)).to.throw(
			/^buddyinfo, line 2: expected .* found "Node zero"\.$/,
		);
	});

	for (const name of recordedNames())
		for (const snapshot of ["a", "c"] as const)
			it(`keeps every byte of ${name}/${snapshot}`, () => {
				const text = recorded(name).text("buddyinfo", snapshot);
				expect(formatBuddyinfo(parseBuddyinfo(text))).to.equal(text);
			});
});
