// One recorded event, as a reader hands it out: a record of numbers that is filled anew for every line.
//
//   every kernel event    kind cpu pid comm time interrupt depth
//   kmalloc, cache_alloc  + site low/high bytesRequested bytesAllocated gfp node accounted cache
//   kfree, cache_free     + site low/high cache
//   page_*                + pfn order type gfp refill
//   fallback              + pfn order type fallbackOrder fallbackType ownership
//   rss_stat              + low = mm_id, type = member, bytesRequested = size, ownership = the task's own memory
//   mark                  + text
//   malloc, free, realloc + site low/high oldLow/oldHigh bytesRequested
//
// V1: there is one record for a whole file. Who wants to keep an event copies it.
// V2: a field that the line does not have holds its ABSENT value: -1, but 0/0 for pointers and 0 for byte counts.
// V3: low and high are the two halves of the printed pointer. They say which object it is and, where the recorder printed
//     real pointers, where it lies; hashed pointers only tell objects apart. 0/0 is NULL.
// Names (comm, site, cache) are numbers of the reader's Names.

export const KMALLOC = 0;
export const KFREE = 1;
export const CACHE_ALLOC = 2;
export const CACHE_FREE = 3;
export const PAGE_ALLOC = 4;
export const PAGE_FREE = 5;
/** Repeats a PAGE_FREE of the same page: not to be counted twice. */
export const PAGE_FREE_BATCHED = 6;
/** A block leaves the buddy lists (mm_page_alloc_zone_locked). */
export const PAGE_LOCKED = 7;
/** A page goes from a CPU's list to the buddy lists (mm_page_pcpu_drain). */
export const PAGE_DRAIN = 8;
/** A block of another migratetype was taken (mm_page_alloc_extfrag). */
export const PAGE_FALLBACK = 9;
export const RSS_STAT = 10;
/** What a program wrote to trace_marker. */
export const MARK = 11;
/** User level: malloc. */
export const MALLOC = 12;
/** User level: free. */
export const FREE = 13;
/** User level: realloc of oldLow/oldHigh, now at low/high. */
export const REALLOC = 14;
/** How many kinds there are. */
export const KINDS = 15;

/** The kinds as reports name them; index = kind. */
export const KIND_NAMES = [
	"kmalloc",
	"kfree",
	"kmem_cache_alloc",
	"kmem_cache_free",
	"mm_page_alloc",
	"mm_page_free",
	"mm_page_free_batched",
	"mm_page_alloc_zone_locked",
	"mm_page_pcpu_drain",
	"mm_page_alloc_extfrag",
	"rss_stat",
	"mark",
	"malloc",
	"free",
	"realloc",
] as const;

/** What a field holds that its line does not have. */
export const ABSENT = -1;

/** The record. */
export class KmemEvent {
	kind = 0;
	/** CPU, or -1. */
	cpu = -1;
	/** Number of the thread (Linux calls it pid), or -1. */
	pid = -1;
	/** Name of the thread. */
	comm = -1;
	/** Nanoseconds; the plain number where the recorder's clock counts events (TraceReader.clock says which). */
	time = 0;
	/** Where the CPU was: 0 in a task, 1 in a soft interrupt, 2 in a hard one; -1 when the recorder does not say. */
	interrupt = -1;
	/** How often preemption was forbidden; -1 when the recorder does not say. */
	depth = -1;
	/** Caller as function+0xoffset, without the function's size and its module. */
	site = -1;
	low = 0;
	high = 0;
	bytesRequested = 0;
	bytesAllocated = 0;
	/** Mask in the bits of mm/gfp.ts; -1 when the recorder left the text blank. */
	gfp = -1;
	/** NUMA node asked for; -1 is any. */
	node = -1;
	/** 1 charged to a memory cgroup, 0 not, -1 not said. */
	accounted = -1;
	/** Name of the cache; many kernels say it only when an object is freed. */
	cache = -1;
	/** Page frame; 0 when a page allocation failed. */
	pfn = -1;
	order = -1;
	/** Migratetype; for RSS_STAT 0 file, 1 anonymous, 2 swap, 3 shared memory. */
	type = -1;
	/** 1 when the page is to fill a CPU's list. */
	refill = -1;
	fallbackOrder = -1;
	fallbackType = -1;
	/** PAGE_FALLBACK: 1 when the whole pageblock changed its type. */
	ownership = -1;
	/** REALLOC: the object before. */
	oldLow = 0;
	oldHigh = 0;
	/** MARK: what was written. */
	text = "";

	/** Gives every field but cpu, pid, comm, time, interrupt and depth its absent value. */
	clear(kind: number): void {
		this.kind = kind;
		this.site = -1;
		this.low = 0;
		this.high = 0;
		this.bytesRequested = 0;
		this.bytesAllocated = 0;
		this.gfp = -1;
		this.node = -1;
		this.accounted = -1;
		this.cache = -1;
		this.pfn = -1;
		this.order = -1;
		this.type = -1;
		this.refill = -1;
		this.fallbackOrder = -1;
		this.fallbackType = -1;
		this.ownership = -1;
		this.oldLow = 0;
		this.oldHigh = 0;
		this.text = "";
	}
}
