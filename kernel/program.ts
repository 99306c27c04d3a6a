// Programs: what a task may ask of the kernel, and how it asks.
//
//   task                     kernel
//    |  yield kmalloc(100)  ->  performs the request on the task's CPU, charges its cycles
//    |  <- result               a number: an address, a count, or a negative errno
//    |  return 3            ->  exit(3)
//
// A program is code; its data are in the machine. It is resumed with the result of its last request and answers with the
// next one, so any generator function that yields requests is a program. What a generator keeps in its own variables is
// the one thing that a memory image does not hold; the programs of scenarios (scenario/interpreter.ts) keep even their
// program counter in the task's kernel stack.
//
// All requests have one shape, whatever they ask: the kernel looks at them millions of times a second.

import type { Rng } from "../hw/rng";
import type { PhysAddr, VirtAddr } from "../hw/units";
import { GFP_KERNEL } from "../mm/gfp";
import type { Holdings } from "./holding";

// What is asked. Numbers are internal; reports print names.
export const CALL_KMALLOC = 1; // a size, b gfp -> address or 0
export const CALL_KFREE = 2; // a address
export const CALL_KREALLOC = 3; // a address, b size, c gfp -> address or 0
export const CALL_CACHE_CREATE = 4; // detail CacheSpec -> cache or 0
export const CALL_CACHE_FIND = 5; // text name -> cache or 0
export const CALL_CACHE_ALLOC = 6; // a cache, b gfp -> address or 0
export const CALL_CACHE_FREE = 7; // a address
export const CALL_CACHE_SHRINK = 8; // a cache
export const CALL_CACHE_DESTROY = 9; // a cache -> 0, -EBUSY or -EOPNOTSUPP
export const CALL_PAGES_ALLOC = 10; // a order, b gfp -> pfn or 0
export const CALL_PAGES_FREE = 11; // a pfn
export const CALL_MAP = 12; // a bytes, b protection, c wanted address or 0 -> address or -errno
export const CALL_UNMAP = 13; // a address, b bytes -> 0 or -errno
export const CALL_PROTECT = 14; // a address, b bytes, c protection -> 0 or -errno
export const CALL_READ = 15; // a address -> the 32 bits there
export const CALL_WRITE = 16; // a address, b value
export const CALL_SPAWN = 17; // detail TaskSpec -> pid or -errno
export const CALL_WAIT = 18; // -> pid * 256 + exit code of a child that ended, or -ECHILD
export const CALL_SLEEP = 19; // a ticks
export const CALL_YIELD = 20;
export const CALL_EXIT = 21; // a code
export const CALL_GETPID = 22; // -> pid
export const CALL_LOG = 23; // text
export const CALL_OBSERVE = 24; // a number that the observer knows: nothing happens in the machine
export const CALL_COMPUTE = 25; // a cycles -> cycles still to do

/** Names of the requests, for contexts and reports; index = number. */
export const CALL_NAMES = [
	"",
	"kmalloc",
	"kfree",
	"krealloc",
	"kmem_cache_create",
	"find_cache",
	"kmem_cache_alloc",
	"kmem_cache_free",
	"kmem_cache_shrink",
	"kmem_cache_destroy",
	"alloc_pages",
	"free_pages",
	"mmap",
	"munmap",
	"mprotect",
	"read",
	"write",
	"spawn",
	"wait",
	"sleep",
	"yield",
	"exit",
	"getpid",
	"log",
	"observe",
	"compute",
] as const;

/** What memory may be used for, as bits: how `map` and `protect` are told. */
export const PROT_READ = 1;
export const PROT_WRITE = 2;
export const PROT_EXEC = 4;
/** With `map`: use 2 MiB pages; the size must be a multiple of 2 MiB. */
export const MAP_HUGE = 0x100;

/** Ticks to sleep that never end by themselves. */
export const FOREVER = 0x7fffffff;

/** What a new cache is to be (kmem_cache_create). */
export interface CacheSpec {
	readonly name: string;
	/** Bytes of an object. */
	readonly size: number;
	/** Alignment in bytes; 0 or absent for the natural one. */
	readonly align?: number;
	/** SLAB_ flags. */
	readonly flags?: number;
	/** Objects are constructed once per slab: the free pointer moves behind the object. */
	readonly ctor?: boolean;
	/** False keeps the cache to itself: it shares no slabs with others of its size. */
	readonly mayMerge?: boolean;
}

/** What a program can see of the task that runs it. */
export interface Self {
	/** The task: address of its record. */
	readonly task: PhysAddr;
	readonly pid: number;
	readonly name: string;
	/** The task's kernel stack: address of its lowest byte, and its words. */
	readonly stack: PhysAddr;
	readonly words: Int32Array;
	/** What all tasks hold. */
	readonly holdings: Holdings;
	/** The task's own source of chance, seeded from the machine's seed and the pid. */
	readonly rng: Rng;
}

/** A running program: resumed with a result, answers with the next request, or is done with its exit code. */
export interface Program {
	next(result: number): IteratorResult<Request, number | undefined>;
}

