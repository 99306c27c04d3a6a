import { expect } from "chai";
import {
	GraceBatches,
	PAGE_POINTERS,
} from "../../../../kernel/replay/objects/grace-batches";
import { GraceProofs } from "../../../../kernel/replay/objects/grace-proofs";
import { GraceWorks } from "../../../../kernel/replay/objects/grace-works";
import {
	SITE_CALLBACK,
	SITE_ENTRY,
	SITE_PLAIN,
} from "../../../../kernel/replay/objects/site-kinds";
import { EventMaker } from "./support";

const MS = 1e6;
const FILES = 1e6; // addresses of files

const lows = ({ batch }: GraceBatches): number[] =>
	batch.filter((_, index) => index % 2 === 0);

/** A CPU that works, and whose timer ticks every 4 ms; nobody but thread 1 is seen. */
class World {
	readonly batches: GraceBatches;
	private time = 0;
	private files = 0;
	private closed = 0;

	constructor(
		proofs: GraceProofs | null = null,
		works: GraceWorks | null = null,
	) {
		this.batches = new GraceBatches(() => "nanoseconds", proofs, works);
	}

	/** Puts an object aside and closes its file. */
	put(low: number): void {
		this.batches.add(0, low, -1, true);
		this.batches.close(0, FILES + ++this.files, 0);
	}

	/** A tick, whose callbacks free the files closed up to now but for the last `kept`; returns whether a batch went then. */
	tick(kept: number): boolean {
		this.time += 4 * MS;
		this.step(SITE_CALLBACK);
		while (this.closed < this.files - kept)
			this.batches.closed(0, FILES + ++this.closed, 0);
		return this.step(SITE_ENTRY);
	}

	step(site: number): boolean {
		this.time += 1000;
		return this.batches.advance(0, this.time, 1, site, false);
	}
}

describe("batches of kfree_rcu", () => {
	it("are moved with the second tick from when a page is full, and freed behind the files closed before", () => {
		const world = new World();
		for (let n = 1; n <= PAGE_POINTERS; n++) world.put(n);
		expect(world.tick(5)).to.equal(false);
		world.put(600);
		expect(world.tick(4)).to.equal(false); // moved
		world.put(601);
		expect(world.tick(2)).to.equal(false); // one that was closed before is left
		expect(world.tick(1)).to.equal(true);
		expect(lows(world.batches).length).to.equal(PAGE_POINTERS + 1);
		expect(lows(world.batches).at(-1)).to.equal(600);
		expect(world.batches.size).to.equal(1);
	});

	it("wait for the thread that frees them", () => {
		const { batches } = new World();
		const at = (ms: number, pid: number, site: number) =>
			batches.advance(0, ms * MS, pid, site, false);
		at(0, 1, SITE_CALLBACK);
		for (let n = 1; n <= PAGE_POINTERS; n++) batches.add(0, n, 0, true);
		at(4, 1, SITE_CALLBACK);
		at(4.1, 1, SITE_PLAIN);
		at(8, 1, SITE_CALLBACK);
		batches.add(0, 600, 0, true);
		at(9, 2, SITE_PLAIN); // moves
		batches.add(0, 601, 0, true);
		at(12, 2, SITE_CALLBACK);
		expect(at(12.1, 2, SITE_PLAIN)).to.equal(false);
		expect(at(12.2, 3, SITE_PLAIN)).to.equal(true);
		expect(lows(batches)).to.include(600).and.not.include(601);
	});

	it("are moved after five seconds when they are small", () => {
		const { batches } = new World();
		const at = (ms: number, site: number) =>
			batches.advance(0, ms * MS, 1, site, false);
		at(0, SITE_CALLBACK);
		batches.add(0, 1, 0, true);
		at(5000, SITE_ENTRY);
		expect(batches.takeMoved(0)).to.equal(false);
		at(5200, SITE_ENTRY);
		expect(batches.takeMoved(0)).to.equal(true);
		expect(lows(batches)).to.deep.equal([1]);
	});

	it("GB1: an object that was freed otherwise is in none", () => {
		const { batches } = new World();
		for (let n = 1; n <= 3; n++) batches.add(0, n, 0, true);
		batches.forget(2, 0);
		expect(batches.size).to.equal(2);
		expect(batches.prove(2, 0)).to.equal(false);
		expect(batches.prove(3, 0)).to.equal(true);
		expect(lows(batches)).to.deep.equal([1, 3]);
		expect(batches.size).to.equal(0);
	});

	it("GB2: what is proven to have gone went with all before it, on its CPU only", () => {
		const { batches } = new World();
		batches.add(0, 1, 0, true);
		batches.add(1, 2, 0, true);
		batches.add(0, 3, 0, true);
		batches.add(0, 4, 0, true);
		expect(batches.prove(3, 0)).to.equal(true);
		expect(batches.batchCpu).to.equal(0);
		expect(lows(batches)).to.deep.equal([1, 3]);
		expect(batches.prove(2, 0)).to.equal(true);
		expect(batches.batchCpu).to.equal(1);
	});

	it("reach as far as addresses that come again prove", () => {
		const proofs = new GraceProofs();
		for (let n = 1; n <= 560; n++) proofs.add(n, -1);
		for (let n = 1; n <= 500; n++) proofs.reuse(n, -1);
		for (let n = 561; n <= 1200; n++) proofs.add(n, -1);
		const world = new World(proofs);
		for (let n = 1; n <= 520; n++) world.put(n);
		world.tick(0);
		for (let n = 521; n <= 560; n++) world.put(n);
		world.tick(40);
		expect(world.batches.takeMoved(0)).to.equal(true);
		expect(lows(world.batches).at(-1)).to.equal(500);
	});

	it("go no further than an address that comes again while no other batch was due", () => {
		const proofs = new GraceProofs();
		for (let n = 1; n <= 600; n++) proofs.add(n, -1);
		for (let n = 1; n <= 530; n++) proofs.reuse(n, -1);
		const world = new World(proofs);
		for (let n = 1; n <= 500; n++) world.put(n);
		expect(world.batches.prove(400, -1)).to.equal(true);
		expect(lows(world.batches).at(-1)).to.equal(400);
	});

	describe("whose worker was seen", () => {
		/** 520 objects, and a worker that gives back a slab when 540 were put aside; the last one there is `reach`. */
		function seen(reach: number, reused: number) {
			const make = new EventMaker();
			const proofs = new GraceProofs();
			for (let n = 1; n <= 530; n++) proofs.add(n, -1);
			if (reused > 0) proofs.reuse(reused, -1);
			for (let n = 531; n <= 540; n++) proofs.add(n, -1);
			const works = new GraceWorks(make.names);
			works.add(reach - 1, 1, 1);
			const event = make.freePages(8);
			event.comm = make.names.add("kworker/0:1");
			works.slabGoes(event, 1, 1, 540);
			const world = new World(proofs, works);
			for (let n = 1; n <= 520; n++) world.put(n);
			world.tick(0);
			world.tick(0); // moved
			for (let n = 521; n <= 540; n++) world.put(n);
			return { world, event };
		}

		it("wait for it, and reach as far as the slabs that go", () => {
			const { world, event } = seen(525, 0);
			expect([world.tick(0), world.tick(0)]).to.deep.equal([false, false]);
			expect(world.batches.work(event)).to.equal(true);
			expect(lows(world.batches).at(-1)).to.equal(525);
			expect(world.batches.size).to.equal(15);
			expect(world.batches.work(event)).to.equal(false); // that was all
		});

		it("have gone before when an address came again before", () => {
			const { world } = seen(525, 7);
			expect(world.tick(0)).to.equal(true);
		});
	});
});
