import { expect } from "chai";
import type { FreeChain } from "../../../../mm/slab-cache";
import { slabFacts } from "../../../../scripts/viewer/model/facts";
import {
	chainText,
	gridOf,
	nextOf,
	OWNED_BY,
	placesOf,
	slotOwners,
} from "../../../../scripts/viewer/model/slab-grid";
import { shown } from "../shows";

const CHAINS: readonly FreeChain[] = [
	{ cpu: 1, objects: [5, 3, 7] },
	{ cpu: -1, objects: [0] },
];

describe("a slab as a grid", () => {
	const { film, names, survey } = shown("slab-life");
	const fold = film.at(1000);
	const [slot] = survey.cacheSlots().find(([, name]) => name === "specimen")!;
	let slab = -1;
	fold.objects.eachSlab((pfn) => {
		if (fold.frames.owner[pfn] === slot) slab = pfn;
	});
	const facts = slabFacts(fold, slab)!;

	it("SG1: gives each object in use one owner, those with most first", () => {
		for (const by of OWNED_BY) {
			const owners = slotOwners(facts, by, names);
			const slots = owners.flatMap((owner) => owner.slots);
			expect(slots.length).to.equal(facts.inuse);
			expect(new Set(slots).size).to.equal(facts.inuse);
			const sizes = owners.map((owner) => owner.slots.length);
			expect(sizes).to.deep.equal([...sizes].sort((a, b) => b - a));
			expect(owners[0]).to.include({ letter: "A" });
			expect(owners[0]?.words).to.include("biologist");
		}
	});

	it("SG2: leads along the chains and nowhere else", () => {
		expect(nextOf(CHAINS)).to.deep.equal([
			[5, 3],
			[3, 7],
		]);
		expect(placesOf(8, CHAINS)).to.deep.equal([1, 0, 0, 2, 0, 1, 0, 3]);
	});

	it("tells a chain in words", () => {
		expect(CHAINS.map(chainText)).to.deep.equal([
			"The list of CPU 1: 5 → 3 → 7 → end.",
			"The slab's own list: 0 → end.",
		]);
		expect(chainText({ cpu: -1, objects: [] })).to.equal(
			"The slab's own list is empty.",
		);
	});

	it("has room for all slots in the width", () => {
		for (const count of [1, 8, 21, 64, 128, 512]) {
			const { columns, rows, cell } = gridOf(count, 360);
			expect(columns * rows).to.be.at.least(count);
			expect(columns * cell).to.be.at.most(360);
		}
	});
});
