// More questions of `flagstone trace`: who has the memory, what was not given back, what differs, why, and in whose format.
//
//   owners  leaks --from A --to B  diff A B      by call site, task, cache, type
//   why EVENT                                    the chain of reasons
//   export --format chrome|ftrace|...            to stdout, or to a file that is written whole
//
// TE1: an export that is refused or fails leaves no file, and the trace as it was.

import { gzipSync } from "node:zlib";
import { Option } from "commander";
import { cacheAt } from "../../kernel/trace/ask/cache";
import { diff as diffOf } from "../../kernel/trace/ask/diff";
import { leaks as leaksOf } from "../../kernel/trace/ask/leaks";
import {
	OWNERS_BY,
	OWNERS_SORT,
	owners as ownersOf,
} from "../../kernel/trace/ask/owners";
import { why as whyOf } from "../../kernel/trace/ask/why";
import {
	EXPORT_FORMATS,
	type ExportFormat,
	type ExportOptions,
	exportTrace,
	isExportFormat,
} from "../../kernel/trace/export";
import { parseMoment } from "../../kernel/trace/moment";
import type { Trace } from "../../kernel/trace/trace";
import { refuseInput, writeOutput } from "../output-file";
import { drawDiff } from "../report/trace/diff";
import { drawLeaks } from "../report/trace/leaks";
import { drawOwners } from "../report/trace/owners";
import { drawWhy } from "../report/trace/why";
import { oneOf, UsageError, wholeNumber } from "../usage";
import {
	type Answering,
	type Asked,
	give,
	type Question,
} from "./trace-question";

const EVENT_MAX = 2 ** 31;

const owners: Question = {
	name: "owners",
	summary: "who has the memory: live and total bytes, counts, waste",
	example: "owners --by callsite --sort live --at tick:20",
	hasMoment: true,
	options: () => [
		new Option("--by <what>", "what rows stand for")
			.choices(OWNERS_BY)
			.default("callsite"),
		new Option("--sort <column>", "which rows come first")
			.choices(OWNERS_SORT)
			.default("live"),
	],
	answer: (asked) => {
		const { trace, moment, options } = asked;
		const by = OWNERS_BY.find((each) => each === options.by) ?? "callsite";
		const sort = OWNERS_SORT.find((each) => each === options.sort) ?? "live";
		const found = ownersOf(trace, { by, sort, moment });
		give(asked, found, (terminal) => drawOwners(found, terminal));
	},
};

const leaks: Question = {
	name: "leaks",
	summary: "what was allocated between two moments and is still there",
	example: "leaks --from tick:5 --to end",
	hasMoment: false,
	options: () => [
		new Option("--from <moment>", "allocated after this").default("start"),
		new Option("--to <moment>", "still there at this").default("end"),
	],
	answer: (asked) => {
		const { trace, options } = asked;
		const [from, to] = spanOf(trace, options);
		const found = leaksOf(trace, from, to);
		give(asked, found, (terminal) => drawLeaks(found, terminal));
	},
};

const diff: Question = {
	name: "diff",
	subject: ["a", "a moment: an event, tick:N, stage:NAME, start or end"],
	second: ["b", "a later moment"],
	summary: "pages and objects that came, went, grew or moved, signed",
	example: "diff stage:run_init_process end",
	hasMoment: false,
	answer: (asked) => {
		const { trace, subject, second } = asked;
		const a = parseMoment(subject, trace);
		const found = diffOf(trace, a, parseMoment(second, trace));
		give(asked, found, (terminal) => drawDiff(found, terminal));
	},
};

const why: Question = {
	name: "why",
	subject: ["event", "number of an event"],
	summary: "why an event happened as it did, with the numbers that decided",
	example: "why 1234",
	hasMoment: false,
	answer: (asked) => {
		const event = wholeNumber("why", asked.subject, 0, EVENT_MAX);
		const found = whyOf(asked.trace, event);
		give(asked, found, (terminal) => drawWhy(found, terminal));
	},
};

const LIFETIMES = ["none", "pages", "objects", "all"];

const exporting: Question = {
	name: "export",
	summary: "the trace in the format of another tool",
	example: "export --format chrome -o trace.json",
	hasMoment: false,
	options: () => [
		new Option("--format <name>", EXPORT_FORMATS.join(", ")),
		new Option("-o, --output <file>", "file to write (default: stdout)"),
		new Option("--from <moment>", "what happened after this"),
		new Option("--to <moment>", "what happened up to this"),
		new Option("--at <moment>", "moment of svg, and of what is live"),
		new Option(
			"--lifetimes <which>",
			`lives of allocations in chrome: ${LIFETIMES.join(", ")}, or the name of a cache`,
		),
	],
	answer: writeExport,
};

function writeExport({ file, trace, options, host }: Asked): void {
	if (options.format === undefined)
		throw new UsageError(
			`export wants a --format: ${EXPORT_FORMATS.join(", ")}.`,
		);
	const format = oneOf("format", options.format, EXPORT_FORMATS);
	if (!isExportFormat(format)) return;
	refuseUseless(format, trace, options);
	if (options.output !== undefined) refuseInput(options.output, [file]);
	const pieces = exportTrace(trace, format, exportOptions(trace, options));
	if (options.output !== undefined)
		writeOutput(options.output, format === "pprof" ? packed(pieces) : pieces);
	else if (format === "pprof")
		throw new UsageError("pprof is no text: name a file with -o.");
	else for (const piece of pieces) host.out(piece as string);
}

/** Refuses options that this format has no use for, and lives of what there is not. */
function refuseUseless(
	format: ExportFormat,
	trace: Trace,
	{ json, lifetimes, from, to }: Answering,
): void {
	if (json)
		throw new UsageError(
			"--json: the format says what is written; leave it out.",
		);
	const stretch = from !== undefined ? "--from" : "--to";
	if (format === "svg" && (from ?? to) !== undefined)
		throw new UsageError(
			`${stretch}: svg draws one moment; say which with --at.`,
		);
	if (lifetimes === undefined) return;
	if (format !== "chrome")
		throw new UsageError("--lifetimes is of the format chrome; leave it out.");
	if (!LIFETIMES.includes(lifetimes))
		cacheAt(trace, lifetimes, trace.events - 1);
}

function exportOptions(trace: Trace, options: Answering): ExportOptions {
	const { from, to, at, lifetimes } = options;
	return {
		...(from !== undefined && { from: parseMoment(from, trace) }),
		...(to !== undefined && { to: parseMoment(to, trace) }),
		...(at !== undefined && { at: parseMoment(at, trace) }),
		...(lifetimes !== undefined && { lifetimes }),
	};
}

/** As gzip, which is how tools want it. */
function* packed(
	pieces: Iterable<string | Uint8Array>,
): Generator<string | Uint8Array> {
	yield gzipSync(Buffer.concat([...pieces].map((piece) => Buffer.from(piece))));
}

function spanOf(trace: Trace, { from, to }: Answering): [number, number] {
	return [parseMoment(from ?? "start", trace), parseMoment(to ?? "end", trace)];
}

/** The questions of this file, as help lists them. */
export const REASON_QUESTIONS: readonly Question[] = [
	owners,
	leaks,
	diff,
	why,
	exporting,
];
