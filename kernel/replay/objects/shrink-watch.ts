// Shrinking as a recorder of snapshots does it: a program writes 1 to the file `shrink` of every cache in turn.
//
//   SHRINK-c BEGIN   kmalloc kernfs_fop_write_iter   kmalloc ...   kmalloc ...   SHRINK-c END        by one thread
//                              |                        |
//                    first directory of /sys/kernel/slab, second ...: the order of slab.tsv
//
// The shrinking itself is no event; its place is between the buffer of the write and its free. The program waits meanwhile for
// workers on all CPUs, which give up what they have of the cache, and may be on another CPU when they are done. Which table
// has the order is told by the number of writes: the directories change while modules come and go.

const MARK = /^SHRINK-\S+ (BEGIN|END)/;

/** The next mark of shrinking: whether one begins or ends; null for another mark. */
export function shrinkMark(text: string): "BEGIN" | "END" | null {
	return (MARK.exec(text)?.[1] as "BEGIN" | "END" | undefined) ?? null;
}

/** Counts the writes of each time. */
export class ShrinkWatch {
	/** Writes of each time that all caches were shrunk. */
	readonly writes: number[] = [];
	private pid = -1;
	/** All caches are being shrunk. */
	isOpen = false;

	mark(text: string, pid: number): void {
		const edge = shrinkMark(text);
		if (edge === null) return;
		this.isOpen = edge === "BEGIN";
		this.pid = pid;
		if (this.isOpen) this.writes.push(0);
	}

	/** A thread wrote to a file in /sys. */
	write(pid: number): void {
		if (!this.isOpen || pid !== this.pid) return;
		const last = this.writes.length - 1;
		this.writes[last] = (this.writes[last] as number) + 1;
	}
}

/** Of several lists of directories the one with so many; the last one when none has. */
export const orderFor = (
	tables: readonly (readonly string[])[],
	writes: number,
): readonly string[] =>
	tables.find((table) => table.length === writes) ?? tables.at(-1) ?? [];
