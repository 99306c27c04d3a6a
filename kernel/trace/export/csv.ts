// As CSV: a row for each event, for spreadsheets and data frames.
//
//   event,cycles,cpu,current pid,current task,site,name,text,cache,pfn,order,type,...
//   430,69230,0,0,,kernel_init > run_init_process,page_alloc,,,4112,2,0,...
//   '---------- the same for every event ---------------------------' '-- a column for each name of a word in the dictionary
//
// A word that holds two things is two columns, and an address that takes two words is one, as the dictionary says
// (words.ts). Columns that an event does not have are empty. The text of names and log lines stands in the row of its event; the rows
// of the letters before it hold the pieces. `cache` beside a slot is the cache's name.
//
// CS1: RFC 4180: lines end with CR LF, every row has as many fields as the first; what holds a comma, a quote or a line end
//      is quoted.
// CS2: addresses, flags and entries are 0x and hexadecimal digits; everything else is decimal.

import { EV_TEXT } from "../../../hw/events";
import type { EventColumns } from "../columns";
import { eventName } from "../dictionary";
import type { Trace } from "../trace";
import { lettersOf, Roster } from "./roster";
import { pieces, type Span } from "./span";
import { type Field, fieldHex, fieldsOf, fieldValue } from "./words";

const COMMON = [
	...["event", "cycles", "cpu", "current pid", "current task"],
	...["site", "name", "text", "cache"],
];
const SLOT = "slot";
const HEX = new Set(["gfp", "object", "entry", "page", "base", "bits"]);
const LINE_END = "\r\n";
const SPECIAL = /[",\r\n]/;

/** Pieces of the text. */
export function* exportCsv(trace: Trace, span: Span): Generator<string> {
	const writer = new CsvWriter(trace, span.first);
	yield writer.head;
	yield* pieces(trace, span, (columns, index, event) =>
		writer.row(columns, index, event),
	);
}

/** A field of an event, and its column. */
interface Placed {
	readonly field: Field;
	readonly column: number;
	readonly isHex: boolean;
}

/** Makes rows. */
class CsvWriter {
	private readonly roster: Roster;
	private readonly columns: string[] = [];
	private readonly layouts = new Map<number, readonly Placed[]>(); // by code
	private readonly names = new Map<number, string>();
	private readonly sites: string[] = [];
	private readonly words = [0, 0, 0, 0];

	constructor(
		private readonly trace: Trace,
		first: number,
	) {
		this.roster = new Roster(trace, first);
		for (const word of trace.header.dictionary) {
			this.names.set(word.code, word.name);
			this.layouts.set(
				word.code,
				fieldsOf(word).map((field) => this.place(field)),
			);
		}
	}

	/** The first line: names of the columns. */
	get head(): string {
		return line([...COMMON, ...this.columns]);
	}

	row(columns: EventColumns, index: number, event: number): string {
		const code = columns.codes[index] as number;
		const cpu = columns.cpus[index] as number;
		const taken = this.roster.apply(columns, index);
		const text = code === EV_TEXT ? lettersOf(columns, index) : taken;
		const pid = this.roster.running[cpu] as number;
		return line([
			String(event),
			String(columns.cycles[index]),
			String(cpu),
			String(pid),
			pid === 0 ? "" : this.roster.task(pid),
			this.site(columns.contexts[index] as number),
			this.names.get(code) ?? eventName(code),
			text,
			...this.cells(code, columns, index),
		]);
	}

	/** The cache's name, then the columns of words. */
	private cells(code: number, columns: EventColumns, index: number): string[] {
		const cells = Array<string>(this.columns.length + 1).fill("");
		const { words } = this;
		words[0] = columns.a[index] as number;
		words[1] = columns.b[index] as number;
		words[2] = columns.c[index] as number;
		words[3] = columns.d[index] as number;
		for (const { field, column, isHex } of this.layouts.get(code) ?? []) {
			const value = fieldValue(field, words);
			cells[column + 1] = isHex ? fieldHex(field, words) : String(value);
			if (field.name === SLOT) cells[0] = this.roster.cache(value).name;
		}
		return cells;
	}

	private place(field: Field): Placed {
		const isTaken = COMMON.includes(field.name);
		const name = isTaken ? `${field.name} (word)` : field.name;
		const known = this.columns.indexOf(name);
		const column = known < 0 ? this.columns.push(name) - 1 : known;
		return { field, column, isHex: HEX.has(field.name) };
	}

	private site(context: number): string {
		this.sites[context] ??= this.trace.path(context).join(" > ");
		return this.sites[context] as string;
	}
}

const line = (cells: readonly string[]): string =>
	cells.map(quoted).join(",") + LINE_END;

const quoted = (cell: string): string =>
	SPECIAL.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
