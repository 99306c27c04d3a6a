// The life of a frame as a table: one row for each owner.
//
//   events        time        tick  who has it                     by
//   0 .. 811      0.000000 s     0  nobody: reserved
//   812 .. 1032   0.083120 s    20  slab of kmalloc-64, order 0    worker(3) on CPU 0: worker > kmalloc
//   1033 ..       ...               free, in the block 288 of order 5, Movable

import type {
	FrameLife,
	FramePeriod,
	FramePlace,
} from "../../../kernel/trace/ask/frame";
import type { Terminal } from "../../terminal";
import { counted, secondsText } from "../text";
import { drawTable, left, right, taskText, whoText } from "./words";

const USES: Readonly<Record<string, string>> = {
	pages: "pages of the kernel",
	kmalloc: "a kmalloc too large for a cache",
	table: "page table",
	user: "memory of a task",
	stack: "kernel stack",
};

const NOBODYS = new Set(["free", "reserved", "memblock"]);

/** Lines of a frame's life. */
export function drawFrame(life: FrameLife, terminal: Terminal): string[] {
	const { paint } = terminal;
	const owners = life.periods.filter(({ use }) => !NOBODYS.has(use));
	const columns = [
		left("events"),
		right("time"),
		right("tick"),
		left("who has it"),
		left("by"),
	];
	return [
		`${paint.bold(`Frame ${life.pfn}`)}  ${life.pointer}  ${life.zone}  ${paint.dim(`had ${counted(owners.length, "owner")}`)}`,
		...drawTable(columns, life.periods.map(periodRow), terminal),
	];
}

function periodRow(period: FramePeriod): string[] {
	const { from, to } = period;
	const start = from?.event ?? 0;
	const end = to === null ? "" : ` ${Math.max(start, to.event - 1)}`;
	return [
		`${start} ..${end}`,
		secondsText(from?.nanoseconds ?? 0),
		String(from?.tick ?? 0),
		useText(period),
		from === null ? "" : whoText(from),
	];
}

function useText(period: FramePeriod): string {
	if (period.use === "free") return freeText(period.places);
	if (period.type === null) return bootText(period);
	const who = period.owner === null ? "" : ` of ${taskText(period.owner)}`;
	const what =
		period.cache === null
			? `${(USES[period.use] ?? period.use).replace(who === "" ? "" : " of a task", "")}${who}`
			: `slab of ${period.cache}`;
	const head = period.order === 0 ? "" : ` from ${period.head}`;
	return `${what}, order ${period.order}${head}, ${period.type ?? ""}`;
}

/** Who has a frame that was never free. */
function bootText({ use, from, to }: FramePeriod): string {
	if (use === "table") return "boot: page table of the direct map";
	if (use === "memblock") return "nobody: memory that memblock gives to boot";
	if (from !== null) return "boot: reserved";
	return to === null ? "nobody: reserved since boot" : "nobody yet";
}

function freeText(places: readonly FramePlace[]): string {
	const last = places.at(-1);
	if (last === undefined) return "free, on its way to a list";
	const where =
		last.list === "cpu"
			? `on a list of CPU ${last.cpu}`
			: `in the block ${last.head} of order ${last.order}`;
	const moves = places.length - 1;
	const before = moves === 0 ? "" : ` (moved ${counted(moves, "time")})`;
	return `free, ${where}, ${last.type}${before}`;
}
