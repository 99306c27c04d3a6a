// A trace on one page: what machine, how long, what happened how often, who took part, how it stood at the end.
//
//   header --> machine, scenario          events --> counts by kind, tasks, time
//   stages --> boot, one by one           fold at the end --> frames by use, caches
//
// UQ1: counts are of events without letters; together they are `events` less `letters`.

import { EV_TEXT } from "../../../hw/events";
import { EV_STAGE, EV_TASK_NEW } from "../../events";
import { eventName } from "../dictionary";
import { STATE_NAMES } from "../fold/frames";
import type { TraceMachine, TraceScenario } from "../header";
import type { Trace } from "../trace";
import { framesByState } from "./proc";
import { Scene, type TaskName } from "./scene";

const TEXT = EV_TEXT;
const PAGE_BYTES = 4096;
const NANOSECONDS = 1e9; // in a second

/** A boot stage, or one inside of another. */
export interface StageAnswer {
	readonly name: string;
	readonly path: readonly string[];
	/** Events that began and ended it; null for one that had begun before the trace. */
	readonly from: number | null;
	readonly to: number;
	readonly nanoseconds: number;
}

/** What is to be said of a whole trace. */
export interface TraceSummary {
	readonly flagstone: string;
	readonly scenario: TraceScenario | null;
	readonly replay: { readonly [name: string]: unknown } | null;
	readonly commandLine: string;
	readonly seed: number;
	readonly machine: {
		readonly memoryBytes: number;
		readonly frames: number;
		readonly cpus: number;
		readonly zones: readonly string[];
	};
	readonly events: number;
	/** Records of letters among them. */
	readonly letters: number;
	readonly lost: number;
	/** False when the file was cut short or is damaged. */
	readonly complete: boolean;
	/** What the kernel said when it panicked; null when it did not, or the file does not say. */
	readonly panic: string | null;
	readonly ticks: number;
	readonly nanoseconds: number;
	/** Events by name, the most frequent first. */
	readonly kinds: readonly { readonly name: string; readonly count: number }[];
	readonly stages: readonly StageAnswer[];
	readonly tasks: readonly (TaskName & { readonly event: number })[];
	/** How it stood at the end; null where so much is missing from the file that nobody knows. */
	readonly end: {
		/** Frames by use. */
		readonly frames: Readonly<Record<string, number>>;
		readonly caches: number;
		readonly slabs: number;
		readonly objectsInUse: number;
	} | null;
}

/** The whole trace. */
export function summarize(trace: Trace): TraceSummary {
	const { flagstone, scenario, replay, commandLine, seed, machine } =
		trace.header;
	const { memoryBytes, frames, cpus, zones } = machine;
	const story = tell(trace);
	return {
		flagstone,
		scenario,
		replay,
		commandLine,
		seed,
		machine: {
			memoryBytes,
			frames,
			cpus,
			zones: zones.map(({ name }) => name),
		},
		events: trace.events,
		lost: trace.reader.lost,
		complete: trace.reader.isComplete,
		panic: panicOf(trace),
		...story,
		end: stateAtEnd(trace),
	};
}

function panicOf({ reader }: Trace): string | null {
	const panic = reader.end?.panic;
	return typeof panic === "string" ? panic : null;
}

type Story = Pick<
	TraceSummary,
	"letters" | "ticks" | "nanoseconds" | "kinds" | "stages" | "tasks"
>;

function tell(trace: Trace): Story {
	const scene = new Scene(trace);
	const counts = new Float64Array(256);
	const tasks: (TaskName & { event: number })[] = [];
	const stages = new Stages(trace);
	let cycles = 0;
	trace.each(0, trace.events, (columns, index, event) => {
		const code = columns.codes[index] as number;
		counts[code] = (counts[code] as number) + 1;
		cycles = Math.max(cycles, columns.cycles[index] as number);
		if (!scene.see(columns, index)) return;
		if (code === EV_TASK_NEW)
			tasks.push({ pid: columns.a[index] as number, name: scene.text, event });
		else if (code === EV_STAGE)
			stages.see(
				columns.a[index] as number,
				columns.b[index] === 1,
				event,
				columns.cycles[index] as number,
			);
	});
	const { cyclesPerSecond } = trace.header;
	return {
		letters: counts[TEXT] as number,
		ticks: scene.tick,
		nanoseconds: Math.round((cycles * NANOSECONDS) / cyclesPerSecond),
		kinds: kindsOf(counts),
		stages: stages.done,
		tasks,
	};
}

function kindsOf(counts: Float64Array): { name: string; count: number }[] {
	const kinds: { name: string; count: number }[] = [];
	counts.forEach((count, code) => {
		if (count > 0 && code !== TEXT)
			kinds.push({ name: eventName(code), count });
	});
	return kinds.sort((one, other) => other.count - one.count);
}

/** Boot stages as they begin and end. */
class Stages {
	readonly done: StageAnswer[] = [];
	private readonly open = new Map<number, { event: number; cycles: number }>();

	constructor(private readonly trace: Trace) {}

	see(context: number, begins: boolean, event: number, cycles: number): void {
		if (begins) {
			this.open.set(context, { event, cycles });
			return;
		}
		const begun = this.open.get(context);
		const path = this.trace.path(context);
		const { cyclesPerSecond } = this.trace.header;
		const passed = cycles - (begun?.cycles ?? 0);
		this.done.push({
			name: path.at(-1) ?? "",
			path,
			from: begun?.event ?? null,
			to: event,
			nanoseconds: Math.round((passed * NANOSECONDS) / cyclesPerSecond),
		});
	}
}

function stateAtEnd(trace: Trace): TraceSummary["end"] {
	if (!isKnown(trace)) return null;
	const fold = trace.foldAt(trace.events - 1);
	const counts = framesByState(fold);
	const byState = STATE_NAMES.map((name, state) => [name, counts[state] ?? 0]);
	const frames: Record<string, number> = Object.fromEntries(byState);
	const { reserved = 0 } = frames;
	const hole = Math.min(reserved, holeFrames(trace.header.machine));
	frames.reserved = reserved - hole;
	const all = fold.objects.all();
	return {
		frames: { ...frames, hole },
		caches: all.length,
		slabs: all.reduce((sum, { slabs }) => sum + slabs, 0),
		objectsInUse: all.reduce((sum, { active }) => sum + active, 0),
	};
}

/** Frames that are in no range of the memory map: there is nothing at these addresses. */
function holeFrames({ frames, ranges }: TraceMachine): number {
	if (ranges.length === 0) return 0;
	let hole = 0;
	let last = 0; // frame behind the ranges so far, which rise
	for (const [start, end] of ranges) {
		hole += Math.max(
			0,
			Math.min(frames, Math.floor(start / PAGE_BYTES)) - last,
		);
		last = Math.max(last, Math.ceil(end / PAGE_BYTES));
	}
	return hole + Math.max(0, frames - last);
}

/** True when the state at the end can be reached. */
function isKnown({ reader, events }: Trace): boolean {
	return !reader.hasHole(0, events) || reader.keyFrameBefore(events) !== null;
}
