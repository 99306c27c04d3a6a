// Expectations: short sentences about what the reports show, and whether they hold.
//
//   no leaks
//   audit clean
//   vmstat.pgfree > 100                     a counter
//   growth(vmstat.pgalloc_dma32) >= 8       how much it grew since the tasks began
//   slabinfo.kmalloc-64.active_objs >= 20   a column of a cache
//   buddyinfo.DMA32.order10 > 1             free blocks of an order
//   meminfo.MemFree >= 50%                  of MemTotal
//   meminfo.MemFree > 20M                   sizes compare as sizes
//   task.worker.exit == 0                   of every task of that name
//   task.worker.state == zombie
//   zoneinfo.DMA32.free > zoneinfo.DMA32.high
//
//   expectation := "no leaks" | "audit clean" | value operator value
//   value       := [-] number [K M G %] | word | path | growth(path)
//   path        := report . part . part ...
//
// A name that a report does not have makes an expectation fail with a sentence, it is no error of the text: whether a
// cache exists is for the machine to say.

import { didYouMean } from "./validate";

const REPORTS = [
	"buddyinfo",
	"pagetypeinfo",
	"slabinfo",
	"meminfo",
	"vmstat",
	"zoneinfo",
	"task",
	"tasks",
	"machine",
];
const OF_THE_MOMENT = ["task", "tasks", "machine"];
const OPERATORS = ["==", "!=", "<=", ">=", "<", ">"] as const;
const UNITS: Readonly<Record<string, number>> = {
	"": 1,
	K: 1024,
	M: 1024 ** 2,
	G: 1024 ** 3,
};

type Operator = (typeof OPERATORS)[number];

/** Where a value is found: report, then names. */
export interface Place {
	/** As it was written. */
	readonly text: string;
	readonly parts: readonly string[];
	/** How much it grew, not how much it is. */
	readonly growth: boolean;
}

/** One side of a comparison. */
export type Term =
	| { readonly kind: "number"; readonly value: number; readonly unit: string }
	| { readonly kind: "word"; readonly word: string }
	| { readonly kind: "place"; readonly place: Place };

/** Two values and how they are to compare. */
export interface Comparison {
	readonly kind: "comparison";
	readonly text: string;
	readonly left: Term;
	readonly operator: Operator;
	readonly right: Term;
}

/** An expectation, understood. */
export type Expectation =
	| { readonly kind: "leaks"; readonly text: string }
	| { readonly kind: "audit"; readonly text: string }
	| Comparison;

/** What is wrong with the text of an expectation. */
export interface ExpectationProblem {
	readonly message: string;
	/** Characters before the place. */
	readonly offset: number;
}

/** What became of an expectation. */
export interface Outcome {
	readonly text: string;
	readonly held: boolean;
	/** What was found instead; empty when it held. */
	readonly detail: string;
}

/** A value that a report shows. `whole` is what a percentage is taken of, 0 for none; sizes are in units of `scale` bytes. */
export interface Fact {
	readonly value: number | string;
	readonly whole: number;
	readonly scale: number;
}

/** Places of an expectation whose growth it speaks of: they must be read before, too. */
export function growthPlaces(expectation: Expectation): Place[] {
	if (expectation.kind !== "comparison") return [];
	return [expectation.left, expectation.right].flatMap((term) =>
		term.kind === "place" && term.place.growth ? [term.place] : [],
	);
}

/** What expectations look at. */
export interface FactSource {
	/** The facts at a place, one for each task where there are several; or a sentence why there is none. */
	look(place: Place): readonly Fact[] | string;
	/** Sentences of the auditors; none on a sound machine. */
	damage(): readonly string[];
	/** Sentences about what was not given back; none without leaks. */
	leaks(): readonly string[];
}

/** Reads the text of an expectation. */
export function parseExpectation(
	text: string,
): Expectation | ExpectationProblem {
	const words = text.trim().replace(/\s+/g, " ");
	if (words === "no leaks") return { kind: "leaks", text };
	if (words === "audit clean") return { kind: "audit", text };
	const reader = new Reader(text);
	try {
		const left = reader.term();
		const operator = reader.operator();
		const right = reader.term();
		reader.end();
		return { kind: "comparison", text, left, operator, right };
	} catch (problem) {
		if (problem instanceof Misread)
			return { message: problem.message, offset: problem.offset };
		throw problem;
	}
}

/** Whether an expectation holds. */
export function evaluate(
	expectation: Expectation,
	source: FactSource,
): Outcome {
	const { text } = expectation;
	if (expectation.kind === "leaks") return all(text, source.leaks());
	if (expectation.kind === "audit") return all(text, source.damage());
	const left = facts(expectation.left, source);
	const right = facts(expectation.right, source);
	if (typeof left === "string") return failed(text, left);
	if (typeof right === "string") return failed(text, right);
	for (const a of left)
		for (const b of right) {
			const detail = compare(expectation, a, b);
			if (detail !== "") return failed(text, detail);
		}
	return { text, held: true, detail: "" };
}

const failed = (text: string, detail: string): Outcome => ({
	text,
	held: false,
	detail,
});

const all = (text: string, sentences: readonly string[]): Outcome =>
	sentences.length === 0
		? { text, held: true, detail: "" }
		: failed(text, sentences.join("; "));

