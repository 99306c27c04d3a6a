// Call sites of Linux 6.1 and the caches that they take objects from, learned from recordings of Debian's 6.1.0-56-amd64.
//
//   __alloc_file+0x23 232 256 filp                   function+offset, bytes asked for, bytes given, cache
//   acpi_ns_create_node+0x31 48 48 shared_policy_node Acpi-Namespace
//                                                    one name: the same whether caches share slabs or not; two: of the
//                                                    cache where they share, and where they do not (slab_nomerge)
//   copy_fs_struct+0x22 56 64 - fs_cache             -: not met there
//
// kmem_cache_alloc of this kernel does not say its cache; only kmem_cache_free does. An object that is never freed has no
// other witness than who asked for it. Where the bytes matter, one call site serves several caches; a
// shared cache gives what its largest user asks for.
//
// CS1: a call site with its two sizes is listed once.

const SITES = `
__alloc_file+0x23 232 256 filp
__alloc_file+0x23 256 256 filp -
__alloc_skb+0x15c 232 256 skbuff_head_cache
__alloc_skb+0x15c 472 512 - skbuff_fclone_cache
__alloc_skb+0x15c 512 512 skbuff_fclone_cache -
__anon_vma_prepare+0x104 96 104 anon_vma
__anon_vma_prepare+0x30 64 64 anon_vma_chain
__d_alloc+0x29 192 192 dentry
__do_sys_getcwd+0x59 4096 4096 names_cache
__es_insert_extent+0x192 40 40 ext4_extent_status
__inet_hash_connect+0x213 72 128 - tcp_bind_bucket
__inet_hash_connect+0x213 128 128 pid -
__inet_hash_connect+0x540 64 64 anon_vma_chain tcp_bind2_bucket
__kernfs_new_node+0x5d 128 128 kernfs_node_cache
__khugepaged_enter+0x2a 112 112 khugepaged_mm_slot
__mpol_dup+0x37 272 272 numa_policy
__proc_create+0x109 192 192 proc_dir_entry
__sigqueue_alloc+0x81 80 80 sigqueue
acpi_ns_create_node+0x31 48 48 shared_policy_node Acpi-Namespace
acpi_ps_alloc_op+0x55 80 80 Acpi-State Acpi-ParseExt
acpi_ps_alloc_op+0xbb 56 56 ftrace_event_field Acpi-Parse
acpi_ut_allocate_object_desc_dbg+0x39 72 72 Acpi-Operand
acpi_ut_create_generic_state+0x2e 80 80 Acpi-State
add_system_zone+0x69 40 40 ext4_system_zone
alloc_buffer_head+0x1a 104 104 buffer_head
alloc_inode+0x59 632 640 inode_cache
alloc_io_context+0x1b 88 88 kernfs_iattrs_cache -
alloc_pid+0x54 112 128 - pid
alloc_pid+0x54 128 128 pid -
alloc_unbound_pwq+0x19b 256 256 maple_node pool_workqueue
alloc_vfsmnt+0x1b 320 320 mnt_cache
alloc_vmap_area+0x44f 64 64 vmap_area
alloc_vmap_area+0x9d 64 64 vmap_area
anon_vma_clone+0x69 64 64 anon_vma_chain
anon_vma_fork+0x5a 96 104 anon_vma
anon_vma_fork+0x95 64 64 anon_vma_chain
audit_log_start+0x193 24 24 lsm_file_cache audit_buffer
bvec_alloc+0x66 1024 1024 biovec-64 -
copy_fs_struct+0x22 56 64 - fs_cache
copy_fs_struct+0x22 64 64 anon_vma_chain -
copy_process+0x1903 1104 1152 mm_struct
copy_process+0x20e 8392 8448 task_struct
copy_process+0xa49 2080 2112 sighand_cache
copy_process+0xacd 1112 1152 signal_cache
copy_process+0xacd 1152 1152 signal_cache -
do_epoll_ctl+0x4ea 120 128 - eventpoll_epi
do_epoll_ctl+0x4ea 128 128 pid -
do_epoll_ctl+0x730 16 16 ep_head
dup_fd+0x2a 704 704 files_cache
ep_ptable_queue_proc+0x2b 64 64 anon_vma_chain eventpoll_pwq
ext4_alloc_inode+0x1f 1184 1192 ext4_inode_cache
ext4_alloc_io_end_vec+0x1f 32 32 lsm_inode_cache ext4_io_end_vec
ext4_free_blocks+0x608 56 56 mbcache ext4_free_data
ext4_init_io_end+0x1b 64 64 ext4_io_end
ext4_inode_attach_jinode+0x4a 64 64 vmap_area jbd2_inode
ext4_mb_add_groupinfo+0xd9 176 176 ext4_groupinfo_1k -
ext4_mb_new_blocks+0x149 136 136 ext4_allocation_context
ext4_mb_new_blocks+0x7e8 104 104 buffer_head ext4_prealloc_space
fsnotify_add_mark_locked+0x10b 32 32 lsm_inode_cache fsnotify_mark_connector
getname_flags.part.0+0x2b 4096 4096 names_cache
getname_kernel+0x25 4096 4096 names_cache
inet_bind2_bucket_create+0x2b 64 64 anon_vma_chain tcp_bind2_bucket
inet_bind_bucket_create+0x20 72 128 - tcp_bind_bucket
inet_bind_bucket_create+0x20 128 128 pid -
inet_reqsk_alloc+0x22 304 312 request_sock_TCP
inotify_update_watch+0x168 80 80 sigqueue inotify_inode_mark
insert_revoke_hash+0x25 32 32 jbd2_revoke_record_s
jbd2__journal_start+0x90 56 56 mbcache jbd2_journal_handle
jbd2_alloc+0x56 1024 1024 biovec-64 -
jbd2_journal_add_journal_head+0x75 112 120 jbd2_journal_head
jbd2_journal_init_revoke_table+0x1a 16 16 jbd2_revoke_table_s -
mas_alloc_nodes+0x6f 256 256 maple_node
mempool_alloc+0x85 128 192 bio-128 -
mempool_alloc+0x85 192 256 bio-192
mempool_alloc+0x85 256 256 maple_node sgpool-8
mempool_alloc+0x85 512 512 skbuff_fclone_cache sgpool-16
mempool_alloc+0x85 1024 1024 biovec-64 sgpool-32
mempool_alloc+0x85 2048 2048 biovec-128 sgpool-64
mempool_alloc+0x85 4096 4096 biovec-max
mempool_init_node+0x9a 192 256 bio-192 -
mm_alloc+0x16 1104 1152 mm_struct
mpol_new+0xb5 272 272 numa_policy
p9_tag_alloc+0x48 136 144 p9_req_t -
perf_event_alloc+0x5e 1232 1232 perf_event
prepare_creds+0x21 176 192 cred_jar
prepare_creds+0x21 184 192 cred_jar -
prepare_kernel_cred+0x1b 176 192 cred_jar
prepare_kernel_cred+0x1b 184 192 cred_jar -
proc_alloc_inode+0x1d 704 712 proc_inode_cache
proc_reg_open+0x85 40 40 pde_opener
radix_tree_node_alloc.constprop.0+0x89 576 584 radix_tree_node
security_file_alloc+0x29 24 24 lsm_file_cache
security_inode_alloc+0x24 32 32 lsm_inode_cache
seq_open+0x2a 120 120 seq_file
shmem_alloc_inode+0x1d 776 784 shmem_inode_cache
sk_prot_alloc+0x30 1024 1024 PING UNIX
sk_prot_alloc+0x30 1152 1152 signal_cache UDP
sk_prot_alloc+0x30 2280 2304 TCP
sock_alloc_inode+0x1e 768 832 sock_inode_cache
start_this_handle+0x34d 216 256 dquot jbd2_transaction_s
vm_area_alloc+0x1a 152 152 vm_area_struct
vm_area_dup+0x21 152 152 vm_area_struct
xas_alloc+0xa4 576 584 radix_tree_node
`;

/** Caches of the call sites, by `function+0xoffset asked given`. */
export type CallSiteMap = ReadonlyMap<string, string>;

/** The map for a kernel whose caches share slabs, or do not. */
export function callSiteMap(isMerging: boolean): CallSiteMap {
	const map = new Map<string, string>();
	for (const line of SITES.trim().split("\n")) {
		const [site, asked, given, merged, apart = merged] = line.split(" ");
		const cache = isMerging ? merged : apart;
		if (cache !== "-")
			map.set(
				callKey(site as string, asked as string, given as string),
				cache as string,
			);
	}
	return map;
}

/** How a call site with its two sizes is found in the map. */
export const callKey = (
	site: string,
	asked: number | string,
	given: number | string,
): string => `${site} ${asked} ${given}`;
