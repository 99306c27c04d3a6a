import { expect } from "chai";
import { asPhys } from "../../../../hw/units";
import { layGround } from "../../../../kernel/replay/ground";
import { SlubStore } from "../../../../kernel/replay/objects/object-store";
import { cacheIn } from "../../../../kernel/replay/objects/player";
import {
	attributionFor,
	cacheListOf,
	prepare,
	surveyFor,
} from "../../../../kernel/replay/objects/preparation";
import type { KmemEvent } from "../../../../kernel/replay/reading/event";
import { recorded } from "../../../fixtures";
import { EventMaker, HIGH } from "./support";

const recording = recorded("m1-boot-256m").whole;
const snapshot = recording.snapshot("a");

/** The start after the given events; pointers are real if any of them is. */
function startAfter(make: EventMaker, events: readonly KmemEvent[]) {
	const caches = cacheListOf(recording);
	const attribution = attributionFor(recording, make.names, caches);
	const survey = surveyFor(recording, snapshot!, make.names, attribution);
	for (const event of events) survey.event(event);
	survey.mark(snapshot!.doneText("kpageflags"));
	return { caches, survey };
}

function finish({ caches, survey }: ReturnType<typeof startAfter>) {
	survey.finish();
	const { kernel } = layGround(recording, snapshot!.flags!);
	const store = new SlubStore(kernel, caches);
	const parts = { kernel, caches, store, survey, snapshot: snapshot! };
	const { start } = prepare(recording, parts);
	return { kernel, store, start };
}

describe("the start of a replay", () => {
	if (snapshot?.slabinfo === undefined)
		throw new Error("The fixture has no snapshot.");
	const { blocks } = snapshot.slabBlocks!;
	const counted = snapshot.slabinfo.reduce((sum, { slabs }) => sum + slabs, 0);

	it("has every slab of the snapshot on its frames, each in one cache (ST1)", () => {
		const make = new EventMaker();
		const { kernel, store, start } = finish(startAfter(make, []));
		expect(start.slabs + start.leftOver).to.equal(blocks.length);
		expect(kernel.check()).to.deep.equal([]);
		const caches = cacheListOf(recording);
		let slabs = 0;
		for (const { name, slabs: theirs } of snapshot.slabinfo!) {
			const ours = store.use(caches.find(name))?.slabs ?? 0;
			expect(ours, name).to.be.at.most(theirs);
			slabs += ours;
		}
		expect(slabs).to.equal(start.slabs);
		expect(counted - slabs).to.equal(
			[...start.missing.values()].reduce((sum, it) => sum + it, 0),
		);
	});

	it("knows objects in use of touched slabs by their pointers, and their caches (ST2)", () => {
		const make = new EventMaker();
		const at = blocks.orders.indexOf(0);
		const pfn = blocks.pfns[at]!;
		const [first, second] = [pfn * 4096, pfn * 4096 + 192];
		const world = startAfter(make, []);
		world.survey.event(make.free("dentry", first));
		world.survey.event(make.alloc("__d_alloc+0x29", 192, second));
		const { kernel, start } = finish(world);
		expect(start.objects.get(first | 0, HIGH)).to.equal(asPhys(first));
		expect(world.caches.name(cacheIn(start.objects.tag))).to.equal("dentry");
		expect(start.objects.get(second | 0, HIGH)).to.equal(0); // free: it was taken later
		expect(start.objects.size).to.equal(20);
		const dentry = kernel.findCache("dentry")!;
		expect(kernel.mm.cpuSlabs.slab(dentry.slot)).to.equal(pfn); // used first: the CPU's
		expect(dentry.objectsInUse(pfn as never)).to.have.length(20);
	});

	it("keeps objects in pools, by cache, where pointers are hashed", () => {
		const make = new EventMaker();
		const world = startAfter(make, []);
		const { start } = finish(world);
		expect(start.objects.size).to.equal(0);
		const pool = start.pools[world.caches.find("dentry")]!;
		expect(pool.length).to.be.greaterThan(1000);
		expect(new Set(pool).size).to.equal(pool.length);
	});
});
