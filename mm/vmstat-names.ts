// The names of /proc/vmstat, in the order in which Linux 6.1 (the Debian configuration) prints them.
//
//   /proc/vmstat   | zone items | numa events | node items | thresholds | vm events | nr_unstable |
//   lines            11           6             43           2            110         1
//   counted per      zone, CPU    zone, CPU     node, CPU    (computed)   CPU         (always 0)
//
// This is pure data: a counter is the index of its name in one of the lists, and whoever keeps the counters keeps an
// array as long as the list. The plain constants after each list are the indices that the memory manager uses; each
// carries the kernel's own name of the counter, which is the printed name in capital letters.
//
// V1: a constant's value is the index of its name in the list above it (nr_slab_* drop the kernel's suffix _B).
// V2: zone and node items are amounts that rise and fall; events only rise.
//
// Zone and node items are pages, with one exception: nr_kernel_stack is in KiB. The kernel calls the two slab items
// byte counts (_B) for the sake of control groups, but keeps and prints the global ones in pages.
// [include/linux/mmzone.h, include/linux/vm_event_item.h, mm/vmstat.c vmstat_text]

/** Amounts kept for each zone; /proc/vmstat prints their sums. */
export const ZONE_STAT_NAMES = [
	"nr_free_pages",
	"nr_zone_inactive_anon",
	"nr_zone_active_anon",
	"nr_zone_inactive_file",
	"nr_zone_active_file",
	"nr_zone_unevictable",
	"nr_zone_write_pending",
	"nr_mlock",
	"nr_bounce",
	"nr_zspages",
	"nr_free_cma",
] as const;

export const NR_FREE_PAGES = 0;
export const NR_ZONE_INACTIVE_ANON = 1;
export const NR_ZONE_ACTIVE_ANON = 2;
export const NR_ZONE_INACTIVE_FILE = 3;
export const NR_ZONE_ACTIVE_FILE = 4;
export const NR_ZONE_UNEVICTABLE = 5;
export const NR_ZONE_WRITE_PENDING = 6;
export const NR_MLOCK = 7;
export const NR_BOUNCE = 8;
export const NR_ZSPAGES = 9;

/** Events kept for each zone about whose memory was given to whom. */
export const NUMA_EVENT_NAMES = [
	"numa_hit",
	"numa_miss",
	"numa_foreign",
	"numa_interleave",
	"numa_local",
	"numa_other",
] as const;

export const NUMA_HIT = 0;
export const NUMA_MISS = 1;
export const NUMA_FOREIGN = 2;
export const NUMA_INTERLEAVE = 3;
export const NUMA_LOCAL = 4;
export const NUMA_OTHER = 5;

/** Amounts kept for each node. */
export const NODE_STAT_NAMES = [
	"nr_inactive_anon",
	"nr_active_anon",
	"nr_inactive_file",
	"nr_active_file",
	"nr_unevictable",
	"nr_slab_reclaimable",
	"nr_slab_unreclaimable",
	"nr_isolated_anon",
	"nr_isolated_file",
	"workingset_nodes",
	"workingset_refault_anon",
	"workingset_refault_file",
	"workingset_activate_anon",
	"workingset_activate_file",
	"workingset_restore_anon",
	"workingset_restore_file",
	"workingset_nodereclaim",
	"nr_anon_pages",
	"nr_mapped",
	"nr_file_pages",
	"nr_dirty",
	"nr_writeback",
	"nr_writeback_temp",
	"nr_shmem",
	"nr_shmem_hugepages",
	"nr_shmem_pmdmapped",
	"nr_file_hugepages",
	"nr_file_pmdmapped",
	"nr_anon_transparent_hugepages",
	"nr_vmscan_write",
	"nr_vmscan_immediate_reclaim",
	"nr_dirtied",
	"nr_written",
	"nr_throttled_written",
	"nr_kernel_misc_reclaimable",
	"nr_foll_pin_acquired",
	"nr_foll_pin_released",
	"nr_kernel_stack",
	"nr_page_table_pages",
	"nr_sec_page_table_pages",
	"nr_swapcached",
	"pgpromote_success",
	"pgpromote_candidate",
] as const;

export const NR_INACTIVE_ANON = 0;
export const NR_ACTIVE_ANON = 1;
export const NR_INACTIVE_FILE = 2;
export const NR_ACTIVE_FILE = 3;
export const NR_UNEVICTABLE = 4;
export const NR_SLAB_RECLAIMABLE_B = 5; // pages
export const NR_SLAB_UNRECLAIMABLE_B = 6; // pages
export const NR_ANON_PAGES = 17;
export const NR_MAPPED = 18;
export const NR_FILE_PAGES = 19;
export const NR_DIRTY = 20;
export const NR_WRITEBACK = 21;
export const NR_SHMEM = 23;
export const NR_ANON_TRANSPARENT_HUGEPAGES = 28;
export const NR_KERNEL_MISC_RECLAIMABLE = 34;
export const NR_KERNEL_STACK = 37; // KiB
export const NR_PAGE_TABLE_PAGES = 38;
export const NR_SEC_PAGE_TABLE_PAGES = 39;
export const NR_SWAPCACHED = 40;

/** Two thresholds that are computed when the file is read. */
export const WRITEBACK_NAMES = [
	"nr_dirty_threshold",
	"nr_dirty_background_threshold",
] as const;

