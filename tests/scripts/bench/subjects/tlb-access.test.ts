import { expect } from "chai";
import { tlbAccess } from "../../../../scripts/bench/subjects/tlb-access";

describe("accesses through the TLB as a subject", () => {
	it("are all hits, or all misses, before they are measured", () => {
		for (const kind of ["hit", "miss"])
			expect(tlbAccess(kind, "100").round(), kind).to.be.greaterThan(0);
	});
});
