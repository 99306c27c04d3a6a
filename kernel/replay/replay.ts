// A replay: the requests of a recorded kernel, made again of this one.
//
//   with a start    FirstPass --> ground, pages and slabs of the snapshot --> events from its mark on
//   without         an ordinary boot --> all events, in one pass
//
//   The second pass reads the bytes again, or takes the events that the first one kept (KeptEvents), which is the same.
//
//   event --> ObjectPlayer   kmalloc, kmem_cache_alloc, frees: slabs here ask for pages when they need some
//         --> PagePlayer     pages that were not asked for by slabs
//         --> UserHeap       malloc, realloc, free of a program, where the recording is one of a program
//         --> moments        at READ-DONE marks: what this kernel's /proc says, to be compared
//
// Requests are replayed, decisions are not: which slab, which page, what a CPU keeps, is up to the kernel here. When a request was
// made and when callbacks ran is the recording's: what an interrupt overtook is made before it (Overtaken), and pages that
// go in a callback of RCU go when callbacks ran (GracePages).
//
// RP1: events before the start are passed over; each later one is played once, objects before pages.
// RP2: without moments and answers the replay is the same: they only read.

import { panic } from "../../hw/panic";
import { NULL } from "../../hw/units";
import { boot } from "../boot";
import type { BootOptions } from "../bringup";
import type { Kernel } from "../kernel";
import { collectSlabinfo } from "../proc/collect";
import { CallContexts } from "./call-contexts";
import { DueMarks } from "./due-marks";
import type { FirstPass } from "./first-pass";
import { type GroundChanges, layGround } from "./ground";
import { Moments } from "./moments";
import type { Attribution } from "./objects/attribution";
import type { CacheList } from "./objects/cache-list";
import { total } from "./objects/object-counts";
import {
	DesignStore,
	type ObjectStore,
	SlubStore,
} from "./objects/object-store";
import { ObjectPlayer } from "./objects/player";
import { attributionFor, cacheListOf, prepare } from "./objects/preparation";
import { mayBeSlab } from "./objects/slab-lives";
import { PageAnswers } from "./pages/answers";
import { fillGround } from "./pages/fill";
import { GracePages } from "./pages/grace-pages";
import { planPages } from "./pages/plan";
import { PagePlayer } from "./pages/player";
import type { StartFlavour } from "./pages/start-state";
import { type KmemEvent, MARK, PAGE_FREE } from "./reading/event";
import type { KeptEventsCursor, KeptReading } from "./reading/kept-events";
import { TraceReader } from "./reading/trace-reader";
import type { Scene, Watched } from "./scene";
import { LikelySlabPages } from "./slab-pages";
import type { FrameFlags } from "./snapshot/kpageflags";
import type { Recording } from "./snapshot/recording";
import { UserHeap } from "./user-heap";

/** How a replay is to be. */
export interface ReplayWish {
	/** Compares with the recording as it goes. */
	readonly scores?: boolean;
	/** What the start state may be made from; default what the whole recording tells. */
	readonly flavour?: StartFlavour;
	readonly changes?: GroundChanges;
}

/** Gets to know how many events were played, before each event. */
export type EventWatch = (played: number) => void;

const RING_RECORDS = 2048; // in the few frames that a ground has
const RING_MASK = 127; // events between two looks into them

/** One replay. Push the bytes of the file, or play the events that were kept, then finish. */
export class Replay implements Watched {
	readonly reader: TraceReader;
	readonly kernel: Kernel;
	readonly caches: CacheList;
	readonly attribution: Attribution;
	readonly store: ObjectStore;
	readonly objects: ObjectPlayer;
	readonly pages: PagePlayer;
	readonly heap: UserHeap;
	/** null unless the replay is scored. */
	readonly answers: PageAnswers | null;
	readonly moments: Moments | null;
	/** Events played. */
	played = 0;
	private readonly kept: KeptEventsCursor | null;
	private readonly dueMarks: DueMarks;
	/** null unless somebody records. */
	private readonly sites: CallContexts | null;
	private readonly likely: LikelySlabPages;
	/** null where no event shows when grace periods end. */
	private readonly grace: GracePages | null;
	private ordinal = 0;
	private readonly startsAt: number;

	constructor(
		readonly scene: Scene,
		private readonly watch: EventWatch | null = null,
	) {
		const { kernel, first, recording, caches, store, plan } = scene;
		this.reader =
			scene.kept?.reader ?? new TraceReader((event) => this.event(event));
		this.kept = scene.kept?.events.again() ?? null;
		const { names } = this.reader;
		this.kernel = kernel;
		this.caches = caches;
		this.store = store;
		this.attribution =
			first?.attribution ?? attributionFor(recording, names, caches);
		this.objects = new ObjectPlayer({
			names,
			attribution: this.attribution,
			store,
			turn: kernel.machine.turn,
			reader: this.reader,
			plan,
		});
		this.answers = scene.scores ? new PageAnswers(kernel) : null;
		this.pages = new PagePlayer(kernel, {
			plan: scene.pagePlan,
			names,
			...(scene.frames ? { frames: scene.frames } : {}),
			isSlabPage: (ordinal) => first?.slabPages.has(ordinal) ?? false,
			answers: this.answers,
		});
		const showsSlabs = first?.reader.tally.hasHashedPointers === false;
		this.grace = showsSlabs
			? new GracePages(kernel.mm.allocator, kernel.machine.turn)
			: null;
		this.heap = new UserHeap(kernel.parts.taskMemory, kernel.objects);
		this.likely = new LikelySlabPages(kernel.mm.pages.frameCount, mayBeSlab);
		this.moments = scene.scores ? new Moments(this) : null;
		this.dueMarks = new DueMarks(recording?.snapshots ?? []);
		const { contexts, cpus } = kernel.machine;
		this.sites = kernel.mm.recorder && new CallContexts(contexts, cpus, names);
		this.startsAt = first?.startsAt ?? 0;
	}

