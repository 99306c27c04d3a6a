import { expect } from "chai";
import { boot, GFP_KERNEL, type PhysAddr } from "../../../../kernel";
import {
	ALLOC_FROM_PARTIAL,
	ALLOC_SLAB,
	CPU_PARTIAL_DRAIN,
	FREE_SLAB,
} from "../../../../mm/cpu-slab";
import {
	allStreams,
	OPS,
	streamWords,
} from "../../../../scripts/bench/streams";
import {
	BareSlub,
	bareSlub,
	type SlowPaths,
} from "../../../../scripts/bench/subjects/bare-slub";
import { driven, type Heap } from "../../../../scripts/bench/subjects/drive";
import { EACH_SHAPE, withOps } from "../samples";

const CACHES = "8 16 32 64 96 128 192 256 512 1k 2k 4k 8k".split(" ");
const SCALE = 0.1;
const LAPS = 3;

const without = (after: SlowPaths, before: SlowPaths): SlowPaths => ({
	made: after.made - before.made,
	givenBack: after.givenBack - before.givenBack,
	takenFromList: after.takenFromList - before.takenFromList,
	chainsDrained: after.chainsDrained - before.chainsDrained,
});

/** A kernel as a heap, and how often the slow paths of its kmalloc were taken. */
function kernelHeap(): { heap: Heap; slowPaths: () => SlowPaths } {
	const kernel = boot({ memory: "1G" });
	const { caches, cpuSlabs } = kernel.mm;
	const slots = CACHES.map((name) => caches.byName(`kmalloc-${name}`)!.slot);
	const count = (what: number) =>
		slots.reduce((sum, slot) => sum + cpuSlabs.counted(slot, what), 0);
	const heap = {
		alloc: (bytes: number) => kernel.kmalloc(bytes, GFP_KERNEL),
		free: (object: number) => kernel.kfree(object as PhysAddr),
		touch: () => undefined,
	};
	const slowPaths = () => ({
		made: count(ALLOC_SLAB),
		givenBack: count(FREE_SLAB),
		takenFromList: count(ALLOC_FROM_PARTIAL),
		chainsDrained: count(CPU_PARTIAL_DRAIN),
	});
	return { heap, slowPaths };
}

/** Slow paths of the last lap: in the first ones the kernel still fills the slabs that boot left half empty. */
function lastLap(path: string, heap: Heap, read: () => SlowPaths): SlowPaths {
	const subject = driven(heap, path);
	for (let lap = 1; lap < LAPS; lap++) subject.round();
	const before = { ...read() };
	subject.round();
	return without(read(), before);
}

describe("bare SLUB as a subject", () => {
	it("runs streams of every shape, round after round", async () => {
		for (const stream of EACH_SHAPE)
			await withOps(stream, (path) => {
				const subject = bareSlub(path);
				expect(subject.round()).to.be.greaterThan(0);
				expect(subject.round()).to.be.greaterThan(0);
			});
	});

	it("serves what is larger than any class", () =>
		withOps(streamWords(OPS, 2, 1, 0, [9000, 4194304, -1, -2]), (path) => {
			const subject = bareSlub(path);
			expect(subject.round()).to.be.greaterThan(0);
			expect(subject.round()).to.be.greaterThan(0);
		}));

	for (const stream of allStreams(SCALE))
		it(`takes the kernel's slow paths as often as the kernel does: ${stream.name}`, () =>
			withOps(stream.words, (path) => {
				const kernel = kernelHeap();
				const bare = new BareSlub();
				const there = lastLap(path, kernel.heap, kernel.slowPaths);
				const here = lastLap(path, bare, () => bare.slowPaths);
				expect(here).to.deep.equal(there);
			}));
});
