// One thread that is one CPU of a kernel: allocates, frees its own, hands over to its neighbour, frees what it is handed.
//
//   ring of CPU n (one writer: CPU n, one reader: CPU n + 1)
//   +------+------+-----------------------------------+
//   | head | tail | 1024 entries of two words         |     address | kind and order
//   +------+------+-----------------------------------+

import { parentPort, workerData } from "node:worker_threads";
import { Rng } from "../../hw/rng";
import { asPhys, asVirt, type Pfn, pfnOf, physOf } from "../../hw/units";
import { attach } from "../../kernel/boot";
import type { Kernel } from "../../kernel/kernel";
import { GFP_KERNEL } from "../../mm/gfp";

const ENTRIES = 1024;
export const RING_WORDS = 4 + ENTRIES * 2;
const PAGES = 1 << 16; // marks an entry as a block of pages
const KEPT = 512; // objects that a CPU keeps at a time

export interface ThreadJob {
	readonly buffer: SharedArrayBuffer;
	readonly rings: SharedArrayBuffer;
	readonly cpu: number;
	readonly cpus: number;
	readonly operations: number;
	/** Operations between two moments in which the others must stand still or flush; 0 for none. */
	readonly disturbEvery: number;
}

/** A ring between two threads. Ring words are not the machine's. */
class Ring {
	constructor(private readonly words: Int32Array) {}

	push(value: number, tag: number): boolean {
		const head = Atomics.load(this.words, 0);
		if (head - Atomics.load(this.words, 1) >= ENTRIES) return false;
		const at = 4 + (head & (ENTRIES - 1)) * 2;
		this.words[at] = value;
		this.words[at + 1] = tag;
		Atomics.store(this.words, 0, head + 1);
		return true;
	}

	pop(visit: (value: number, tag: number) => void): boolean {
		const tail = Atomics.load(this.words, 1);
		if (tail === Atomics.load(this.words, 0)) return false;
		const at = 4 + (tail & (ENTRIES - 1)) * 2;
		visit((this.words[at] as number) >>> 0, this.words[at + 1] as number);
		Atomics.store(this.words, 1, tail + 1);
		return true;
	}

	close(): void {
		Atomics.store(this.words, 2, 1);
	}
	get isClosed(): boolean {
		return Atomics.load(this.words, 2) === 1;
	}
}

function run(job: ThreadJob): number {
	const kernel = attach(job.buffer, job.cpu);
	const cache = kernel.findCache("handed");
	if (cache === null) throw new Error("the cache is missing");
	const ringOf = (cpu: number): Ring =>
		new Ring(new Int32Array(job.rings, cpu * RING_WORDS * 4, RING_WORDS));
	const out = ringOf(job.cpu);
	const into = ringOf((job.cpu + job.cpus - 1) % job.cpus);
	const rng = new Rng(new Int32Array(2));
	rng.seed(job.cpu + 1);
	const kept = new Float64Array(KEPT); // tagged values: value * 2^20 + tag
	let freed = 0;
	const give = (value: number, tag: number): void => {
		freed++;
		free(kernel, value, tag);
	};
	for (let done = 0; done < job.operations; done++) {
		const at = rng.below(KEPT);
		const old = kept[at] as number;
		if (old !== 0) {
			const value = Math.floor(old / 2 ** 20);
			const tag = old % 2 ** 20;
			if ((done & 3) !== 0 || !out.push(value, tag)) give(value, tag);
		}
		kept[at] = allocate(kernel, rng, job.cpu);
		if ((done & 1) === 0) into.pop(give);
		if ((done & 15) === 0) kernel.poll();
		if (job.disturbEvery > 0 && done % job.disturbEvery === 0) disturb();
	}
	for (const old of kept)
		if (old !== 0) give(Math.floor(old / 2 ** 20), old % 2 ** 20);
	out.close();
	while (!into.isClosed || into.pop(give)) {
		into.pop(give);
		kernel.poll();
	}
	kernel.detach();
	return freed;

	/** Makes all other CPUs flush translations, and stand still while their slabs and pages are given back. */
	function disturb(): void {
		const { smp } = kernel.parts;
		smp.flushRange(7, asVirt(0x400000), asVirt(0x403000));
		smp.flushSpace(7);
		if (cache !== null) kernel.shrinkCache(cache);
		smp.drainOthers();
	}

	function allocate(kernel: Kernel, rng: Rng, cpu: number): number {
		const kind = rng.below(16);
		if (kind === 0) {
			const order = rng.below(4);
			const pfn = kernel.allocPages(order, GFP_KERNEL);
			if (pfn === 0) return 0;
			mark(kernel, physOf(pfn), cpu);
			return physOf(pfn) * 2 ** 20 + (PAGES | order);
		}
		const object =
			kind < 6 && cache !== null
				? cache.alloc(GFP_KERNEL)
				: kernel.kmalloc(8 + rng.below(1000), GFP_KERNEL);
		if (object === 0) return 0;
		mark(kernel, object, cpu);
		return object * 2 ** 20 + 1;
	}
}

/** Writes the owner into the object, so that two owners of one object are noticed when it is freed. */
function mark(kernel: Kernel, at: number, cpu: number): void {
	kernel.memory.writeU32(asPhys(at), 0x51000000 + cpu);
}

function free(kernel: Kernel, value: number, tag: number): void {
	const found = kernel.memory.readU32(asPhys(value));
	if (found >>> 8 !== 0x510000)
		throw new Error(`somebody else wrote 0x${found.toString(16)} at ${value}`);
	kernel.memory.writeU32(asPhys(value), 0);
	if (tag & PAGES) kernel.freePages(pfnOf(asPhys(value)) as Pfn, tag & 15);
	else kernel.kfree(asPhys(value));
}

parentPort?.postMessage(run(workerData as ThreadJob));
