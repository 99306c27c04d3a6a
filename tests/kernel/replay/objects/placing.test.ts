import { expect } from "chai";
import {
	guessPlaces,
	type PlacedCache,
	placeSlabs,
} from "../../../../kernel/replay/objects/placing";
import {
	FREE,
	IN_USE,
	type StartSlab,
	UNSEEN,
} from "../../../../kernel/replay/objects/start-slabs";

const CACHE: PlacedCache = {
	cpuPartialSlabs: 6,
	isDebug: false,
	takesUnseen: false,
	counts: null,
	freeObjects: null,
};

/** A slab of 8 slots: `free` of them free, the others of the state `rest`. */
const slab = (
	pfn: number,
	free: number,
	firstUse: number,
	changes: Partial<StartSlab> & { rest?: number } = {},
): StartSlab => ({
	pfn,
	order: 0,
	cache: 1,
	life: pfn,
	slots: new Uint8Array(8).fill(changes.rest ?? IN_USE).fill(FREE, 0, free),
	firstUse,
	lastUse: 0,
	cpu: 0,
	...changes,
});
const pfns = (
	slabs: readonly (StartSlab | undefined)[],
): (number | undefined)[] => slabs.map((it) => it?.pfn);

describe("the places of slabs at the start", () => {
	it("PC1: a slab without free slots is nowhere", () => {
		const placing = placeSlabs([slab(1, 0, 5), slab(2, 3, 6)], CACHE, 1);
		expect(pfns(placing.full)).to.deep.equal([1]);
		expect(pfns(placing.current)).to.deep.equal([2]);
	});

	it("the first that a CPU used is its current one, the next are its chain as far as the table counts", () => {
		const slabs = [4, 3, 2, 1].map((pfn) => slab(pfn, 2, pfn * 10));
		const counts = { cpuSlabs: 3, partial: 1 };
		const placing = placeSlabs(slabs, { ...CACHE, counts }, 1);
		expect(pfns(placing.current)).to.deep.equal([1]);
		expect(pfns(placing.chained[0]!)).to.deep.equal([2, 3]);
		expect(pfns(placing.listed)).to.deep.equal([4]);
	});

	it("the list is in the order that makes the recorded order of use", () => {
		const slabs = Array.from({ length: 12 }, (_, n) => slab(n + 1, 1, n + 1));
		const placing = placeSlabs(slabs, CACHE, 1); // takes 1 + 4 at once
		expect(pfns(placing.current)).to.deep.equal([1]);
		expect(pfns(placing.listed)).to.deep.equal([
			2, 6, 5, 4, 3, 7, 11, 10, 9, 8, 12,
		]);
	});

	it("slabs that nobody used are behind; the one that a CPU used last is its current one", () => {
		const idle = slab(7, 2, 0, { lastUse: 50 });
		const older = slab(8, 2, 0, { lastUse: 40 });
		const placing = placeSlabs([older, idle], CACHE, 1);
		expect(pfns(placing.current)).to.deep.equal([7]);
		expect(pfns(placing.listed)).to.deep.equal([8]);
		const used = placeSlabs([older, idle, slab(9, 1, 3)], CACHE, 1);
		expect(pfns(used.current)).to.deep.equal([9]);
		expect(pfns(used.listed)).to.deep.equal([8, 7]);
	});

	it("slabs that the list has too many of are a CPU's, if it has too few", () => {
		const idle = [1, 2, 3].map((pfn) => slab(pfn, 2, 0));
		const counts = { cpuSlabs: 2, partial: 1 };
		const placing = placeSlabs(idle, { ...CACHE, counts }, 1);
		expect(pfns(placing.listed)).to.deep.equal([1]);
		expect(pfns(placing.chained[0]!)).to.deep.equal([3, 2]);
	});

	it("without a table, used slabs with more free slots than slabinfo counts are a CPU's, idle ones are full", () => {
		const used = [1, 2, 3].map((pfn) => slab(pfn, 2, pfn * 10));
		const idle = slab(4, 1, 0, { lastUse: 5 });
		const none = placeSlabs([...used, idle], { ...CACHE, freeObjects: 0 }, 1);
		expect(pfns(none.current)).to.deep.equal([1]);
		expect(pfns(none.chained[0]!)).to.deep.equal([2, 3]);
		expect(pfns(none.listed)).to.deep.equal([]);
		expect(pfns(none.full)).to.deep.equal([4]);
		expect(idle.slots.includes(FREE)).to.equal(false);
		const unseen = { ...CACHE, freeObjects: 0, takesUnseen: true };
		const late = slab(4, 1, 0, { lastUse: 5 });
		const hidden = placeSlabs([...used, slab(5, 1, 0), late], unseen, 1);
		expect(pfns(hidden.full)).to.deep.equal([5]);
		expect(pfns(hidden.chained[0]!), "taken unseen").to.deep.equal([2, 3, 4]);
		const room = slab(4, 1, 0);
		const some = placeSlabs([...used, room], { ...CACHE, freeObjects: 3 }, 1);
		expect(pfns(some.chained[0]!)).to.deep.equal([2]);
		expect(pfns(some.listed)).to.deep.equal([3, 4]);
	});

	it("a CPU has no slab where the list has the free slots of the one that it used first", () => {
		const slabs = () => [
			slab(1, 2, 10),
			slab(2, 5, 20),
			slab(3, 3, 30, { cpu: 1 }),
		];
		const current = (freeObjects: number, cpuSlabs?: number) => {
			const counts =
				cpuSlabs === undefined ? null : { cpuSlabs, partial: 3 - cpuSlabs };
			const cache = { ...CACHE, freeObjects, counts };
			return pfns(placeSlabs(slabs(), cache, 2).current);
		};
		expect(current(10), "all are listed").to.deep.equal([]);
		expect(current(8)).to.deep.equal([1]);
		expect(current(7)).to.deep.equal([undefined, 3]);
		expect(current(5)).to.deep.equal([1, 3]);
		expect(current(9), "no sum fits").to.deep.equal([1, 3]);
		expect(current(9, 0), "the table knows better").to.deep.equal([]);
	});

	it("free slots that no event shows empty whole slabs first", () => {
		const unseen = [1, 2, 3].map((pfn) => slab(pfn, 0, 0, { rest: UNSEEN }));
		const cache = {
			...CACHE,
			counts: { cpuSlabs: 0, partial: 2 },
			freeObjects: 10,
		};
		const placing = placeSlabs([...unseen, slab(4, 0, 0)], cache, 1);
		expect(
			placing.listed.map(
				({ slots }) => slots.filter((it) => it === FREE).length,
			),
		).to.deep.equal([8, 2]);
		expect(pfns(placing.full)).to.deep.equal([1, 4]);
	});

	it("each CPU has its own; CPUs that the machine lacks are CPU 0", () => {
		const slabs = [
			slab(1, 1, 1, { cpu: 1 }),
			slab(2, 1, 2),
			slab(3, 1, 3, { cpu: 9 }),
		];
		const placing = placeSlabs(slabs, CACHE, 2);
		expect(pfns(placing.current)).to.deep.equal([2, 1]);
		expect(pfns(placing.listed)).to.deep.equal([3]);
	});

	it("a debug cache has only the list, in the order of use", () => {
		const slabs = [
			slab(2, 1, 20),
			slab(1, 1, 10),
			slab(3, 1, 0, { lastUse: 9 }),
		];
		const counts = { cpuSlabs: 2, partial: 1 };
		const placing = placeSlabs(slabs, { ...CACHE, counts, isDebug: true }, 1);
		expect(pfns(placing.listed)).to.deep.equal([1, 2, 3]);
		expect(placing.current).to.deep.equal([]);
	});

	it("are a guess where no address is known: half full with the CPUs, the rest shared evenly", () => {
		const slabs = [1, 2, 3, 4, 5].map((pfn) =>
			slab(pfn, 0, 0, { rest: UNSEEN }),
		);
		const cache = {
			...CACHE,
			counts: { cpuSlabs: 2, partial: 2 },
			freeObjects: 6,
		};
		const placing = guessPlaces(slabs, cache, 1);
		const free = (it: StartSlab): number =>
			it.slots.filter((state) => state === FREE).length;
		expect(free(placing.current[0]!)).to.equal(4);
		expect(placing.chained[0]!.map(free)).to.deep.equal([4]);
		expect(placing.listed.map(free)).to.deep.equal([3, 3]);
		expect(pfns(placing.full)).to.deep.equal([5]);
	});

	it("are guessed from the free objects alone where there is no table", () => {
		const slabs = [1, 2, 3].map((pfn) => slab(pfn, 0, 0, { rest: UNSEEN }));
		const placing = guessPlaces(slabs, { ...CACHE, freeObjects: 4 }, 2);
		expect(pfns(placing.current)).to.deep.equal([1, 2]);
		expect(pfns(placing.listed)).to.deep.equal([3]);
	});
});
