// Who has which frames at a moment: the runs that a frame map is drawn from.
//
//   blocks of the fold                        free, per CPU, slab kmalloc-64, table, user pid 7, pages
//   frames that no block holds                firmware and holes by the memory map, the kernel's image, boot memory
//
// MQ1: the runs are in order, do not overlap and cover every frame.
// MQ2: what boot took is `metadata` of the owner `reserved`, but for page tables: which book it became no event tells.
// MQ3: until memblock hands over, memory that it has for whoever asks is free, its owner `memblock`.

import type { FrameRun, FrameUse } from "../../frames";
import type { Fold } from "../fold/fold";
import {
	FREE,
	LARGE,
	RESERVED,
	SLAB,
	STACK,
	TABLE,
	TRANSIT,
	USER,
	WAITING,
} from "../fold/frames";
import { FIRMWARE, groundOf, HOLE } from "../ground";
import type { TraceMachine } from "../header";

const PAGE_BYTES = 4096;

type Use = readonly [use: FrameUse, owner: string];

/** Every frame, neighbours with one use and owner joined. */
export function framesAt(fold: Fold, machine: TraceMachine): FrameRun[] {
	const { frames } = fold;
	const runs: FrameRun[] = [];
	const add = (start: number, count: number, [use, owner]: Use): void => {
		const last = runs.at(-1);
		if (last && last.use === use && last.owner === owner)
			runs[runs.length - 1] = { ...last, count: last.count + count };
		else runs.push({ start, count, use, owner });
	};
	const tables = new Set(fold.tasks.tableFrames());
	const mapped = reservedUses(machine);
	const reserved = (pfn: number): Use => {
		const use = mapped(pfn);
		if (use[0] !== "metadata") return use;
		if (tables.has(pfn)) return ["table", "direct map"];
		return isUnclaimed(fold, pfn) ? ["free", "memblock"] : use;
	};
	frames.eachBlock((head, count) => {
		if (frames.state[head] !== RESERVED) add(head, count, useOf(fold, head));
		else
			for (let pfn = head; pfn < head + count; pfn++)
				add(pfn, 1, reserved(pfn));
	});
	return runs;
}

function useOf({ frames, objects }: Fold, head: number): Use {
	const owner = frames.owner[head] as number;
	switch (frames.state[head]) {
		case FREE:
		case TRANSIT:
			return ["free", ""];
		case WAITING:
			return ["pcp", ""];
		case SLAB:
			return ["slab", objects.cache(owner)?.name ?? ""];
		case TABLE:
			return ["table", ""];
		case USER:
			return ["user", `pid ${owner}`];
		case LARGE:
			return ["pages", "kmalloc"];
		case STACK:
			return ["pages", "kernel stack"];
		default:
			return ["pages", ""];
	}
}

/** A frame that boot may still take from memblock. */
function isUnclaimed({ memblock }: Fold, pfn: number): boolean {
	const [start, end] = [pfn * PAGE_BYTES, (pfn + 1) * PAGE_BYTES];
	const { isHandedOver } = memblock;
	return (
		!isHandedOver &&
		memblock.isMemory(start, end) &&
		!memblock.isReserved(start, end)
	);
}

/** What frames are that nobody hands out, by the memory map as far as the header tells it. */
function reservedUses(machine: TraceMachine): (pfn: number) => Use {
	const ground = groundOf(machine);
	const [imageStart = 0, imageEnd = 0] = imageOf(machine);
	return (pfn) => {
		if (ground[pfn] === HOLE) return ["hole", ""];
		if (ground[pfn] === FIRMWARE) return ["firmware", ""];
		if (pfn * PAGE_BYTES >= imageStart && pfn * PAGE_BYTES < imageEnd)
			return ["kernel", "image"];
		return ["metadata", "reserved"];
	};
}

/** First byte of the kernel's image and the one behind its last, where a header says so. */
function imageOf({ image }: TraceMachine): readonly number[] {
	return Array.isArray(image) && image.every(Number.isFinite) ? image : [];
}
