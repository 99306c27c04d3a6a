// The owners of memory as a table: who allocated how much, and how much of it is still there.
//
//   Owners  by callsite, most live first, after event 1696
//     live      blocks  total    count  waste    temporary  call site
//     16.9 KiB     108  16.9 KiB   108  1.7 KiB          0  start_kernel > mm_init > kmem_cache_init
//     ...
//     34.6 KiB     118  ...                                 all
//
// DO1: the names stand last, so that long paths do not push the numbers apart.

import type {
	OwnerRow,
	Owners,
	OwnersBy,
} from "../../../kernel/trace/ask/owners";
import type { Terminal } from "../../terminal";
import { bytesText, grouped } from "../text";
import { left, momentText, right, title, titled } from "./titled";

const ROWS_MAX = 40;

const HEADS: Readonly<Record<OwnersBy, string>> = {
	callsite: "call site",
	task: "task",
	cache: "cache",
	type: "type",
};

/** Rows of owners, and their sum. */
export function drawOwners(data: Owners, terminal: Terminal): string[] {
	const { by, sort, moment, rows, sum, temporaryEvents } = data;
	const note = `by ${HEADS[by]}, most ${sort} first, after ${momentText(moment)}`;
	const columns = [
		right("live"),
		right("blocks"),
		right("total"),
		right("count"),
		right("waste"),
		right("temporary"),
		left(HEADS[by]),
	];
	const shown = rows
		.slice(0, ROWS_MAX)
		.map((row) => cells(row, nameOf(row, by)));
	const hidden = rows.length - shown.length;
	const all = hidden > 0 ? `all, ${hidden} more included` : "all";
	return [
		...titled(
			title("Owners", note, terminal),
			columns,
			[...shown, cells(sum, all)],
			ROWS_MAX + 1,
			terminal,
		),
		`  ${terminal.paint.dim(`temporary: freed at most ${temporaryEvents} events later`)}`,
	];
}

const nameOf = ({ name, key }: OwnerRow, by: OwnersBy): string =>
	by === "task" && key > 0 ? `${name} (pid ${key})` : name;

function cells(row: Omit<OwnerRow, "name" | "key">, name: string): string[] {
	return [
		bytesText(row.live),
		grouped(row.liveCount),
		bytesText(row.total),
		grouped(row.count),
		bytesText(row.waste),
		grouped(row.temporary),
		name,
	];
}
