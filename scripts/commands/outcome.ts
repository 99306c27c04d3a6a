// What commands that run a machine say of it beside their own report: log lines, /proc texts, and why the exit code is 1.

import type { Host } from "../host";
import type { BootReport, TraceReport } from "../report/report";
import { bytesText, counted } from "../report/text";
import type { Terminal } from "../terminal";

/** A line of the kernel log with its time stamp dimmed. */
export function paintLog(line: string, { paint }: Terminal): string {
	const stamp = /^\[ *\d+\.\d+\] /.exec(line)?.[0] ?? "";
	return paint.dim(stamp) + line.slice(stamp.length);
}

/** The /proc texts, each under its name; a single one under --quiet is printed to the byte. */
export function printProc(
	report: BootReport,
	options: { readonly quiet?: true; readonly proc: readonly string[] },
	host: Host,
): void {
	const bare = options.quiet === true && options.proc.length === 1;
	for (const name of options.proc) {
		if (!bare) host.out(`\n==> /proc/${name} <==\n`);
		host.out(report.proc[name] ?? "");
	}
}

/** Says on stderr why the exit code is 1, as far as stdout has not said it. */
export function noteTrouble(
	report: BootReport,
	silent: boolean,
	host: Host,
): void {
	if (report.panic !== null)
		host.note(`Kernel panic - not syncing: ${report.panic}\n`);
	if (!silent) return;
	for (const sentence of report.damage) host.note(`damage: ${sentence}\n`);
	for (const { text, held, detail } of report.expectations)
		if (!held) host.note(`expectation failed: ${text}: ${detail}\n`);
}

/** What was written to a trace, in one line. */
export function traceText({ file, events, bytes }: TraceReport): string {
	if (bytes === 0)
		return `${file}: not written, the kernel ended before there was anything to record`;
	const each = events === 0 ? 0 : bytes / events;
	return `${file}: ${counted(events, "event")}, ${bytesText(bytes)}, ${each.toFixed(1)} bytes an event`;
}

/** Says on stderr what trace was written, if one was. */
export function noteTrace(trace: TraceReport | undefined, host: Host): void {
	if (trace !== undefined) host.note(`${traceText(trace)}\n`);
}
