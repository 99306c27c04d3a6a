// Specification of the counters' names: the recorded kernel's, in its order, and indices that agree with them.

import { expect } from "chai";
import * as names from "../../mm/vmstat-names";
import { recorded, recordedNames } from "../fixtures";

const LISTS = [
	names.ZONE_STAT_NAMES,
	names.NUMA_EVENT_NAMES,
	names.NODE_STAT_NAMES,
	names.VM_EVENT_NAMES,
] as const;

describe("vmstat names", () => {
	it("are those of the recorded kernels, in their order", () => {
		for (const name of recordedNames()) {
			const lines = recorded(name).text("vmstat", "a").trimEnd().split("\n");
			expect(lines.map((line) => line.split(" ")[0])).to.deep.equal([
				...names.VMSTAT_NAMES,
			]);
		}
	});

	it("have indices that point at them (V1)", () => {
		for (const [constant, index] of Object.entries(names)) {
			if (typeof index !== "number") continue;
			const printed = constant.replace(/_B$/, "").toLowerCase();
			const at = LISTS.map((list) => list[index]);
			expect(at, constant).to.include(printed);
		}
	});

	it("are all different", () => {
		expect(new Set(names.VMSTAT_NAMES).size).to.equal(
			names.VMSTAT_NAMES.length,
		);
	});
});
