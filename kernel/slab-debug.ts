// slub_debug: which checks the command line wants for which cache, as flags of the cache.
//
//   slub_debug=FZ;P,dentry     dentry: P        everything else: F, Z
//   letter   F        Z         P       U          T      A
//   flag     checks   red zone  poison  who used   trace  fault injection
//
// The flags decide how a slot is laid out and that no CPU owns slabs (S7). The bytes of the zones and of the poison are
// neither written nor looked at.
//
// DF1: a block that names a cache goes before the last block that names none.
// [mm/slub.c parse_slub_debug_flags, kmem_cache_flags]

import {
	SLAB_CONSISTENCY_CHECKS,
	SLAB_FAILSLAB,
	SLAB_POISON,
	SLAB_RED_ZONE,
	SLAB_STORE_USER,
	SLAB_TRACE,
} from "../mm/slab-geometry";
import { type SlubDebugRule, slubDebugFlags } from "./command-line";

const FLAGS: Readonly<Record<string, number>> = {
	F: SLAB_CONSISTENCY_CHECKS,
	Z: SLAB_RED_ZONE,
	P: SLAB_POISON,
	U: SLAB_STORE_USER,
	T: SLAB_TRACE,
	A: SLAB_FAILSLAB,
};

/** The SLAB_ flags that the blocks of slub_debug= give the cache called `name`; 0 for none. */
export function slabDebugFlags(
	rules: readonly SlubDebugRule[],
	name: string,
): number {
	let flags = 0;
	for (const letter of slubDebugFlags(rules, name)) flags |= FLAGS[letter] ?? 0;
	return flags;
}
