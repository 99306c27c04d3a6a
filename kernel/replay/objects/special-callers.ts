// Special callers: those whose objects come and go in ways that the trace does not show.
//
//   kernfs_fop_open          the node of an open file goes to kfree_rcu before the file, which is allocated before it
//   timerfd_create           the timer goes to kfree_rcu when its file is closed, which is allocated behind it
//   do_epoll_create          the same
//   __alloc_file             an open file: what the security modules note of it follows and goes when it is closed
//   __d_alloc                an entry of a directory; its name, if it is long, goes to kfree_rcu when a rename replaces it
//   mas_alloc_nodes          when it may sleep: a request for many nodes at once follows, untraced
//   kernfs_fop_write_iter    a program writes to a file in /sys, shrinking a cache
//   skbuff_head_cache        (a cache) 16 at a time for the network drivers of a CPU, untraced
//
// The places are known by function and size: offsets differ between builds.

/** A caller like any other. */
export const PLAIN = 0;
/** Its objects are freed by kfree_rcu when the holder goes that their thread got before them. */
export const RCU_OF_LAST_HOLDER = 1;
/** The same, with the holder that their thread gets next. */
export const RCU_OF_NEXT_HOLDER = 2;
/** More objects than one may be allocated with this one. */
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
	["kernfs_fop_write_iter+", 0, SYSFS_WRITE],
];

/** Whether objects of such a caller may be freed by kfree_rcu. */
export const isFreedByRcu = (kind: number): boolean =>
	kind === RCU_OF_LAST_HOLDER ||
	kind === RCU_OF_NEXT_HOLDER ||
	kind === LONG_NAME;

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
