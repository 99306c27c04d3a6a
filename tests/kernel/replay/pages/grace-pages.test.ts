import { expect } from "chai";
import { GracePages } from "../../../../kernel/replay/pages/grace-pages";
import { SLAB_TYPESAFE_BY_RCU } from "../../../../mm/slab-geometry";
import { give, make, slabOf, take } from "../../../mm/objects";
import { audit } from "../../../mm/world";

/** A cache whose pages go after a grace period, what waits for one, and the first frames of what went. */
function waiting() {
	const { mm, cache } = make({ cpus: 2 }, { flags: SLAB_TYPESAFE_BY_RCU });
	const gone: number[] = [];
	const { allocator } = mm;
	const freePages = allocator.freePages.bind(allocator);
	allocator.freePages = (pfn, order) => {
		gone.push(pfn);
		freePages(pfn, order);
	};
	const grace = new GracePages(allocator, mm.turn);
	const emptySlab = (): number => {
		const objects = take(cache, 1);
		const slab = slabOf(mm, objects[0]!);
		give(cache, objects);
		cache.shrink();
		return slab;
	};
	return { mm, grace, emptySlab, gone };
}

describe("pages that go after a grace period", () => {
	it("GQ1: are in use until a callback ran on their CPU, in the order in which their slabs were given up", () => {
		const { mm, grace, emptySlab, gone } = waiting();
		const [first, second] = [emptySlab(), emptySlab()];
		mm.turn.seat(1);
		grace.callback(1);
		expect(gone).to.deep.equal([]);
		mm.turn.seat(0);
		grace.callback(0);
		expect(gone).to.deep.equal([first]);
		grace.callback(0);
		expect(gone).to.deep.equal([first, second]);
		expect(audit(mm)).to.deep.equal([]);
	});

	it("GQ1: go at once where their callback ran already", () => {
		const { grace, emptySlab, gone } = waiting();
		grace.callback(0);
		const first = emptySlab();
		expect(gone).to.deep.equal([first]);
		emptySlab();
		expect(gone).to.deep.equal([first]);
	});
});
