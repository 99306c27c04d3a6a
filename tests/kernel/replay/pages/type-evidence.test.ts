import { expect } from "chai";
import {
	eachChanged,
	TypeEvidence,
	UNKNOWN_TYPE,
} from "../../../../kernel/replay/pages/type-evidence";
import { kindsOf, logOf } from "./support";

/** The type of pageblock 8, frames 0x1000 to 0x1200. */
function typeOf(text: string): number {
	const log = logOf(text);
	return new TypeEvidence(log, kindsOf(log), 0x4000).typeOf(8);
}

describe("evidence for types of pageblocks", () => {
	it("nothing tells", () => {
		expect(typeOf("alloc 1000 t1")).to.equal(UNKNOWN_TYPE);
		expect(typeOf("drain 1000 t1"), "freed before").to.equal(UNKNOWN_TYPE);
	});

	it("a free and the list that the page is found on", () => {
		expect(typeOf("free 1000\ndrain 1000 t2")).to.equal(2);
		expect(typeOf("free 1000\nalloc 1000 t1")).to.equal(1);
		expect(typeOf("free 1000\nalloc 1000 o4 t1")).to.equal(UNKNOWN_TYPE);
	});

	it("the list of a block that was never taken before, at half the weight", () => {
		expect(typeOf("locked 1000 t0")).to.equal(0);
		expect(typeOf("locked 1000 t0\nfree 1001\ndrain 1001 t1")).to.equal(1);
		expect(
			typeOf(
				"locked 1000 o1 t0\ndrain 1000 t0\nlocked 1000 t1\nlocked 1001 t1",
			),
		).to.equal(0);
	});

	it("TE1: a fallback ends it", () => {
		expect(
			typeOf("fall 1000 o0<4 t0<1 whole\nfree 1000\ndrain 1000 t0"),
		).to.equal(1);
		expect(
			typeOf("free 1000\nfall 1000 o0<4 t0<1 whole\ndrain 1000 t2"),
		).to.equal(2);
	});

	it("a whole large block changes, otherwise the pageblock where it begins", () => {
		const named = (text: string): number[] => {
			const blocks: number[] = [];
			eachChanged(logOf(text), 0, (block) => blocks.push(block));
			return blocks;
		};
		expect(named("fall 1000 o0<10 t0<1 whole")).to.deep.equal([8, 9]);
		expect(named("fall 1000 o0<10 t0<1")).to.deep.equal([8]);
		expect(named("fall 1010 o0<4 t0<1 whole")).to.deep.equal([8]);
	});
});
