import { expect } from "chai";
import { bareTlb } from "../../../../scripts/bench/subjects/bare-tlb";

describe("bare accesses as a subject", () => {
	it("are all hits, or all misses, before they are measured", () => {
		for (const kind of ["hit", "miss"])
			expect(bareTlb(kind, "100").round(), kind).to.be.greaterThan(0);
	});
});
