// Which events concern a frame, without reading all of them: events sorted by the first frame of the block they are about.
//
//   starts   | 0 | 0 | 3 | 4 | ...        of frame 0, 1, 2, 3 ...
//   events   | 12 | 40 | 41 | 7 | ...     numbers of events, rising for each frame
//
//   a frame is in the block of an event only if that block begins at one of eleven places: its own, or the frame rounded
//   down to a block of order 1, 2, ... 10
//
// The few events that are about more than a block, ranges of memblock and runs of entries, are looked through each time.
//
// IX1: of() has what concernsFrame() is true of, and nothing else.

import type { EventColumns } from "../../../kernel/trace/columns";
import {
	concernsFrame,
	firstFrame,
	firstMapped,
	isWide,
} from "../../../kernel/trace/extent";

const ORDERS = 11;

/** Finds the events of frames. */
export class FrameIndex {
	private readonly starts: Int32Array;
	private readonly events: Int32Array;
	private readonly wide: number[] = [];

	constructor(
		private readonly columns: EventColumns,
		frames: number,
	) {
		for (let event = 0; event < columns.count; event++)
			if (isWide(columns, event)) this.wide.push(event);
		this.starts = new Int32Array(frames + 2);
		let entries = 0;
		this.eachKey((frame) => {
			if (frame < 0 || frame >= frames) return;
			this.starts[frame + 2] = (this.starts[frame + 2] as number) + 1;
			entries++;
		});
		for (let frame = 2; frame < this.starts.length; frame++)
			this.starts[frame] =
				(this.starts[frame] as number) + (this.starts[frame - 1] as number);
		this.events = new Int32Array(entries);
		this.eachKey((frame, event) => {
			if (frame < 0 || frame >= frames) return;
			const at = this.starts[frame + 1] as number;
			this.events[at] = event;
			this.starts[frame + 1] = at + 1;
		});
	}

	/** Numbers of all events that concern a frame, rising. */
	of(pfn: number): Int32Array {
		const { columns, starts, events, wide } = this;
		const found = new Set(
			wide.filter((event) => concernsFrame(columns, event, pfn)),
		);
		let before = -1;
		for (let order = 0; order < ORDERS; order++) {
			const head = pfn & ~((1 << order) - 1);
			if (head === before) continue;
			before = head;
			for (let at = starts[head] ?? 0; at < (starts[head + 1] ?? 0); at++) {
				const event = events[at] as number;
				if (concernsFrame(columns, event, pfn)) found.add(event);
			}
		}
		return Int32Array.from(found).sort();
	}

	/** Visits the first frame of each event's block, and the frame that an entry of a page table maps. */
	private eachKey(visit: (frame: number, event: number) => void): void {
		const { columns } = this;
		for (let event = 0; event < columns.count; event++) {
			if (isWide(columns, event)) continue;
			const first = firstFrame(columns, event);
			const mapped = firstMapped(columns, event);
			visit(first, event);
			if (mapped !== first) visit(mapped, event);
		}
	}
}
