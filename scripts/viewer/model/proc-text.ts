// The /proc texts of a moment, from the fold, in the kernel's own form.
//
// PT1: the text is that of the running machine at the same event, to the byte.

import { formatBuddyinfo } from "../../../kernel/proc/buddyinfo";
import { formatSlabinfo } from "../../../kernel/proc/slabinfo";
import type { Fold } from "../../../kernel/trace/fold/fold";

/** Names of the texts. */
export const PROC_TEXTS = ["buddyinfo", "slabinfo"] as const;
export type ProcName = (typeof PROC_TEXTS)[number];

export function procText(name: ProcName, fold: Fold): string {
	return name === "buddyinfo" ? buddyinfo(fold) : slabinfo(fold);
}

function buddyinfo({ frames }: Fold): string {
	return formatBuddyinfo(
		frames.zones.map(({ name }, zone) => ({
			node: 0,
			zone: name,
			counts: frames.freeBlocks(zone),
		})),
	);
}

function slabinfo({ objects }: Fold): string {
	return formatSlabinfo(
		objects.all().map((cache) => ({
			name: cache.name,
			activeObjects: cache.total - objects.freeListed(cache.slot),
			objects: cache.total,
			objectSize: cache.size,
			objectsPerSlab: cache.objects,
			pagesPerSlab: 1 << cache.order,
			tunables: [0, 0, 0] as const,
			activeSlabs: cache.slabs,
			slabs: cache.slabs,
			sharedAvailable: 0,
		})),
	);
}
