// The least that an allocator of this kind can do in JavaScript: what no design of kmalloc can be faster than here.
//
//   heads[class] -> object -> object -> ...      classOf[address / 4096] for a free that knows the address alone
//                   |____next lies in the middle of the object
//
// One last-in-first-out list for each size class, carved from memory that is never given back. No slabs, no CPUs, no
// counters, no checks, no pages: it breaks every rule but two, that free objects are linked through their own bytes and
// that kfree gets nothing but an address.
//
// With a recorder it writes one event for every call, and nothing else: what recording costs where nothing else is done.

import { CPU_BYTES, Cpu, Turn } from "../../../hw/cpu";
import { Recorder, ringBytes } from "../../../hw/recorder";
import { EV_SLAB_ALLOC, EV_SLAB_FREE } from "../../../mm/events";
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
const RECORDS = 8192; // as in the kernel's own run
const ALLOCATED = EV_SLAB_ALLOC; // same-file constants: imported ones cost in a hot loop
const FREED = EV_SLAB_FREE;

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

/** The same, with an event for every call. */
class RecordedFreelists extends BareFreelists {
	private readonly recorder = recorder();

	override alloc(bytes: number): number {
		const object = super.alloc(bytes);
		this.recorder.emit(ALLOCATED, object, 0, 0, bytes);
		return object;
	}

	override free(object: number): void {
		this.recorder.emit(FREED, object, 0, 0, 0);
		super.free(object);
	}
}

function recorder(): Recorder {
	const cpu = new Cpu(new SharedArrayBuffer(CPU_BYTES), 0, 0);
	cpu.powerOn();
	const ring = new Int32Array(new SharedArrayBuffer(ringBytes(RECORDS)));
	return new Recorder(new Turn([cpu]), [ring], RECORDS);
}

/** Runs the stream of a file on bare freelists; the second word: `recorder` records. */
export function bareFreelist(streamFile = "", what = ""): Subject {
	const records = what === "recorder";
	const heap = records ? new RecordedFreelists() : new BareFreelists();
	return driven(heap, streamFile);
}

if (require.main === module) void serve(bareFreelist);
