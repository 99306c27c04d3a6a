// Designs: which object allocator serves the tasks, by name at boot and by number in the kernel's record.
//
//   number   0      1         2      3                                  objects=bonwick
//            slub   bonwick   slob   textbook                                  |
//                                                     boot: createDesign --> root --> record: number, root
//                                                     attach: record --> attachDesign --> the same allocator
//
// The kernel's own caches and kmalloc are SLUB's under every design, as is the page allocator below: what differs between
// two machines is what the design does with the same requests of the same tasks.
//
// DE1: the numbers stay what they are: images of machines hold them.

import type { PhysAddr } from "../hw/units";
import { checkSlabs } from "../mm/check/slab-check";
import { Bonwick } from "../mm/designs/bonwick";
import type { ObjectAllocator } from "../mm/designs/object-allocator";
import { Slob } from "../mm/designs/slob";
import { Slub } from "../mm/designs/slub";
import { Textbook } from "../mm/designs/textbook";
import { GFP_KERNEL } from "../mm/gfp";
import type { MemoryManager } from "../mm/memory-manager";

/** Names of all designs; the place of each is its number (DE1). */
export const DESIGN_NAMES = ["slub", "bonwick", "slob", "textbook"] as const;
export type DesignName = (typeof DESIGN_NAMES)[number];

/** The number that the kernel's record keeps. */
export const designNumber = (name: DesignName): number =>
	DESIGN_NAMES.indexOf(name);
/** The design with a number that `designNumber` gave. */
export const designName = (number: number): DesignName =>
	DESIGN_NAMES[number] as DesignName;

/** Makes a design on a machine that has none yet; null when there is no memory for its root. */
export function createDesign(
	name: DesignName,
	mm: MemoryManager,
): ObjectAllocator | null {
	switch (name) {
		case "bonwick":
			return Bonwick.create(mm, GFP_KERNEL);
		case "slob":
			return Slob.create(mm, GFP_KERNEL);
		case "textbook":
			return Textbook.create(mm, GFP_KERNEL);
		case "slub":
			return slub(mm);
	}
}

/** Views of the design whose root lies at `root`. */
export function attachDesign(
	name: DesignName,
	mm: MemoryManager,
	root: PhysAddr,
): ObjectAllocator {
	switch (name) {
		case "bonwick":
			return Bonwick.attach(mm, root);
		case "slob":
			return Slob.attach(mm, root);
		case "textbook":
			return Textbook.attach(mm, root);
		case "slub":
			return slub(mm);
	}
}

const slub = (mm: MemoryManager): ObjectAllocator =>
	new Slub(mm, () => checkSlabs(mm));
