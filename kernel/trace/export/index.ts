// Exports: a trace, or a part of it, in the formats of other tools.
//
//   chrome       Chrome trace-event JSON     Perfetto, chrome://tracing     timeline, counters, lives
//   ftrace       text of the kmem events     trace-cmd's friends, replay    every request
//   csv          a row for each event        spreadsheets, data frames      everything
//   speedscope   JSON                        speedscope                     memory by call site
//   pprof        protocol buffer             pprof, Perfetto                memory by call site
//   svg          picture                     browsers, slides               the frame map at a moment
//
// EX1: nothing grows with the length of the trace: an export comes in pieces, each of a bounded number of events, and what is
//      kept between them is bounded by the machine.
// EX2: the same trace and wish give the same bytes.

import type { Trace } from "../trace";
import { exportChrome, type Lifetimes } from "./chrome";
import { exportCsv } from "./csv";
import { exportFtrace } from "./ftrace";
import { exportPprof } from "./pprof";
import { type Span, type SpanWish, spanOf } from "./span";
import { exportSpeedscope } from "./speedscope";
import { exportSvg } from "./svg";

export type { Lifetimes } from "./chrome";

/** What is wanted of a trace. */
export interface ExportOptions extends SpanWish {
	/** Of `chrome`: whose lives are drawn. Default none. */
	readonly lifetimes?: Lifetimes;
}

type Exporter = (
	trace: Trace,
	span: Span,
	options: ExportOptions,
) => Generator<string | Uint8Array>;

const EXPORTERS = {
	chrome: (trace, span, { lifetimes = "none" }) =>
		exportChrome(trace, span, lifetimes),
	ftrace: exportFtrace,
	speedscope: exportSpeedscope,
	pprof: exportPprof,
	csv: exportCsv,
	svg: exportSvg,
} as const satisfies Record<string, Exporter>;

/** A format that a trace can be exported in. */
export type ExportFormat = keyof typeof EXPORTERS;

/** All of them. */
export const EXPORT_FORMATS = Object.keys(EXPORTERS) as ExportFormat[];

/** Ending of a file name for each format; a pprof file is packed with gzip by whoever writes it. */
export const EXPORT_ENDINGS: Readonly<Record<ExportFormat, string>> = {
	chrome: ".json",
	ftrace: ".txt",
	speedscope: ".speedscope.json",
	pprof: ".pb.gz",
	csv: ".csv",
	svg: ".svg",
};

/** Whether a text names a format. */
export const isExportFormat = (text: string): text is ExportFormat =>
	Object.hasOwn(EXPORTERS, text);

/**
 * The export in pieces, to be written one behind the other: texts, or bytes for pprof. Moments are numbers of events. Throws an
 * Error with one sentence, before or between pieces, when events are missing that it needs.
 */
export function exportTrace(
	trace: Trace,
	format: ExportFormat,
	options: ExportOptions = {},
): Generator<string | Uint8Array> {
	const exporter: Exporter = EXPORTERS[format];
	return exporter(trace, spanOf(trace, options), options);
}