/** Things that happened, counted on each CPU; /proc/vmstat prints their sums. */
export const VM_EVENT_NAMES = [
	"pgpgin",
	"pgpgout",
	"pswpin",
	"pswpout",
	"pgalloc_dma",
	"pgalloc_dma32",
	"pgalloc_normal",
	"pgalloc_movable",
	"pgalloc_device",
	"allocstall_dma",
	"allocstall_dma32",
	"allocstall_normal",
	"allocstall_movable",
	"allocstall_device",
	"pgskip_dma",
	"pgskip_dma32",
	"pgskip_normal",
	"pgskip_movable",
	"pgskip_device",
	"pgfree",
	"pgactivate",
	"pgdeactivate",
	"pglazyfree",
	"pgfault",
	"pgmajfault",
	"pglazyfreed",
	"pgrefill",
	"pgreuse",
	"pgsteal_kswapd",
	"pgsteal_direct",
	"pgdemote_kswapd",
	"pgdemote_direct",
	"pgscan_kswapd",
	"pgscan_direct",
	"pgscan_direct_throttle",
	"pgscan_anon",
	"pgscan_file",
	"pgsteal_anon",
	"pgsteal_file",
	"zone_reclaim_failed",
	"pginodesteal",
	"slabs_scanned",
	"kswapd_inodesteal",
	"kswapd_low_wmark_hit_quickly",
	"kswapd_high_wmark_hit_quickly",
	"pageoutrun",
	"pgrotated",
	"drop_pagecache",
	"drop_slab",
	"oom_kill",
	"numa_pte_updates",
	"numa_huge_pte_updates",
	"numa_hint_faults",
	"numa_hint_faults_local",
	"numa_pages_migrated",
	"pgmigrate_success",
	"pgmigrate_fail",
	"thp_migration_success",
	"thp_migration_fail",
	"thp_migration_split",
	"compact_migrate_scanned",
	"compact_free_scanned",
	"compact_isolated",
	"compact_stall",
	"compact_fail",
	"compact_success",
	"compact_daemon_wake",
	"compact_daemon_migrate_scanned",
	"compact_daemon_free_scanned",
	"htlb_buddy_alloc_success",
	"htlb_buddy_alloc_fail",
	"unevictable_pgs_culled",
	"unevictable_pgs_scanned",
	"unevictable_pgs_rescued",
	"unevictable_pgs_mlocked",
	"unevictable_pgs_munlocked",
	"unevictable_pgs_cleared",
	"unevictable_pgs_stranded",
	"thp_fault_alloc",
	"thp_fault_fallback",
	"thp_fault_fallback_charge",
	"thp_collapse_alloc",
	"thp_collapse_alloc_failed",
	"thp_file_alloc",
	"thp_file_fallback",
	"thp_file_fallback_charge",
	"thp_file_mapped",
	"thp_split_page",
	"thp_split_page_failed",
	"thp_deferred_split_page",
	"thp_split_pmd",
	"thp_scan_exceed_none_pte",
	"thp_scan_exceed_swap_pte",
	"thp_scan_exceed_share_pte",
	"thp_split_pud",
	"thp_zero_page_alloc",
	"thp_zero_page_alloc_failed",
	"thp_swpout",
	"thp_swpout_fallback",
	"balloon_inflate",
	"balloon_deflate",
	"balloon_migrate",
	"swap_ra",
	"swap_ra_hit",
	"ksm_swpin_copy",
	"cow_ksm",
	"zswpin",
	"zswpout",
	"direct_map_level2_splits",
	"direct_map_level3_splits",
] as const;

export const PGPGIN = 0;
export const PGPGOUT = 1;
export const PSWPIN = 2;
export const PSWPOUT = 3;
export const PGALLOC_DMA = 4;
export const PGALLOC_DMA32 = 5;
export const PGALLOC_NORMAL = 6;
export const PGALLOC_MOVABLE = 7;
export const PGALLOC_DEVICE = 8;
export const ALLOCSTALL_DMA = 9;
export const ALLOCSTALL_DMA32 = 10;
export const ALLOCSTALL_NORMAL = 11;
export const ALLOCSTALL_MOVABLE = 12;
export const PGFREE = 19;
export const PGACTIVATE = 20;
export const PGDEACTIVATE = 21;
export const PGFAULT = 23;
export const PGMAJFAULT = 24;
export const PGREUSE = 27;
export const PGSTEAL_KSWAPD = 28;
export const PGSTEAL_DIRECT = 29;
export const PGSCAN_KSWAPD = 32;
export const PGSCAN_DIRECT = 33;
export const SLABS_SCANNED = 41;
export const PAGEOUTRUN = 45;
export const DROP_SLAB = 48;
export const OOM_KILL = 49;
export const COMPACT_STALL = 63;
export const COMPACT_FAIL = 64;
export const COMPACT_SUCCESS = 65;
export const THP_FAULT_ALLOC = 78;
export const THP_FAULT_FALLBACK = 79;
export const THP_SPLIT_PAGE = 87;
export const DIRECT_MAP_LEVEL2_SPLITS = 108;
export const DIRECT_MAP_LEVEL3_SPLITS = 109;

/** The line that ends /proc/vmstat since the counter behind it went away. */
export const UNSTABLE_NAME = "nr_unstable";

export type ZoneStatName = (typeof ZONE_STAT_NAMES)[number];
export type NumaEventName = (typeof NUMA_EVENT_NAMES)[number];
export type NodeStatName = (typeof NODE_STAT_NAMES)[number];
export type VmEventName = (typeof VM_EVENT_NAMES)[number];

/** Every name of /proc/vmstat, top to bottom. */
export const VMSTAT_NAMES = [
	...ZONE_STAT_NAMES,
	...NUMA_EVENT_NAMES,
	...NODE_STAT_NAMES,
	...WRITEBACK_NAMES,
	...VM_EVENT_NAMES,
	UNSTABLE_NAME,
] as const;
export type VmstatName = (typeof VMSTAT_NAMES)[number];
