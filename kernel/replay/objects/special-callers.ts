// Special callers: those whose objects come and go in ways that the trace does not show.
//
//   kernfs_fop_open          the node of an open file goes to kfree_rcu before the file, which is allocated before it
//   timerfd_create           the timer goes to kfree_rcu when its file is closed, which is allocated behind it
//   do_epoll_create          the same
//   __alloc_file             an open file: what the security modules note of it follows and goes when it is closed
//   __d_alloc                an entry of a directory; its name, if it is long, goes to kfree_rcu when a rename replaces it
//   mas_alloc_nodes          the first node of a request for some, of which the others are taken at once, untraced
//   vm_area_dup              an area of memory is copied, to be split or with all those of a task
//   vm_area_alloc            an area of memory is made: its tree is going to hold one more
//   kernfs_fop_write_iter    a program writes to a file in /sys, shrinking a cache
//   skbuff_head_cache        (a cache) 16 at a time for the network drivers of a CPU, untraced
//
// The places are known by function and size: offsets differ between builds.

import { __GFP_DIRECT_RECLAIM } from "../../../mm/gfp";

/** A caller like any other. */
export const PLAIN = 0;
/** Its objects are freed by kfree_rcu when the holder goes that their thread got before them. */
export const RCU_OF_LAST_HOLDER = 1;
/** The same, with the holder that their thread gets next. */
export const RCU_OF_NEXT_HOLDER = 2;
/** More objects than one may be allocated with this one: it heads a request for nodes. */
export const BULK = 3;
/** Its allocation begins a write to a file in /sys. */
export const SYSFS_WRITE = 4;
/** Its object may hold one that is freed by kfree_rcu. */
export const HOLDER = 5;
/** Its object is an open file; the holder follows. */
export const FILE = 8;
/** Its object is an entry of a directory. */
export const ENTRY = 6;
/** Its object is the long name of the entry that its thread got before. */
export const LONG_NAME = 7;

/** Its object is a copy of an area of memory. */
export const AREA_COPY = 9;
/** Its object is a new area of memory. */
export const AREA = 10;

/** Cache of the nodes that are taken many at a time. */
export const BULK_CACHE = "maple_node";
/** Cache of the heads of packets, of which a CPU's drivers take 16 at a time. */
export const DRIVER_CACHE = "skbuff_head_cache";

const SPECIAL: readonly (readonly [
	start: string,
	bytes: number,
	kind: number,
])[] = [
	["kernfs_fop_open+", 96, RCU_OF_LAST_HOLDER],
	["kernfs_fop_open+", 0, HOLDER],
	["__do_sys_timerfd_create+", 256, RCU_OF_NEXT_HOLDER],
	["do_epoll_create+", 256, RCU_OF_NEXT_HOLDER],
	["__alloc_file+", 0, FILE],
	["security_file_alloc+", 0, HOLDER],
	["__d_alloc+", 0, ENTRY],
	["mas_alloc_nodes+", 0, BULK],
	["vm_area_dup+", 0, AREA_COPY],
	["vm_area_alloc+", 0, AREA],
	["kernfs_fop_write_iter+", 0, SYSFS_WRITE],
];

/** Whether objects of such a caller may be freed by kfree_rcu. */
export const isFreedByRcu = (kind: number): boolean =>
	kind === RCU_OF_LAST_HOLDER ||
	kind === RCU_OF_NEXT_HOLDER ||
	kind === LONG_NAME;

/** Whether a caller of this kind asks for nodes that others are taken with: beforehand, so it may sleep. */
export const isNodeRequest = (kind: number, gfp: number): boolean =>
	kind === BULK && (gfp & __GFP_DIRECT_RECLAIM) !== 0;

/** What is special about the caller at `site`, `function+0xoffset`, that is given `bytes`. */
export function specialCaller(
	site: string,
	bytes: number,
	isKmalloc: boolean,
): number {
	for (const [start, only, kind] of SPECIAL) {
		if (!site.startsWith(start) || (only !== 0 && only !== bytes)) continue;
		return kind === ENTRY && isKmalloc ? LONG_NAME : kind;
	}
	return PLAIN;
}
