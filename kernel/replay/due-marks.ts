// Due marks: marks of the snapshot tool for recorders that do not keep what programs write to trace_marker.
//
//   marks.tsv   3.1350 READ-DONE slabinfo    3.1633 READ-DONE kpageflags       (clock of the recorder)
//   events      ...3.1349 | 3.1351 ...              ...3.1632 | 3.1634 ...
//                         ^ due with this event               ^ and this
//
// DM1: a mark is due with the first event that is not older; each is handed out once, in their order.

import type { Mark } from "./snapshot/marks";
import type { Snapshot } from "./snapshot/snapshot";

/** Marks of all snapshots, in the order of time. */
export class DueMarks {
	private readonly marks: readonly Mark[];
	private next = 0;

	constructor(snapshots: readonly Snapshot[]) {
		const all = snapshots.flatMap(({ marks }) => marks);
		this.marks = [...all].sort((a, b) => a.nanoseconds - b.nanoseconds);
	}

	/** Calls `visit` with the text of every mark that is due at `nanoseconds`. */
	until(nanoseconds: number, visit: (text: string) => void): void {
		for (; this.next < this.marks.length; this.next++) {
			const mark = this.marks[this.next] as Mark;
			if (mark.nanoseconds > nanoseconds) return;
			visit(mark.text);
		}
	}
}
