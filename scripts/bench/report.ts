// The report: every figure of a run, the aims that they are held against, and the tables that show both.
//
// A series is one contestant on one stream; its figures are the rounds, none left out. The minimum is what the machine can
// do, the median what it did: when they are far apart the host was busy, and the reader sees it.

/** Rounds of one contestant on one stream. */
export interface Series {
	readonly section: string;
	/** What was done: the row of the table. */
	readonly stream: string;
	/** Who did it: the column. */
	readonly who: string;
	readonly unit: string;
	readonly samples: readonly number[];
	/** A word about it, or why there are no samples. */
	readonly note: string;
}

/** A figure that was aimed for. */
export interface Aim {
	readonly section: string;
	readonly text: string;
	readonly unit: string;
	/** The figure measured; undefined when a part of it is missing. */
	readonly value: number | undefined;
	readonly limit: number;
	/** The limit itself is too much. */
	readonly strict?: boolean;
	/** The figure of whoever does the least that can be done here: what stands below it is out of reach. */
	readonly floor?: number | undefined;
}

/** What a section of the benchmark found. */
export interface Findings {
	readonly series: readonly Series[];
	readonly aims: readonly Aim[];
}

export const minimum = (samples: readonly number[]): number =>
	samples.reduce((least, sample) => Math.min(least, sample), Infinity);

/** The middle sample, or the mean of the two middle ones. */
export function median(samples: readonly number[]): number {
	const sorted = [...samples].sort((a, b) => a - b);
	const half = sorted.length / 2;
	const upper = sorted[Math.floor(half)] ?? Number.NaN;
	const lower = sorted[Math.ceil(half) - 1] ?? Number.NaN;
	return (lower + upper) / 2;
}

/** Whether the aim is met; undefined when it could not be measured. */
export function isMet(aim: Aim): boolean | undefined {
	if (aim.value === undefined) return undefined;
	return aim.strict ? aim.value < aim.limit : aim.value <= aim.limit;
}

/** Three significant digits, as people read them. */
export function figure(value: number): string {
	if (value >= 100) return value.toFixed(0);
	return value.toFixed(value >= 10 ? 1 : 2);
}

/** Lines of text in columns: the first to the left, the others to the right. */
export function columns(rows: readonly (readonly string[])[]): string {
	const widths: number[] = [];
	for (const row of rows)
		row.forEach((cell, i) => {
			widths[i] = Math.max(widths[i] ?? 0, cell.length);
		});
	const pad = (cell: string, i: number): string =>
		i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0);
	return rows.map((row) => `  ${row.map(pad).join("  ")}`.trimEnd()).join("\n");
}

const unique = (texts: readonly string[]): string[] => [...new Set(texts)];

function cell(series: Series | undefined): string {
	if (series === undefined || series.samples.length === 0) return "-";
	const { samples } = series;
	return `${figure(minimum(samples))} (${figure(median(samples))})`;
}

/** Series of one unit as a matrix: streams down, contestants across, minimum (median) inside. */
function matrix(series: readonly Series[]): string {
	const who = unique(series.map((one) => one.who));
	const rows = unique(series.map((one) => one.stream)).map((stream) => [
		stream,
		...who.map((name) =>
			cell(series.find((one) => one.stream === stream && one.who === name)),
		),
	]);
	return columns([[series[0]?.unit ?? "", ...who], ...rows]);
}

function notes(series: readonly Series[]): string[] {
	const noted = series.filter((one) => one.note !== "");
	return unique(noted.map((one) => `${one.who}: ${one.note}`)).map((note) => {
		const streams = noted.filter((one) => `${one.who}: ${one.note}` === note);
		if (streams.length === unique(series.map((one) => one.stream)).length)
			return `  ${note}`;
		return `  ${note} (${streams.map((one) => one.stream).join(", ")})`;
	});
}

/** One section's figures as text. */
export function seriesTable(
	section: string,
	series: readonly Series[],
): string {
	const units = unique(series.map((one) => one.unit));
	const tables = units.map((unit) =>
		matrix(series.filter((one) => one.unit === unit)),
	);
	return [`${section}: minimum (median)`, ...tables, ...notes(series)].join(
		"\n",
	);
}

const VERDICTS = new Map([
	[true, "met"],
	[false, "MISSED"],
	[undefined, "not measured"],
]);

/** All aims with their verdicts. */
export function aimTable(aims: readonly Aim[]): string {
	const rows = aims.map((aim) => [
		`${aim.section}: ${aim.text}`,
		aim.value === undefined ? "-" : figure(aim.value),
		`${aim.strict ? "<" : "<="} ${figure(aim.limit)}`,
		aim.floor === undefined ? "" : figure(aim.floor),
		aim.unit,
		VERDICTS.get(isMet(aim)) as string,
	]);
	return columns([["aim", "measured", "limit", "floor", "unit", ""], ...rows]);
}

/** The whole report as one JSON document. */
export function reportJson(host: object, findings: Findings): string {
	const series = findings.series.map((one) => ({
		...one,
		minimum: one.samples.length > 0 ? minimum(one.samples) : null,
		median: one.samples.length > 0 ? median(one.samples) : null,
	}));
	const aims = findings.aims.map((aim) => ({
		...aim,
		value: aim.value ?? null,
		floor: aim.floor ?? null,
		met: isMet(aim) ?? null,
	}));
	return `${JSON.stringify({ host, series, aims }, null, "\t")}\n`;
}
