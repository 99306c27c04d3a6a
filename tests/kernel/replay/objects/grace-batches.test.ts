import { expect } from "chai";
import { DirectMap } from "../../../../kernel/replay/objects/direct-map";
import {
	GraceBatches,
	PAGE_POINTERS,
} from "../../../../kernel/replay/objects/grace-batches";
import { GraceProofs } from "../../../../kernel/replay/objects/grace-proofs";
import {
	SITE_CALLBACK,
	SITE_ENTRY,
	SITE_PLAIN,
} from "../../../../kernel/replay/objects/site-kinds";
import { HIGH } from "./support";

const MS = 1e6;
const FILES = 1e6; // addresses of files
const FRAME = 4096;
const MAP = new DirectMap(2 ** 30);

const lows = ({ batch }: GraceBatches): number[] =>
	batch.filter((_, index) => index % 2 === 0);

/** A CPU that works, and whose timer ticks every 4 ms; nobody but thread 1 is seen. */
class World {
	readonly batches: GraceBatches;
	private time = 0;
	private files = 0;
	private closed = 0;

	constructor(proofs: GraceProofs | null = null) {
		this.batches = new GraceBatches(() => "nanoseconds", proofs, MAP);
	}

	/** Puts an object aside and closes its file. */
	put(low: number): void {
		this.batches.add(0, low, HIGH, true);
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

	/** Callbacks free the next files. */
	callbacks(files: number): void {
		this.step(SITE_CALLBACK);
		for (let n = 0; n < files; n++)
			this.batches.closed(0, FILES + ++this.closed, 0);
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
		for (let n = 1; n <= 560; n++) proofs.add(n, HIGH);
		for (let n = 1; n <= 500; n++) proofs.reuse(n, HIGH);
		for (let n = 561; n <= 1200; n++) proofs.add(n, HIGH);
		const world = new World(proofs);
		for (let n = 1; n <= 520; n++) world.put(n);
		world.tick(0);
		for (let n = 521; n <= 560; n++) world.put(n);
		world.tick(40);
		expect(world.batches.takeMoved(0)).to.equal(true);
		expect(lows(world.batches).at(-1)).to.equal(500);
	});

	describe("go when a page goes where one of their objects waits", () => {
		/** 30 objects, of which every frame from 1 on holds three. */
		const filled = (): World => {
			const world = new World();
			world.tick(0);
			for (let n = 0; n < 30; n++)
				world.put((1 + Math.floor(n / 3)) * FRAME + (n % 3) * 96);
			return world;
		};

		it("with all that was put aside before the last object of the page", () => {
			const { batches } = filled();
			expect(batches.pagesGo(99, 0, true)).to.equal(false);
			expect(batches.pagesGo(4, 0, true)).to.equal(true);
			expect(lows(batches)).to.have.length(12);
			expect(batches.size).to.equal(18);
			expect(batches.pagesGo(4, 0, true)).to.equal(false);
		});

		it("and with nothing that was put aside behind the file that was freed last", () => {
			const world = filled();
			const { batches } = world;
			world.tick(0);
			for (let n = 0; n < PAGE_POINTERS; n++) world.put(50 * FRAME + n);
			for (const kept of [450, 430, 411]) world.tick(kept); // 129 of 540 files are free
			expect(batches.pagesGo(1, 0, false)).to.equal(true);
			expect(lows(batches)).to.have.length(130);
			expect(batches.size).to.equal(410);
			expect(batches.takeMoved(0)).to.equal(false);
		});

		it("and, behind callbacks, with what was put aside before the files that were freed before these", () => {
			const world = filled();
			const { batches } = world;
			world.callbacks(12);
			world.step(SITE_PLAIN);
			world.callbacks(5);
			expect(batches.pagesGo(1, 0, true)).to.equal(true);
			expect(lows(batches)).to.have.length(13);
		});

		it("and, in doubt, with what was put aside before a tick", () => {
			const world = filled();
			const { batches } = world;
			world.callbacks(12);
			world.step(SITE_PLAIN); // callbacks began to run when 30 waited
			for (let n = 0; n < 9; n++) world.put(60 * FRAME + n);
			world.callbacks(23);
			expect(batches.pagesGo(1, 0, true)).to.equal(true);
			expect(lows(batches)).to.have.length(30);
		});

		it("and not before: proofs tell of the page", () => {
			const proofs = new GraceProofs(MAP);
			const world = new World(proofs);
			const { batches } = world;
			for (let n = 0; n < PAGE_POINTERS; n++) proofs.add(FRAME + n, HIGH);
			for (let n = 0; n < PAGE_POINTERS; n++) world.put(FRAME + n);
			proofs.pagesGo(1, 0);
			const ticks = [1, 2, 3, 4].map(() => world.tick(0));
			expect(ticks).to.deep.equal([false, false, false, false]);
			expect(batches.pagesGo(1, 0, true)).to.equal(true);
			expect(lows(batches)).to.have.length(PAGE_POINTERS);
		});
	});
});
