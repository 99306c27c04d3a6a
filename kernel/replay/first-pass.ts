// The first pass over a recording: what has to be known before its requests can be made again.
//
//   bytes --> TraceReader --> Survey       objects: caches, slabs, what was in use at the start      objects/survey.ts
//                         --> PageSurvey   pages: lists, types, requests that no event shows         pages/survey.ts
//                         --> SlabPages    which page events are the slab layer's own
//
//                         --> KeptEvents   all events, if asked for: the second pass need not read the text again
//
// FP1: the first pass only reads. FP2: both passes see the same bytes, so names and events have the same numbers.

import { DueMarks } from "./due-marks";
import type { Attribution } from "./objects/attribution";
import type { CacheList } from "./objects/cache-list";
import { attributionFor, cacheListOf, surveyFor } from "./objects/preparation";
import type { Survey } from "./objects/survey";
import { PageSurvey } from "./pages/survey";
import { type KmemEvent, MARK } from "./reading/event";
import { KeptEvents, type KeptReading } from "./reading/kept-events";
import { TraceReader } from "./reading/trace-reader";
import { SlabPages } from "./slab-pages";
import type { Recording } from "./snapshot/recording";
import type { Snapshot } from "./snapshot/snapshot";

/** Reads a recording for the first time. */
export class FirstPass {
	readonly reader: TraceReader;
	readonly caches: CacheList;
	readonly attribution: Attribution;
	readonly objects: Survey;
	readonly pages: PageSurvey;
	readonly slabPages = new SlabPages();
	/** Number of the first event that is to be replayed; Infinity until the mark of the start was met. */
	startsAt = Number.POSITIVE_INFINITY;
	private readonly startMark: string;
	private readonly dueMarks: DueMarks;
	private readonly log: KeptEvents;
	private ordinal = 0;

	/** The replay is to start from `snapshot`, which must have frame flags. At most `keptMax` bytes of events are kept. */
	constructor(
		readonly recording: Recording,
		readonly snapshot: Snapshot,
		keptMax = 0,
	) {
		this.log = new KeptEvents(keptMax);
		this.reader = new TraceReader((event) => this.event(event));
		const { names } = this.reader;
		this.caches = cacheListOf(recording);
		this.attribution = attributionFor(recording, names, this.caches);
		this.objects = surveyFor(recording, snapshot, names, this.attribution);
		this.pages = new PageSurvey(names);
		this.startMark = snapshot.doneText("kpageflags");
		this.dueMarks = new DueMarks(recording.snapshots);
	}

	/** What a second pass can be made from without the text; null when not all of it was kept. */
	get kept(): KeptReading | null {
		const { reader, log } = this;
		return log.isWhole ? { reader, events: log } : null;
	}

	/** Events so far. */
	get events(): number {
		return this.ordinal;
	}

	push(bytes: Uint8Array): void {
		this.reader.push(bytes);
	}

	/** The file is at its end. Throws an Error with a sentence when the trace does not reach the start. */
	finish(): void {
		this.reader.finish();
		this.objects.finish();
		const showsObjects = !this.reader.tally.hasHashedPointers;
		this.slabPages.finish(this.objects.lives, this.ordinal, showsObjects);
		if (this.startsAt === Number.POSITIVE_INFINITY)
			throw new Error(
				`The trace has no mark "${this.startMark}": it does not tell when snapshot ${this.snapshot.name} was taken.`,
			);
	}

	private event(event: KmemEvent): void {
		const ordinal = this.ordinal++;
		const { objects, slabPages } = this;
		this.log.keep(event);
		if (this.reader.format === "perf")
			this.dueMarks.until(event.time, (text) => this.dueMark(text, ordinal));
		const { lives } = objects;
		slabPages.before(event, ordinal, lives);
		const { size } = lives;
		objects.event(event);
		slabPages.after(event, ordinal, lives, size);
		this.pages.event(event, ordinal);
		if (event.kind === MARK && event.text === this.startMark)
			this.startsAt = ordinal + 1;
	}

	private dueMark(text: string, ordinal: number): void {
		this.objects.mark(text);
		if (text === this.startMark) this.startsAt = ordinal;
	}
}
