// Tracing: a listener is told what machine it will hear, and then everything that happens on it.
//
//   boot --begin(machine)--> tracer        at power-on, before the first line of the log
//        --event(...)------> tracer        then each record as the rings are drained
//
// Nothing stands at that moment: memblock is empty, no frame is anybody's, every pageblock is UNMOVABLE, and there is no
// page table but an empty root. So whoever folds the events needs nothing but them and the sizes of the machine.
//
// TR1: while somebody listens nothing is lost: rings are drained before they overflow, in the order of what happened.

import type { CallTree } from "../../hw/context";
import { CYCLES_PER_SECOND, CYCLES_PER_TICK } from "../../hw/costs";
import type { Machine } from "../../hw/machine";
import type { MemoryMap } from "../../hw/memory-map";
import type { Recorder, RecordVisitor } from "../../hw/recorder";
import { usableRanges, zoneSpans } from "../../mm/init";
import { ZONE_NAMES } from "../../mm/zone";
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

/** Lets a tracer hear a machine that was just switched on. `recording` says who records it now; that changes once. */
export function startTracing(
	machine: Machine,
	recording: { readonly recorder: Recorder | null },
	tracer: Tracer,
): void {
	const { map, memory, cpus, contexts, buffer } = machine;
	const populated = zoneSpans(usableRanges(map)).filter(
		({ present }) => present > 0,
	);
	const zones = populated.map(({ index, start, end }) => {
		return { index, name: ZONE_NAMES[index] as string, start, end };
	});
	tracer.begin({
		frames: memory.frameCount,
		cpus: cpus.length,
		zones,
		memoryBytes: memoryOf(map),
		ranges: map.ranges.map(({ start, end, type }) => [start, end, type]),
		image: [map.imageStart, map.imageEnd],
		cyclesPerSecond: CYCLES_PER_SECOND,
		cyclesPerTick: CYCLES_PER_TICK,
		contexts,
		buffer,
		flush: () => recording.recorder?.flush(),
	});
	recording.recorder?.listen(tracer.event, tracer.isEager);
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
