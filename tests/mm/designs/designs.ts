// The four designs, each on a machine of its own: what the shared specification runs against.

import type { PhysAddr } from "../../../hw/units";
import { checkSlabs } from "../../../mm/check/slab-check";
import { Bonwick } from "../../../mm/designs/bonwick";
import type {
	ObjectAllocator,
	ObjectUsage,
} from "../../../mm/designs/object-allocator";
import { Slob } from "../../../mm/designs/slob";
import { Slub } from "../../../mm/designs/slub";
import { Textbook } from "../../../mm/designs/textbook";
import { GFP_KERNEL } from "../../../mm/gfp";
import type { MemoryManager } from "../../../mm/memory-manager";
import { audit, type WorldOptions, world } from "../world";

/** One design: how it is made, and what the specification may expect of it. */
export interface Design {
	readonly name: string;
	make(mm: MemoryManager): ObjectAllocator | null;
	/** A second view of the same allocator, from RAM alone. */
	attach(mm: MemoryManager, design: ObjectAllocator): ObjectAllocator;
}

const rootOf = (design: ObjectAllocator): PhysAddr =>
	(design as Bonwick | Slob | Textbook).rootAddress;

export const DESIGNS: readonly Design[] = [
	{
		name: "slub",
		make: (mm) => new Slub(mm, () => checkSlabs(mm)),
		attach: (mm) => new Slub(mm, () => checkSlabs(mm)),
	},
	{
		name: "bonwick",
		make: (mm) => Bonwick.create(mm, GFP_KERNEL),
		attach: (mm, design) => Bonwick.attach(mm, rootOf(design)),
	},
	{
		name: "slob",
		make: (mm) => Slob.create(mm, GFP_KERNEL),
		attach: (mm, design) => Slob.attach(mm, rootOf(design)),
	},
	{
		name: "textbook",
		make: (mm) => Textbook.create(mm, GFP_KERNEL),
		attach: (mm, design) => Textbook.attach(mm, rootOf(design)),
	},
];

/** A machine with one design on it. */
export function start(design: Design, options: WorldOptions = {}) {
	const mm = world(options);
	const before = freeFrames(mm);
	const objects = design.make(mm)!;
	return { mm, objects, before };
}

/** Free frames, those on per-CPU lists included. */
export function freeFrames(mm: MemoryManager): number {
	mm.allocator.drainAll();
	return mm.allocator.freeFrames;
}

/** Everything that any auditor has to say. */
export const auditAll = (
	mm: MemoryManager,
	objects: ObjectAllocator,
): string[] => [...objects.check(), ...audit(mm)];

/** Sum of one column. */
export const sum = (
	usage: readonly ObjectUsage[],
	column: "active" | "free" | "pages" | "total" | "wasted",
): number => usage.reduce((total, row) => total + row[column], 0);

/** Objects in use that the design did not take for itself. */
export const users = (objects: ObjectAllocator): number =>
	sum(
		objects.usage().filter(({ name }) => !OWN.test(name)),
		"active",
	);

/** Caches from which designs serve themselves. */
const OWN =
	/^(kmem_cache|kmem_cache_node|kmem_slab_cache|kmem_magazine_\d+|cache-records)$/;

/** Makes the n-th request for pages, counted from 1, fail; every other one is served. Tells whether it came to that. */
export function failNth(mm: MemoryManager, n: number): () => boolean {
	let count = 0;
	mm.allocator.injector = { shouldFail: () => ++count === n };
	return () => count >= n;
}
