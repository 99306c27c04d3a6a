import { expect } from "chai";
import { GraceWorks } from "../../../../kernel/replay/objects/grace-works";
import { PAGE_FREE } from "../../../../kernel/replay/reading/event";
import { EventMaker } from "./support";

const CACHE = 4;
const OTHER_CACHE = 5;
const SLAB = 1; // a life
const OTHER_SLAB = 2;

/** A CPU on which object 0 was put aside in one slab, and 1 in another. */
function world() {
	const make = new EventMaker();
	const works = new GraceWorks(make.names);
	works.add(0, SLAB, CACHE);
	works.add(1, OTHER_SLAB, CACHE);
	const page = (pfn: number, comm = "kworker/0:1", interrupt = 0) =>
		Object.assign(make.freePages(pfn), {
			...{ comm: make.names.add(comm), time: pfn, interrupt },
		});
	return { make, works, page };
}

describe("works of kfree_rcu", () => {
	it("show by slabs that a worker gives back, and reach as far as what lay in them", () => {
		const { works, page } = world();
		works.slabGoes(page(8), SLAB, CACHE, 2);
		works.slabGoes(page(9), OTHER_SLAB, CACHE, 2);
		expect(works.next(0)).to.deep.equal({
			...{ time: 8, pfn: 8, aside: 2, reach: 1 },
		});
		expect(works.next(1)).to.equal(undefined);
	});

	it("GW1: are met in their order, each with its first page", () => {
		const { make, works, page } = world();
		works.slabGoes(page(8), SLAB, CACHE, 2);
		works.freed(make.kfree(64, { pid: 7 }), CACHE);
		works.slabGoes(page(9), OTHER_SLAB, CACHE, 3);
		expect(page(8).kind).to.equal(PAGE_FREE);
		expect(works.meet(page(9))).to.equal(undefined);
		expect(works.meet(page(8))?.reach).to.equal(0);
		expect(works.next(0)?.aside).to.equal(3);
		expect(works.meet(page(9))?.reach).to.equal(1);
		expect(works.meet(page(9))).to.equal(undefined);
	});

	it("are not what other threads, interrupts and frees with events give back", () => {
		const { make, works, page } = world();
		works.slabGoes(page(8, "busybox"), SLAB, CACHE, 2);
		works.slabGoes(page(8, "kworker/0:1", 1), SLAB, CACHE, 2);
		works.slabGoes(page(8), SLAB, OTHER_CACHE, 2);
		works.freed(make.kfree(64), CACHE);
		works.slabGoes(page(8), SLAB, CACHE, 2);
		expect(works.next(0)).to.equal(undefined);
		works.freed(make.kfree(64), OTHER_CACHE);
		works.slabGoes(page(8), SLAB, CACHE, 2);
		expect(works.next(0)?.pfn).to.equal(8);
	});
});
