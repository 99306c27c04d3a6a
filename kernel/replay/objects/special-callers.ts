// Special callers: those whose objects come and go in ways that the trace does not show.
//
//   kernfs_fop_open, timerfd_create, do_epoll_create, __d_alloc     freed by kfree_rcu, which frees many at once, untraced
//   mas_alloc_nodes, when it may sleep                              a request for many nodes at once follows, untraced
//   kernfs_fop_write_iter                                           a program writes to a file in /sys, shrinking a cache
//   skbuff_head_cache (a cache)                                     16 at a time for the network drivers of a CPU, untraced
//
// The places are known by function and size: offsets differ between builds.

/** A caller like any other. */
export const PLAIN = 0;
/** Its objects are freed in batches after a grace period. */
export const FREED_BY_RCU = 1;
/** More objects than one may be allocated with this one. */
export const BULK = 2;
/** Its allocation begins a write to a file in /sys. */
export const SYSFS_WRITE = 3;

/** Cache of the nodes that are taken many at a time. */
export const BULK_CACHE = "maple_node";
/** Cache of the heads of packets, of which a CPU's drivers take 16 at a time. */
export const DRIVER_CACHE = "skbuff_head_cache";

const SPECIAL: readonly (readonly [
	start: string,
	bytes: number,
	kind: number,
])[] = [
	["kernfs_fop_open+", 96, FREED_BY_RCU],
	["__do_sys_timerfd_create+", 256, FREED_BY_RCU],
	["do_epoll_create+", 256, FREED_BY_RCU],
	["__d_alloc+", 0, FREED_BY_RCU],
	["mas_alloc_nodes+", 0, BULK],
	["kernfs_fop_write_iter+", 0, SYSFS_WRITE],
];

/** What is special about the caller at `site`, `function+0xoffset`, that is given `bytes`. */
export function specialCaller(
	site: string,
	bytes: number,
	isKmalloc: boolean,
): number {
	for (const [start, only, kind] of SPECIAL) {
		if (!site.startsWith(start) || (only !== 0 && only !== bytes)) continue;
		if (kind === FREED_BY_RCU && !isKmalloc) return PLAIN; // the dentry itself, not its long name
		return kind;
	}
	return PLAIN;
}