/** The same as a generator: what `function*` programs return. */
// biome-ignore lint/suspicious/noConfusingVoidType: a generator without a return statement returns void
export type Steps = Generator<Request, number | void, number>;

/** Code that tasks can run. `start` must not touch the machine: the first `next` does. */
export interface ProgramCode {
	readonly name: string;
	start(self: Self): Program;
}

/** What a new task is to be. */
export interface TaskSpec {
	/** At most 15 characters are kept. */
	readonly name: string;
	readonly code: ProgramCode;
	/** -20 (long slices) to 19 (short ones). */
	readonly nice?: number;
	/** A kernel thread has no address space of its own; default false. */
	readonly kernelThread?: boolean;
	/** CPU to stay on; absent: the one with the fewest runnable tasks. */
	readonly cpu?: number;
}

/** One request: the call and its operands. */
export class Request {
	/** Group of the task's holdings that takes in what is allocated or mapped; 0 for none (holding.ts). */
	group = 0;

	constructor(
		public call: number,
		public a = 0,
		public b = 0,
		public c = 0,
		public text = "",
		public detail: CacheSpec | TaskSpec | null = null,
	) {}
}

/** Code from a generator function. */
export function generatorCode(
	name: string,
	body: (self: Self) => Steps,
): ProgramCode {
	return { name, start: (self) => body(self) as Program };
}

// The requests by name, for programs that are written as generators: `const p = yield kmalloc(100)`.

export const kmalloc = (size: number, gfp = GFP_KERNEL): Request =>
	new Request(CALL_KMALLOC, size, gfp);
export const kfree = (address: number): Request =>
	new Request(CALL_KFREE, address);
export const krealloc = (
	address: number,
	size: number,
	gfp = GFP_KERNEL,
): Request => new Request(CALL_KREALLOC, address, size, gfp);

/** Result: the cache, or 0 when there is no memory for it. */
export const createCache = (spec: CacheSpec): Request =>
	new Request(CALL_CACHE_CREATE, 0, 0, 0, "", spec);
/** Result: the cache of that name (or the one it was merged into), or 0. */
export const findCache = (name: string): Request =>
	new Request(CALL_CACHE_FIND, 0, 0, 0, name);
export const cacheAlloc = (cache: number, gfp = GFP_KERNEL): Request =>
	new Request(CALL_CACHE_ALLOC, cache, gfp);
export const cacheFree = (object: number): Request =>
	new Request(CALL_CACHE_FREE, object);
/** Gives empty slabs of the cache back. */
export const shrinkCache = (cache: number): Request =>
	new Request(CALL_CACHE_SHRINK, cache);
/** Result: 0; -EBUSY while objects are in use, -EOPNOTSUPP where the design of the allocator keeps its caches. */
export const destroyCache = (cache: number): Request =>
	new Request(CALL_CACHE_DESTROY, cache);

export const allocPages = (order: number, gfp = GFP_KERNEL): Request =>
	new Request(CALL_PAGES_ALLOC, order, gfp);
/** Frees the block that begins at `pfn`, as large as it was allocated. */
export const freePages = (pfn: number): Request =>
	new Request(CALL_PAGES_FREE, pfn);

/** Maps zeroed memory. Result: its address, or -ENOMEM. */
export const map = (
	bytes: number,
	protection = PROT_READ | PROT_WRITE,
	at = 0,
): Request => new Request(CALL_MAP, bytes, protection, at);
export const unmap = (address: number, bytes: number): Request =>
	new Request(CALL_UNMAP, address, bytes);
export const protect = (
	address: number,
	bytes: number,
	protection: number,
): Request => new Request(CALL_PROTECT, address, bytes, protection);
/** Reads 32 bits; a user task that may not is killed. */
export const read = (address: VirtAddr | number): Request =>
	new Request(CALL_READ, address);
/** Writes 32 bits; a user task that may not is killed. */
export const write = (address: VirtAddr | number, value: number): Request =>
	new Request(CALL_WRITE, address, value);

/** Result: the child's pid, or -ENOMEM. */
export const spawn = (spec: TaskSpec): Request =>
	new Request(CALL_SPAWN, 0, 0, 0, "", spec);
/** Waits for a child to end. Result: see `statusPid` and `statusCode`; -ECHILD without children. */
export const wait = (): Request => new Request(CALL_WAIT);
export const sleep = (ticks: number): Request => new Request(CALL_SLEEP, ticks);
/** Computes for up to 100 000 cycles without asking for anything. Result: the cycles that are still to do. */
export const compute = (cycles: number): Request =>
	new Request(CALL_COMPUTE, cycles);
/** Lets the next task run; the rest of the slice is kept. */
export const relinquish = (): Request => new Request(CALL_YIELD);
export const exit = (code = 0): Request => new Request(CALL_EXIT, code);
export const getpid = (): Request => new Request(CALL_GETPID);
/** Prints a line to the kernel log. */
export const log = (text: string): Request =>
	new Request(CALL_LOG, 0, 0, 0, text);

/** The pid in what `wait` answered. */
export const statusPid = (status: number): number => Math.floor(status / 256);
/** The exit code in what `wait` answered. */
export const statusCode = (status: number): number => status & 255;