function facts(term: Term, source: FactSource): readonly Fact[] | string {
	if (term.kind === "place") return source.look(term.place);
	const value = term.kind === "word" ? term.word : term.value;
	return [{ value, whole: 0, scale: 1 }];
}

/** Empty when the comparison holds, else what was found. */
function compare(
	{ left, operator, right }: Comparison,
	a: Fact,
	b: Fact,
): string {
	const x = amount(left, a, b);
	const y = amount(right, b, a);
	if (typeof x === "string" && x.startsWith("!")) return x.slice(1);
	if (typeof y === "string" && y.startsWith("!")) return y.slice(1);
	if (holds(x, operator, y)) return "";
	return [found(left, a), found(right, b)].filter(Boolean).join(", ");
}

const found = (term: Term, { value }: Fact): string =>
	term.kind === "place" ? `${term.place.text} is ${value}` : "";

/** A term's value in the unit of the other side; text behind `!` says why there is none. */
function amount(term: Term, own: Fact, other: Fact): number | string {
	if (term.kind !== "number") return own.value;
	if (term.unit === "%")
		return other.whole > 0
			? (term.value / 100) * other.whole
			: "!a percentage has no meaning here";
	if (term.unit === "") return term.value;
	return (term.value * (UNITS[term.unit] as number)) / other.scale;
}

function holds(
	x: number | string,
	operator: Operator,
	y: number | string,
): boolean {
	switch (operator) {
		case "==":
			return x === y;
		case "!=":
			return x !== y;
		case "<":
			return x < y;
		case "<=":
			return x <= y;
		case ">":
			return x > y;
		default:
			return x >= y;
	}
}

class Misread extends Error {
	constructor(
		message: string,
		readonly offset: number,
	) {
		super(message);
	}
}

const PATH = /[A-Za-z_:][\w:()/-]*(\.[\w:()/-]+)*/y;
const NUMBER = /(-?\d+(?:\.\d+)?)\s*(%|[KMG](?!\w)|(?!\w))/y;
const GROWTH = /growth\(\s*/y;

/** Reads a text from left to right. */
class Reader {
	private at = 0;

	constructor(private readonly text: string) {}

	term(): Term {
		this.blanks();
		const number = this.take(NUMBER);
		if (number)
			return {
				kind: "number",
				value: Number(number[1]),
				unit: number[2] ?? "",
			};
		if (this.take(GROWTH)) return this.growth();
		const start = this.at;
		const path = this.take(PATH)?.[0];
		if (path === undefined)
			throw this.misread("a number or a value such as vmstat.pgfree");
		if (!path.includes(".") && !REPORTS.includes(path))
			return { kind: "word", word: path };
		return this.place(path, path, start, false);
	}

	operator(): Operator {
		this.blanks();
		for (const operator of OPERATORS)
			if (this.text.startsWith(operator, this.at)) {
				this.at += operator.length;
				return operator;
			}
		throw this.misread("a comparison (==, !=, <, <=, > or >=)");
	}

	end(): void {
		this.blanks();
		if (this.at < this.text.length) throw this.misread("the end");
	}

	private growth(): Term {
		const start = this.at;
		const path = /[^()\s]+/y;
		const inner = this.take(path)?.[0];
		if (inner === undefined)
			throw this.misread("a value such as vmstat.pgfree");
		this.blanks();
		if (this.text[this.at] !== ")") throw this.misread('")"');
		this.at++;
		return this.place(inner, `growth(${inner})`, start, true);
	}

	private place(
		path: string,
		text: string,
		start: number,
		growth: boolean,
	): Term {
		const parts = path.split(".");
		const report = parts[0] as string;
		if (!REPORTS.includes(report))
			throw new Misread(
				`no report is called "${report}"${didYouMean(report, REPORTS) || `; known are ${REPORTS.join(", ")}`}`,
				start,
			);
		if (parts.length < 2)
			throw new Misread(
				`expected a name behind "${report}", such as ${EXAMPLES[report]}`,
				start,
			);
		if (growth && OF_THE_MOMENT.includes(report))
			throw new Misread(
				`growth() knows only the reports of /proc, not "${report}"`,
				start,
			);
		return { kind: "place", place: { text, parts, growth } };
	}

	private take(pattern: RegExp): RegExpExecArray | null {
		pattern.lastIndex = this.at;
		const taken = pattern.exec(this.text);
		if (taken) this.at = pattern.lastIndex;
		return taken;
	}

	private blanks(): void {
		while (this.text[this.at] === " ") this.at++;
	}

	private misread(expected: string): Misread {
		const rest = this.text.slice(this.at).split(" ")[0];
		const found = rest ? `"${rest}"` : "the end";
		return new Misread(`expected ${expected}, found ${found}`, this.at);
	}
}

const EXAMPLES: Readonly<Record<string, string>> = {
	buddyinfo: "buddyinfo.DMA32.order10",
	pagetypeinfo: "pagetypeinfo.DMA32.Unmovable.blocks",
	slabinfo: "slabinfo.kmalloc-64.active_objs",
	meminfo: "meminfo.MemFree",
	vmstat: "vmstat.pgfree",
	zoneinfo: "zoneinfo.DMA32.free",
	task: "task.worker.exit",
	tasks: "tasks.count",
	machine: "machine.ticks",
};
