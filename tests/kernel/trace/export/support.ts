// What the tests of exports share.

import { eventName } from "../../../../kernel/trace/dictionary";
import {
	type ExportFormat,
	type ExportOptions,
	exportTrace,
} from "../../../../kernel/trace/export";
import type { Trace } from "../../../../kernel/trace/trace";

/** The whole export as one text. */
export const exported = (
	trace: Trace,
	format: ExportFormat,
	options: ExportOptions = {},
): string =>
	Buffer.concat(
		[...exportTrace(trace, format, options)].map((piece) =>
			Buffer.from(piece as string),
		),
	).toString();

/** How often each event occurs in a trace, by name. */
export function counted(trace: Trace): Record<string, number> {
	const counts: Record<string, number> = {};
	trace.each(0, trace.events, ({ codes }, index) => {
		const name = eventName(codes[index] as number);
		counts[name] = (counts[name] ?? 0) + 1;
	});
	return counts;
}
