// What a replay leaves behind, as plain data, and how it is told: what was read, what was asked for, what went unseen.
//
//   ReplayReport = BootReport of the machine + reading + requests + score
//
// P1 of report.ts holds here too: only plain values.

import type { Score } from "../../kernel/replay/score/score";
import type { Terminal } from "../terminal";
import type { BootReport } from "./report";
import { drawScore } from "./score";
import { left, right, section } from "./score-table";
import { drawSummary } from "./summary";
import { counted, grouped } from "./text";

const COMPLAINTS_SHOWN = 4;
const SITES_SHOWN = 8;

/** What the files held. */
export interface ReadingReport {
	readonly files: readonly string[];
	readonly format: string;
	readonly lines: number;
	readonly bytes: number;
	/** Events by the names of their kinds; those that did not occur are left out. */
	readonly events: Readonly<Record<string, number>>;
	/** Events of other subsystems by name, the most frequent first. */
	readonly others: readonly (readonly [name: string, count: number])[];
	readonly damaged: number;
	readonly complaints: readonly {
		readonly line: number;
		readonly text: string;
	}[];
	/** Events that the recorder says it lost. */
	readonly lost: number;
	readonly outOfOrder: number;
	/** Pointers are printed as hashes: they tell objects apart, but not where they lie. */
	readonly hashedPointers: boolean;
}

/** Requests that had no simple answer, by cache or by call site. */
export interface OddRequests {
	readonly name: string;
	readonly count: number;
}

/** What was asked of this kernel. */
export interface RequestsReport {
	/** Name of the snapshot that the replay started from; null when it started empty. */
	readonly from: string | null;
	readonly played: number;
	readonly objects: {
		readonly allocated: number;
		readonly freed: number;
		readonly left: number;
		readonly failed: number;
		/** Frees of what nobody was seen to take, and allocations where an object was in use still. */
		readonly unknownFrees: number;
		readonly unseenFrees: number;
		readonly large: number;
		readonly nulls: number;
	};
	readonly pages: {
		readonly requests: number;
		readonly failed: number;
		readonly freedOfStart: number;
		readonly unknownFrees: number;
		/** Requests that no event shows and that others prove. */
		readonly inferred: number;
	};
	/** What a recorded program asked of its heap; all zero in a recording of a kernel. */
	readonly heap: {
		readonly allocated: number;
		readonly freed: number;
		readonly resized: number;
		readonly nulls: number;
		/** Frees and resizings of what nobody was seen to take. */
		readonly unknownFrees: number;
		/** Requests above what kmalloc serves: left out. */
		readonly tooLarge: number;
		/** Requests that found no memory here. */
		readonly failed: number;
		/** Bytes asked for by the blocks in use, at most. */
		readonly bytesMost: number;
	};
	readonly unknownByCache: readonly OddRequests[];
	readonly leftBySite: readonly OddRequests[];
}

/** Everything that one replay leaves behind. */
export interface ReplayReport extends BootReport {
	readonly reading: ReadingReport;
	readonly requests: RequestsReport;
	/** What the recording lacks, in sentences. */
	readonly lacks: readonly string[];
	/** How true it was; null unless it was compared. */
	readonly score: Score | null;
}

/** Lines of the whole report; the machine's summary is left out where a score is what was asked for. */
export function drawReplay(report: ReplayReport, terminal: Terminal): string[] {
	const sections = [
		drawReading(report.reading, terminal),
		drawRequests(report.requests, terminal),
		drawOdd(report.requests, terminal),
		report.lacks.map((sentence) => `note: ${sentence}`),
		report.score
			? drawScore(report.score, terminal)
			: drawSummary(report, terminal),
	];
	return sections
		.filter((lines) => lines.length > 0)
		.flatMap((lines, index) => (index === 0 ? lines : ["", ...lines]));
}

function drawReading(reading: ReadingReport, terminal: Terminal): string[] {
	const rows = Object.entries(reading.events).map(([name, count]) => [
		name,
		grouped(count),
	]);
	const columns = [left("event"), right("count")];
	const note = `${reading.format}, ${counted(reading.lines, "line")} of ${reading.files.join(", ")}`;
	return section("Read", note, columns, rows, terminal, remarks(reading));
}

function remarks(reading: ReadingReport): string[] {
	const { others, damaged, complaints, lost, outOfOrder } = reading;
	const foreign = others.reduce((sum, [, count]) => sum + count, 0);
	const found = [
		foreign > 0
			? `${counted(foreign, "event")} of other subsystems, most of them ${others[0]?.[0]}`
			: "",
		damaged > 0 ? `${counted(damaged, "damaged line")}:` : "",
		...complaints
			.slice(0, COMPLAINTS_SHOWN)
			.map(({ line, text }) => `  line ${line} ${text}`),
		lost > 0 ? `the recorder lost ${counted(lost, "event")}` : "",
		outOfOrder > 0
			? `${counted(outOfOrder, "event")} older than the one before on the same CPU`
			: "",
		reading.hashedPointers
			? "pointers are hashed: objects of the start cannot be found by address"
			: "",
	];
	return found.filter((text) => text !== "");
}

function drawRequests(requests: RequestsReport, terminal: Terminal): string[] {
	const { objects, pages, heap } = requests;
	const rows = [
		["objects allocated", grouped(objects.allocated)],
		["objects freed", grouped(objects.freed)],
		["  unseen, known by a later request", grouped(objects.unseenFrees)],
		["  of what nobody was seen to take", grouped(objects.unknownFrees)],
		["objects never freed", grouped(objects.left)],
		["objects that found no memory", grouped(objects.failed)],
		["kfree(NULL)", grouped(objects.nulls)],
		["page requests", grouped(pages.requests)],
		["  that no event shows", grouped(pages.inferred)],
		["  that found no memory", grouped(pages.failed)],
		["page frees of the unknown", grouped(pages.unknownFrees)],
		["blocks allocated", grouped(heap.allocated)],
		["blocks freed", grouped(heap.freed)],
		["blocks resized", grouped(heap.resized)],
		["  of what nobody was seen to take", grouped(heap.unknownFrees)],
		["blocks that are too large for kmalloc", grouped(heap.tooLarge)],
		["blocks that found no memory", grouped(heap.failed)],
		["free(NULL)", grouped(heap.nulls)],
		["bytes in use at most", grouped(heap.bytesMost)],
	].filter(([, count]) => count !== "0") as string[][];
	const start =
		requests.from === null
			? "from an empty machine"
			: `from snapshot ${requests.from}`;
	const note = `${counted(requests.played, "event")} played ${start}`;
	const columns = [left("request"), right("count")];
	return section("Requests", note, columns, rows, terminal);
}

function drawOdd(requests: RequestsReport, terminal: Terminal): string[] {
	const parts: [string, readonly OddRequests[]][] = [
		["Frees of the unknown, by cache", requests.unknownByCache],
		["Never freed, by call site", requests.leftBySite],
	];
	return parts.flatMap(([title, rows]) => {
		if (rows.length === 0) return [];
		const shown = rows.slice(0, SITES_SHOWN);
		const more = rows.length - shown.length;
		const columns = [left("name"), right("count")];
		const cells = shown.map(({ name, count }) => [name, grouped(count)]);
		const note = more > 0 ? `${more} more` : "";
		return section(title, note, columns, cells, terminal);
	});
}
