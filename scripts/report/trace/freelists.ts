// Free lists as rows of frame numbers, heads on the left.
//
//   DMA32  order 0  Unmovable    3 blocks  4711 4712 9000
//   CPU 1, DMA32 ...

import type { FreeList } from "../../../kernel/trace/ask/freelists";
import type { When } from "../../../kernel/trace/ask/when";
import type { Terminal } from "../../terminal";
import { counted, pad } from "../text";
import { headline } from "./words";

const LINES_SHOWN = 3; // of frame numbers, for each list
const NAME_COLUMNS = 52; // list and number of blocks

/** Lines of all lists; long ones are cut unless `isWhole`. */
export function drawFreelists(
	lists: readonly FreeList[],
	at: When,
	isWhole: boolean,
	terminal: Terminal,
): string[] {
	return [
		headline("Free lists", at, terminal),
		...lists.flatMap((list) => drawList(list, isWhole, terminal)),
	];
}

function drawList(
	list: FreeList,
	isWhole: boolean,
	terminal: Terminal,
): string[] {
	const { zone, cpu, order, type, blocks } = list;
	const place = cpu === null ? zone : `CPU ${cpu}, ${zone}`;
	const name = `${pad(place, 14)}${pad(`order ${order}`, 10)}${type}`;
	const count = counted(blocks.length, "block");
	const head = `  ${pad(name, 36)}${pad(count, NAME_COLUMNS - 38)}`;
	const lines = wrap(blocks, terminal.columns - NAME_COLUMNS);
	const shown = isWhole ? lines : lines.slice(0, LINES_SHOWN);
	const rest = lines.length - shown.length;
	const drawn = shown.map((line, index) =>
		index === 0 ? `${head}${line}` : `${" ".repeat(NAME_COLUMNS)}${line}`,
	);
	if (rest > 0)
		drawn.push(
			`${" ".repeat(NAME_COLUMNS)}${terminal.paint.dim("... (--all shows the rest)")}`,
		);
	return drawn;
}

/** Numbers in lines of at most `columns` columns, but at least one a line. */
function wrap(numbers: readonly number[], columns: number): string[] {
	const lines: string[] = [];
	let line = "";
	for (const number of numbers) {
		const longer = line === "" ? String(number) : `${line} ${number}`;
		if (line !== "" && longer.length > columns) {
			lines.push(line);
			line = String(number);
		} else line = longer;
	}
	return [...lines, line];
}
