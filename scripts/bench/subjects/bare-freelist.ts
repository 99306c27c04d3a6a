// The least that an allocator of this kind can do in JavaScript: what no design of kmalloc can be faster than here.
//
//   heads[class] -> object -> object -> ...      classOf[address / 4096] for a free that knows the address alone
//                   |____next lies in the middle of the object
//
// One last-in-first-out list for each size class, carved from memory that is never given back. No slabs, no CPUs, no
// counters, no checks, no pages: it breaks every rule but two, that free objects are linked through their own bytes and
// that kfree gets nothing but an address.

import {
	KMALLOC_BYTES_MAX,
	KMALLOC_CACHE_BYTES_MAX,
	KMALLOC_SIZES,
	kmallocClass,
} from "../../../mm/slab-geometry";
import { driven, type Heap } from "./drive";
import { type Subject, serve } from "./subject";

const MEMORY_BYTES = 2 ** 30; // addresses stay 32-bit integers, as in the kernel's own run
const BLOCK_BYTES = 32768; // carved at once, at least
const PAGE_SHIFT = 12;
const SMALL_MAX = KMALLOC_CACHE_BYTES_MAX;

/** Sizes of all lists: the classes of kmalloc, then powers of two up to what it serves at all. */
function listSizes(): number[] {
	const sizes = [...KMALLOC_SIZES];
	for (let bytes = SMALL_MAX * 2; bytes <= KMALLOC_BYTES_MAX; bytes *= 2)
		sizes.push(bytes);
	return sizes;
}

class BareFreelists implements Heap {
	private readonly words = new Int32Array(new SharedArrayBuffer(MEMORY_BYTES));
	private readonly sizes = listSizes();
	private readonly listOf = new Int32Array(SMALL_MAX / 8 + 1); // by (bytes + 7) / 8
	private readonly heads = new Int32Array(this.sizes.length);
	private readonly links = new Int32Array(this.sizes.length); // where the link lies, in bytes
	private readonly listAt = new Int32Array(MEMORY_BYTES >>> PAGE_SHIFT); // by page
	private end = BLOCK_BYTES; // address 0 is nobody's

	constructor() {
		for (let i = 1; i < this.listOf.length; i++)
			this.listOf[i] = kmallocClass(i * 8);
		this.sizes.forEach((bytes, i) => {
			this.links[i] = (bytes >> 1) & ~7;
		});
	}

	alloc(bytes: number): number {
		if (bytes > SMALL_MAX) return this.take(this.largeList(bytes));
		return this.take(this.listOf[(bytes + 7) >>> 3] as number);
	}

	free(object: number): void {
		this.put(this.listAt[object >>> PAGE_SHIFT] as number, object);
	}

	touch(object: number, value: number): void {
		this.words[object >>> 2] = value;
	}

	private take(list: number): number {
		const object = this.heads[list] as number;
		if (object === 0) return this.carve(list);
		const at = (object + (this.links[list] as number)) >>> 2;
		this.heads[list] = this.words[at] as number;
		return object;
	}

	private put(list: number, object: number): void {
		const at = (object + (this.links[list] as number)) >>> 2;
		this.words[at] = this.heads[list] as number;
		this.heads[list] = object;
	}

	private largeList(bytes: number): number {
		return this.sizes.findIndex((size) => size >= bytes);
	}

	/** Cuts new memory into free objects and takes one of them. */
	private carve(list: number): number {
		const bytes = this.sizes[list] as number;
		const end = this.end + Math.max(BLOCK_BYTES, bytes);
		if (end > MEMORY_BYTES) throw new Error("the memory is full");
		this.listAt.fill(list, this.end >>> PAGE_SHIFT, end >>> PAGE_SHIFT);
		for (let at = end - bytes; at >= this.end; at -= bytes) this.put(list, at);
		this.end = end;
		return this.take(list);
	}
}

/** Runs the stream of a file on bare freelists. */
export function bareFreelist(streamFile = ""): Subject {
	return driven(new BareFreelists(), streamFile);
}

if (require.main === module) void serve(bareFreelist);
