// The objects that were at an address, one row for each.
//
//   events       time        cache       bytes  allocated by                           freed by
//   812 .. 1033  0.083120 s  kmalloc-64     60  worker(3) on CPU 0: worker > kmalloc   worker(3) on CPU 0: worker > kfree

import type { ObjectLife, ObjectLives } from "../../../kernel/trace/ask/object";
import type { Terminal } from "../../terminal";
import { counted, secondsText } from "../text";
import { drawTable, left, right, whoText } from "./words";

/** Lines about an address. */
export function drawObject(
	{ pointer, lives }: ObjectLives,
	terminal: Terminal,
): string[] {
	const { paint } = terminal;
	const note = paint.dim(
		lives.length === 0
			? "no object was ever here; whatis tells what is"
			: `was ${counted(lives.length, "object")}`,
	);
	const title = `${paint.bold(`Object ${pointer}`)}  ${note}`;
	if (lives.length === 0) return [title];
	const columns = [
		left("events"),
		right("time"),
		left("cache"),
		left("from"),
		right("bytes"),
		left("allocated by"),
		left("freed by"),
	];
	return [title, ...drawTable(columns, lives.map(lifeRow), terminal)];
}

const lifeRow = (life: ObjectLife): string[] => [
	`${life.from.event} ..${life.to === null ? "" : ` ${life.to.event}`}`,
	secondsText(life.from.nanoseconds),
	life.cache ?? "blocks of pages",
	life.pointer,
	String(life.bytes),
	whoText(life.from),
	life.to === null ? "nobody yet" : whoText(life.to),
];
