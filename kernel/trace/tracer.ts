// Tracing: a listener is told what machine it will hear, and then everything that happens on it.
//
//   boot --begin(machine)--> tracer        before the first page is handed out
//        --event(...)------> tracer        first what is there already, then each record as the rings are drained
//
// What stands at that moment is told as events too: the ranges that memblock knows, and the pageblocks that are not MOVABLE.
// So whoever folds the events needs nothing but them and the sizes of the machine. Page tables that boot made before are the
// one exception: of those only the entries that change later are told.
//
// TR1: while somebody listens nothing is lost: rings are drained before they overflow, in the order of what happened.

import type { CallTree } from "../../hw/context";
import { CYCLES_PER_SECOND, CYCLES_PER_TICK } from "../../hw/costs";
import type { Machine } from "../../hw/machine";
import type { MemoryMap } from "../../hw/memory-map";
import type { RecordVisitor } from "../../hw/recorder";
import { asPfn } from "../../hw/units";
import {
	EV_BLOCK_TYPE,
	EV_MEMBLOCK,
	MEMBLOCK_MEMORY,
	MEMBLOCK_RESERVED,
} from "../../mm/events";
import type { Memblock, MemblockRange } from "../../mm/memblock";
import type { MemoryManager } from "../../mm/memory-manager";
import { MIGRATE_MOVABLE, PAGEBLOCK_FRAMES } from "../../mm/pageblock";
import type { FoldMachine } from "./fold/fold";

const GAP_BYTES = 2 ** 20; // gaps below 1 MiB are part of every PC's memory

/** A machine as a tracer is told of it. */
export interface TracedMachine extends FoldMachine {
	/** Bytes of RAM, with what firmware keeps of it. */
	readonly memoryBytes: number;
	/** Ranges of the memory map: first byte, byte behind the last, type. */
	readonly ranges: readonly (readonly [number, number, string])[];
	/** First byte of the kernel's image, and the one behind its last. */
	readonly image: readonly [number, number];
	readonly cyclesPerSecond: number;
	readonly cyclesPerTick: number;
	/** The calling contexts that events name; it grows while the machine runs. */
	readonly contexts: CallTree;
	/** All RAM from address 0 on, and the machine's own words behind it. */
	readonly buffer: ArrayBufferLike;
	/** Lets the tracer hear what the rings still hold. */
	readonly flush: () => void;
}

/** Who hears everything. */
export interface Tracer {
	/** Called once, before the first event. */
	begin(machine: TracedMachine): void;
	/** Called for each event; may read the machine, and nothing else. */
	readonly event: RecordVisitor;
	/** Each event is told as it happens, and may be the last: what `event` throws ends the run. */
	readonly isEager?: boolean;
}

/** Lets a tracer hear a machine that has zones and no free pages yet. The recorder must be on. */
export function startTracing(
	machine: Machine,
	mm: MemoryManager,
	memblock: Memblock,
	tracer: Tracer,
): void {
	const zones = mm.allocator.zones.map(({ zone }) => ({
		index: zone.index,
		name: zone.name,
		start: zone.start,
		end: zone.end,
	}));
	tracer.begin({
		frames: machine.memory.frameCount,
		cpus: machine.cpus.length,
		zones,
		memoryBytes: memoryOf(machine.map),
		ranges: machine.map.ranges.map(({ start, end, type }) => [
			start,
			end,
			type,
		]),
		image: [machine.map.imageStart, machine.map.imageEnd],
		cyclesPerSecond: CYCLES_PER_SECOND,
		cyclesPerTick: CYCLES_PER_TICK,
		contexts: machine.contexts,
		buffer: machine.buffer,
		flush: () => mm.recorder?.flush(),
	});
	mm.recorder?.listen(tracer.event, tracer.isEager);
	tellRanges(mm, memblock.memoryRanges(), MEMBLOCK_MEMORY);
	tellRanges(mm, memblock.reservedRanges(), MEMBLOCK_RESERVED);
	tellBlockTypes(mm);
}

function tellRanges(
	{ recorder }: MemoryManager,
	ranges: readonly MemblockRange[],
	kind: number,
): void {
	for (const { base, end } of ranges) {
		const bytes = end - base;
		const high = Math.floor(base / 2 ** 32) | (kind << 8);
		recorder?.emit(EV_MEMBLOCK, base | 0, high, bytes | 0, bytes / 2 ** 32);
	}
}

function tellBlockTypes({ recorder, blocks, pages }: MemoryManager): void {
	for (let pfn = 0; pfn < pages.frameCount; pfn += PAGEBLOCK_FRAMES) {
		const type = blocks.type(asPfn(pfn));
		if (type !== MIGRATE_MOVABLE)
			recorder?.emit(EV_BLOCK_TYPE, pfn, type, 0, 0);
	}
}

/** Bytes of RAM, with what firmware keeps of it, but without the gap below 4 GiB that devices have. */
function memoryOf({ ranges, ramEnd }: MemoryMap): number {
	let bytes = ramEnd;
	let last = 0; // byte behind the ranges so far, which rise
	for (const { start, end } of ranges) {
		const gap = Math.min(start, ramEnd) - last;
		if (gap >= GAP_BYTES) bytes -= gap;
		last = Math.max(last, end);
	}
	return bytes;
}
