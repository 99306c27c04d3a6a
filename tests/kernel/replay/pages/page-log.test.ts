import { expect } from "chai";
import {
	hasLists,
	PAGE_ALLOC,
	PAGE_FALLBACK,
} from "../../../../kernel/replay/pages/page-log";
import { logOf } from "./support";

describe("the page log", () => {
	it("gives back what was put in", () => {
		const log = logOf(
			"alloc 1f o3 t2 gfp=cc0 cpu1 pid77 soft depth3\nfall 200 o1<9 t0<1 whole",
		);
		expect(log.length).to.equal(2);
		expect(log.kind(0)).to.equal(PAGE_ALLOC);
		expect([log.cpu(0), log.pfn(0), log.order(0), log.type(0)]).to.deep.equal([
			1, 0x1f, 3, 2,
		]);
		expect([
			log.extra(0),
			log.pid(0),
			log.interrupt(0),
			log.depth(0),
		]).to.deep.equal([0xcc0, 77, 1, 3]);
		expect(log.kind(1)).to.equal(PAGE_FALLBACK);
		expect([
			log.order(1),
			log.gotOrder(1),
			log.type(1),
			log.hadType(1),
		]).to.deep.equal([1, 9, 0, 1]);
	});

	it("grows beyond its first size", () => {
		const log = logOf("free 1\n".repeat(10_000));
		expect(log.length).to.equal(10_000);
		expect(log.ordinal(9_999)).to.equal(9_999);
		expect(log.part(9_000).length).to.equal(1_000);
		expect(log.part(9_000).ordinal(0)).to.equal(9_000);
	});

	it("PL2: an entry that was moved is due with what it stands behind", () => {
		const log = logOf("locked 1\nfree 2\nfree 3\nalloc 1\nfree 4");
		log.moveBack(3, 1);
		expect([0, 1, 2, 3, 4].map((at) => log.ordinal(at))).to.deep.equal([
			0, 3, 1, 2, 4,
		]);
		expect([...log.dues()]).to.deep.equal([0, 0, 1, 2, 4]);
		expect(log.kind(1)).to.equal(PAGE_ALLOC);
		expect(log.pfn(2)).to.equal(2);
	});

	it("finds neighbours on the same CPU, and entries by time", () => {
		const log = logOf("free 1\nfree 2 cpu1\nfree 3\nfree 4 cpu1");
		expect(log.nextOf(1, 0)).to.equal(1);
		expect(log.nextOf(1, 4)).to.equal(4);
		expect(log.lastOf(0, 2)).to.equal(0);
		expect(log.lastOf(1, 1)).to.equal(-1);
		expect(log.firstAtTime(15)).to.equal(2);
		expect(log.firstAtTime(20)).to.equal(2);
	});

	it("knows the orders that have lists", () => {
		expect([0, 3, 4, 8, 9, 10].map(hasLists)).to.deep.equal([
			...[true, true, false, false, true, false],
		]);
	});
});