	push(bytes: Uint8Array): void {
		if (this.kept !== null) panic("replay: its events were kept");
		this.reader.push(bytes);
	}

	/** The events were kept: there is no text to push. */
	get isKept(): boolean {
		return this.kept !== null;
	}

	/** Plays up to `count` of the events that were kept; false when there were none left. */
	playKept(count: number): boolean {
		const { kept } = this;
		if (kept === null) panic("replay: no events were kept");
		for (let n = 0; n < count; n++) {
			const event = kept.next();
			if (event === null) return n > 0;
			this.event(event);
		}
		return true;
	}

	/** The file is at its end. */
	finish(): void {
		if (this.kept === null) this.reader.finish();
		this.pages.finish();
		this.objects.finish();
	}

	/** Requests that found no memory here, though they did in the recording. */
	get failed(): number {
		const { objects, pages, heap } = this;
		return total(objects.counts.failed) + pages.failedHere + heap.counts.failed;
	}

	private event(event: KmemEvent): void {
		const ordinal = this.ordinal++;
		if (this.reader.format === "perf" && ordinal >= this.startsAt)
			this.dueMarks.until(event.time, (text) => this.mark(text));
		if (ordinal < this.startsAt) return;
		this.watch?.(this.played);
		this.sites?.enter(event);
		if ((++this.played & RING_MASK) === 0) this.answers?.collect();
		const early = this.scene.first?.objects.overtaken.before(ordinal);
		if (early !== undefined) this.objects.takeEarly(early);
		this.playObjects(event);
		const isSlab =
			this.scene.first === null
				? this.likely.take(event)
				: this.scene.first.slabPages.has(ordinal);
		this.pages.event(event, ordinal, isSlab);
		if (isSlab && event.kind === PAGE_FREE) this.playGrace(event, ordinal);
		this.heap.event(event);
		if (event.kind === MARK) this.moments?.mark(event.text);
	}

	/** Slabs that go in an interrupt may find the lists of the CPU locked. */
	private playObjects(event: KmemEvent): void {
		const { allocator } = this.kernel.mm;
		const areHeld = this.pages.meetsHeldLists(event);
		if (areHeld) allocator.holdLists(true);
		this.objects.event(event);
		if (areHeld) allocator.holdLists(false);
	}

	/** The pages of a slab went there; those of some caches go in a callback of RCU. */
	private playGrace(event: KmemEvent, ordinal: number): void {
		const { grace, store } = this;
		const { first, kernel } = this.scene;
		if (grace === null || first === null) return;
		const life = first.slabPages.life(ordinal);
		if (!store.isTypesafe(first.objects.lives.cache(life))) return;
		const { allocator } = kernel.mm;
		const { turn } = kernel.machine;
		if (turn.cpu.id !== event.cpu) turn.seat(event.cpu);
		const areHeld = this.pages.meetsHeldLists(event);
		if (areHeld) allocator.holdLists(true);
		grace.callback(event.cpu);
		if (areHeld) allocator.holdLists(false);
	}

	/** A mark of a recorder that keeps none. */
	private mark(text: string): void {
		this.objects.mark(text, -1);
		this.moments?.mark(text);
	}
}

/** A replay of what the first pass saw, from the state of its snapshot on. */
export function replayFrom(first: FirstPass, wish: ReplayWish = {}): Replay {
	const { recording, snapshot, caches } = first;
	const { scores = false, flavour = "learned", changes = {} } = wish;
	const flags = snapshot.flags as FrameFlags;
	const pagePlan = planPages(first.pages, recording, {
		start: snapshot.name,
		flavour,
	});
	const isHeard = scores || changes.tracer !== undefined;
	const recorder = isHeard ? { records: RING_RECORDS } : false;
	const ground = layGround(recording, flags, { recorder, ...changes });
	const { kernel, cacheOf } = ground;
	const own = {
		slabinfo: collectSlabinfo(kernel.caches()).map((line) => ({
			...line,
			activeObjects: line.objects, // what is free there is taken before the start is made
		})),
		managed: kernel.mm.zones.map(({ managed }) => managed),
	};
	const frames = fillGround(kernel, pagePlan.start, flags);
	const store = new SlubStore(kernel, caches);
	const { start, plan } = prepare(recording, {
		kernel,
		caches,
		store,
		survey: first.objects,
		snapshot,
	});
	return new Replay({
		...{ kernel, recording, caches, store, scores, first, plan, cacheOf },
		kept: first.kept,
		...{ pagePlan, start, frames, own },
	});
}

/** A replay in one pass on a machine that is booted for it. */
export const replayEmpty = (
	recording: Recording | null,
	options: BootOptions,
): Replay => replayOn(boot(options), recording);

/**
 * A replay in one pass on a machine that has just booted; the design that serves its tasks serves the recorded objects.
 * Who has read the file already and kept its events gives them, and pushes no bytes.
 */
export function replayOn(
	kernel: Kernel,
	recording: Recording | null = null,
	watch: EventWatch | null = null,
	kept: KeptReading | null = null,
): Replay {
	const caches = cacheListOf(recording);
	const { objects } = kernel;
	const store =
		objects.rootAddress === NULL
			? new SlubStore(kernel, caches)
			: new DesignStore(objects, caches);
	const scene: Scene = {
		...{ kernel, recording, caches, store, scores: false },
		kept,
		...{ first: null, plan: null, pagePlan: null, start: null, frames: null },
		cacheOf: new Map(),
		own: { slabinfo: [], managed: [] },
	};
	return new Replay(scene, watch);
}
