// A kernel as scenarios see it: the parts that they run on, and an exact count of what is in use.
//
//   pages     frames:  | free | pcp | slab |  pages  tables  user  |       only the last three are counted
//   objects   cache:   all objects  -  free ones of every slab that can be found by list
//
// A design of its own that serves the tasks counts its objects itself; what it needs for itself is no task's business.
// /proc/slabinfo cannot be used for the objects: it counts those that wait on a CPU as active.

import { NULL, type PhysAddr } from "../../hw/units";
import type { SlabCache } from "../../mm/slab-cache";
import type { Kernel } from "../kernel";
import type { ScenarioKernel, Usage } from "./runner";

/** What a scenario needs of a kernel that is up. */
export function scenarioKernel(kernel: Kernel): ScenarioKernel {
	return {
		kernelMemory: kernel.parts.taskMemory,
		running: kernel.running,
		cpus: kernel.machine.turn.cpus,
		proc: (name) => kernel.proc(name),
		check: () => kernel.check(),
		usage: () => usageOf(kernel),
	};
}

function usageOf(kernel: Kernel): Usage {
	let pages = 0;
	for (const { use, count } of kernel.frames())
		if (use === "pages" || use === "table" || use === "user") pages += count;
	const objects = new Map<string, number>();
	for (const cache of kernel.caches())
		objects.set(cache.name, objectsInUse(cache));
	const { name, rootAddress } = kernel.objects;
	if (rootAddress !== NULL)
		for (const part of kernel.objects.usage())
			if (!part.internal) objects.set(`${name} ${part.name}`, part.active);
	return { pages, objects };
}

/** Objects of a cache that somebody has: neither on a slab's chain nor on a CPU's. */
export function objectsInUse(cache: SlabCache): number {
	let free = 0;
	cache.eachListed((pfn) => {
		const used: readonly PhysAddr[] = cache.objectsInUse(pfn);
		free += cache.slab(pfn).objectCount - used.length;
	});
	return cache.usage().total - free;
}
