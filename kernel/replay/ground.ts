// Ground: a recorded machine on which this kernel has booted without touching what the recorded kernel could hand out.
//
//   RAM of the recording    | reserved: image, tables, books of that kernel |  handed out: free, slabs, programs, ...  |
//   here                    | image and books of this kernel, rest unused   |  reserved and untouched, to be filled    |
//
// The recorded kernel's books, which are larger, make room for those of this one. So every frame that the recording tells of
// can lie here where it lay there, and the zones manage the same pages. What boot itself allocated, some slabs for its own
// objects, stays in reserved frames.
//
// GR1: no frame that was handed out in the recording is used by boot. GR2: nothing is free until somebody fills it.
// GR3: every recorded cache exists with its recorded name and geometry; the caches of this kernel's own tasks have others.

import { panic } from "../../hw/panic";
import { MIB, NIL, PAGE_SIZE } from "../../hw/units";
import { EV_BOOT_TAKE } from "../../mm/events";
import type { MemoryManager } from "../../mm/memory-manager";
import { MIGRATE_TYPES } from "../../mm/pageblock";
import { MAX_ORDER } from "../../mm/zone";
import type { ZoneAllocator } from "../../mm/zonelist";
import { boot } from "../boot";
import type { BootOptions } from "../bringup";
import type { Kernel } from "../kernel";
import type { LateRange } from "../kernel-record";
import { cacheWishes } from "./snapshot/caches";
import { forceZones } from "./snapshot/force-zones";
import { type FrameFlags, KPF_RESERVED } from "./snapshot/kpageflags";
import { machineOptions, type RecordedMachine } from "./snapshot/machine";
import type { Recording } from "./snapshot/recording";

/** What differs from the recorded machine. */
export type GroundChanges = Pick<
	BootOptions,
	"seed" | "recorder" | "onLog" | "tracer"
>;

/** The machine of a recording, with nothing in it yet. */
export interface Ground {
	readonly kernel: Kernel;
	/** The cache here of every recorded name, aliases included. */
	readonly cacheOf: ReadonlyMap<string, string>;
}

/** Boots the machine of `recording` around the frames that `flags` say were handed out. */
export function layGround(
	recording: Recording,
	flags: FrameFlags,
	changes: GroundChanges = {},
): Ground {
	const { machine } = recording;
	const options = machineOptions(machine, { traceBuffer: false });
	const kernel = boot({
		...options,
		...changes,
		config: { ...options.config, CONFIG_INIT_ON_ALLOC_DEFAULT_ON: false }, // costs time and decides nothing
		reserved: [],
		books: bookRanges(machine, flags),
	});
	const cacheOf = makeCaches(kernel, recording);
	for (const owner of kernel.mm.allocator.zones) clearZone(kernel.mm, owner);
	forceZones(kernel.mm, machine);
	return { kernel, cacheOf };
}

/** Reserved frames of the recording: RAM above 1 MiB. */
function bookRanges({ map }: RecordedMachine, flags: FrameFlags): LateRange[] {
	const usable = map.ranges.filter(({ type }) => type === "usable");
	const books: LateRange[] = [];
	for (const range of flags.rangesWith(KPF_RESERVED))
		for (const ram of usable) {
			const first = Math.max(ram.start, MIB, range.start * PAGE_SIZE);
			const past = Math.min(ram.end, (range.start + range.count) * PAGE_SIZE);
			const start = Math.ceil(first / PAGE_SIZE) * PAGE_SIZE;
			const end = Math.floor(past / PAGE_SIZE) * PAGE_SIZE;
			if (start < end) books.push({ start, end });
		}
	return books;
}

/** Makes every recorded cache that boot has not made (GR3). */
function makeCaches(
	kernel: Kernel,
	recording: Recording,
): ReadonlyMap<string, string> {
	const { wishes, cacheOf } = cacheWishes(recording.caches);
	for (const wish of wishes) kernel.createCache(wish);
	return cacheOf;
}

/** Takes back what boot left free: those frames were reserved in the recording, and are so again (GR2). */
function clearZone(
	mm: MemoryManager,
	{ zone, buddy, pcp }: ZoneAllocator,
): void {
	for (const { id } of mm.turn.cpus) pcp.drain(id);
	for (let order = MAX_ORDER - 1; order >= 0; order--)
		for (let type = 0; type < MIGRATE_TYPES; type++) {
			let pfn = buddy.takeOfType(order, type);
			for (; pfn !== NIL; pfn = buddy.takeOfType(order, type)) {
				mm.pages.clear(pfn);
				mm.recorder?.emit(EV_BOOT_TAKE, pfn, order, 0, 0);
				zone.setManaged(zone.managed - 2 ** order);
			}
		}
	if (zone.free !== 0) panic("replay: GR2 a zone still has free frames");
}
