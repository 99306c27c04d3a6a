// Plan of a replay: everything about its pages that has to be known before it is played.
//
//   PageSurvey --+--> entries from the start on, in the order in which they really happened      log, dues
//   snapshots  --+--> what kind of free each one is                                               bits
//                +--> state at the start                                                          start
//                +--> requests that no event shows: lost pages, bulk allocations, drains          actions, bulks
//                '--> outside conditions: reclaim, boosts, sizes of the CPUs' lists               actions
//
// PN1: recorded decisions are used to find requests and conditions, and, in the learned flavours, the state at the start;
//      never to choose a page while it is played.

import { pcpBatch } from "../../../mm/watermark";
import type { Recording } from "../snapshot/recording";
import type { Snapshot } from "../snapshot/snapshot";
import { bootTypes } from "./boot-types";
import { FreeFrames } from "./free-frames";
import { classifyFrees, type FreeKinds } from "./frees";
import { ListOrder } from "./list-order";
import {
	BULK_HINT,
	hasLists,
	PAGE_ALLOC,
	PAGE_DRAIN,
	PAGE_FALLBACK,
	PAGE_FREE,
	PAGE_LOCKED,
	type PageLog,
} from "./page-log";
import { type Episode, Pressure } from "./pressure";
import { type Bulk, type LostPage, RecordedLists } from "./recorded-lists";
import { RecordedZones } from "./recorded-zones";
import {
	LATE,
	type StartFlavour,
	type StartState,
	Stocker,
	startBlocks,
} from "./start-state";
import type { Instant, PageSurvey } from "./survey";
import { TypeEvidence, UNKNOWN_TYPE } from "./type-evidence";
import { guessTypes } from "./type-guess";

const GFP_DMA32 = 4;
const PCP_TOP = 3;
const WINDOW = /\bTRACING-O(?:FF|N)\b/;

/** Bit of an entry before which there is something to do; the others are those of frees.ts. */
export const HAS_ACTIONS = 16;

/** Something that no event tells, to be done before an entry. */
export type PageAction =
	| { readonly what: "compare"; readonly snapshot: Snapshot }
	| { readonly what: "window"; readonly text: string } // events begin or end to be recorded
	| { readonly what: "lost"; readonly page: LostPage }
	| { readonly what: "calm" } // marks as usual again
	| { readonly what: "reclaiming"; readonly isOn: boolean }
	| { readonly what: "drain"; readonly cpu: number; readonly zone: number }
	| { readonly what: "resume"; readonly bulk: Bulk }
	| { readonly what: "pagesets"; readonly sizes: readonly PagesetSize[] }
	| { readonly what: "marks"; readonly areSet: boolean };

/** Sizes of the CPUs' lists of one zone. */
export interface PagesetSize {
	readonly high: number;
	readonly batch: number;
}

/** What is wished of a plan. */
export interface PlanOptions {
	/** Snapshot at whose READ-DONE kpageflags the replay starts; default `a`. Of no meaning for `boot`. */
	readonly start?: string;
	/** Default `learned`. */
	readonly flavour?: StartFlavour;
}

/** The plan. */
export interface PagePlan {
	readonly log: PageLog;
	/** Event with which each entry is due. */
	readonly dues: Float64Array;
	/** FREE_ bits, HAS_ACTIONS. */
	readonly bits: Uint8Array;
	/** By entry; those at the length of the log are due at the end. */
	readonly actions: ReadonlyMap<number, readonly PageAction[]>;
	readonly bulks: ReadonlyMap<number, Bulk>;
	readonly episodes: readonly Episode[];
	/** kswapd shows itself. */
	readonly isUnderPressure: boolean;
	readonly start: StartState;
	/** Number of the event with which the replay starts. */
	readonly startsAt: number;
	/** Snapshot whose flags the ground is laid by. */
	readonly snapshot: Snapshot;
	/**
	 * Number of the first event behind the start at which recording was switched off for a while; -1 for none. What happened
	 * then is unknown, so from there on pages differ, though their numbers come out.
	 */
	readonly blindFrom: number;
	/** Where the recording contradicts what it tells elsewhere. */
	readonly contradictions: number;
}

/** Plans the replay of what `survey` saw; throws an Error with a sentence when the recording has too little. */
export function planPages(
	survey: PageSurvey,
	recording: Recording,
	options: PlanOptions = {},
): PagePlan {
	return new Planner(survey, recording, options).plan();
}

class Planner {
	private readonly isBoot: boolean;
	private readonly flavour: StartFlavour;
	private readonly snapshot: Snapshot;
	private readonly zones: RecordedZones;
	private readonly first: number; // entry of the survey's log with which the replay starts
	private readonly flagsAt: number; // entry at which the flags of the snapshot hold
	private readonly log: PageLog;
	private readonly frees: FreeKinds;
	private readonly free: FreeFrames;
	private readonly actions = new Map<number, PageAction[]>();

	constructor(
		private readonly survey: PageSurvey,
		private readonly recording: Recording,
		{ flavour = "learned", start = "a" }: PlanOptions,
	) {
		this.flavour = flavour;
		this.isBoot = flavour === "boot";
		this.snapshot = startSnapshot(recording, this.isBoot ? undefined : start);
		this.zones = new RecordedZones(this.snapshot.zoneinfo ?? []);
		const early = recording.snapshots.find((each) => each.flags) as Snapshot;
		const traced = /trace_event=/.test(recording.machine.commandLine);
		const adoptEnd = traced ? survey.entryOf(early, "kpageflags") : 0;
		const kinds = classifyFrees(survey.log, this.zones.frames, adoptEnd);
		this.flagsAt = survey.entryOf(this.snapshot, "kpageflags");
		if (this.flagsAt < 0)
			throw new Error(
				`The trace does not tell when kpageflags of snapshot ${this.snapshot.name} was read.`,
			);
		this.first = this.isBoot ? 0 : this.flagsAt;
		this.log = survey.log.part(this.first);
		this.frees = kinds.part(this.first, survey.log.length);
		this.free = new FreeFrames(this.flags, this.zones.frames);
		this.free.go(survey.log, kinds, this.flagsAt, this.first);
	}

	private get flags() {
		return this.snapshot.flags as NonNullable<Snapshot["flags"]>;
	}

	plan(): PagePlan {
		const { log, frees, zones, free } = this;
		const evidence = new TypeEvidence(log, frees, zones.frames);
		const marksFrom = this.isBoot ? this.marksFrom() : 0;
		const pressure = new Pressure(log, frees, zones, free, marksFrom);
		const lists = this.followLists(evidence, pressure, marksFrom);
		const start = this.startState(evidence, lists);
		this.addActions(lists, pressure);
		if (this.isBoot) this.addBootActions(marksFrom);
		const bits = frees.bits.slice();
		for (const at of this.actions.keys())
			if (at < bits.length) bits[at] = (bits[at] as number) | HAS_ACTIONS;
		return {
			log,
			dues: log.dues(),
			bits,
			actions: this.actions,
			bulks: lists.bulks,
			episodes: pressure.episodes,
			isUnderPressure: pressure.runs.length > 0,
			start,
			startsAt: log.length > 0 ? log.ordinal(0) : 0,
			snapshot: this.snapshot,
			blindFrom: this.windows()[0]?.ordinal ?? -1,
			contradictions: free.contradictions + lists.odd,
		};
	}

	private followLists(
		evidence: TypeEvidence,
		pressure: Pressure,
		marksFrom: number,
	): RecordedLists {
		const { log, frees, zones } = this;
		const counts = new FreeCounts(log, frees, zones, this.free);
		return new RecordedLists(log, frees, zones, evidence, {
			isOpen: !this.isBoot,
			bulkZone: (at, pages) => {
				counts.go(at);
				for (let zone = zones.top; zone >= 0; zone--) {
					const low = at >= marksFrom ? zones.at(zone).info.low : 0;
					const mark = low + pressure.boostAt(at, zone) + pages;
					if (counts.of(zone) > mark + zones.protection(zone)) return zone;
				}
				return zones.top;
			},
		});
	}

	// --- the start

	private startState(evidence: TypeEvidence, lists: RecordedLists): StartState {
		const { zones, free, flavour, log, frees } = this;
		const types = this.startTypes(evidence);
		const isLearned = flavour === "learned";
		const order = isLearned ? new ListOrder(log, frees, zones, free) : null;
		const idle = free.map.slice();
		const seen = flavour === "snapshot" ? null : this.namedFrames();
		const stocker = new Stocker(this.flags, zones, types, idle, seen);
		if (flavour === "snapshot") stocker.stockGuessed(this.listCounts());
		else if (!this.isBoot) stocker.stockLearned(lists, this.listCounts());
		const blocks = startBlocks(free, zones, types, order);
		if (this.isBoot) this.eachLate((pfn) => idle.fill(LATE, pfn, pfn + 1));
		const { stocks, guessedPages } = stocker;
		return { flavour, zones, types, blocks, stocks, idle, guessedPages };
	}

	/** 1 for frames that some event names. */
	private namedFrames(): Uint8Array {
		const { log } = this;
		const named = new Uint8Array(this.zones.frames);
		for (let at = 0; at < log.length; at++) {
			const pfn = log.pfn(at);
			if (log.kind(at) !== BULK_HINT)
				named.fill(1, pfn, pfn + (1 << log.order(at)));
		}
		return named;
	}

	private startTypes(evidence: TypeEvidence): Uint8Array {
		const { zones, free, snapshot, recording } = this;
		if (this.isBoot) {
			const late = new Uint8Array(zones.frames);
			this.eachLate((pfn) => late.fill(1, pfn, pfn + 1));
			return bootTypes(recording.machine, this.flags, zones, free, late);
		}
		const types = guessTypes(this.flags, snapshot.pagetypeinfo, zones);
		if (this.flavour !== "learned") return types;
		return types.map((guess, block) => {
			const type = evidence.typeOf(block);
			return block === 0 || type === UNKNOWN_TYPE ? guess : type;
		});
	}

	private eachLate(visit: (pfn: number) => void): void {
		const { log, frees } = this;
		for (let at = 0; at < log.length; at++) {
			if (!frees.isAdopted(at)) continue;
			const pfn = log.pfn(at);
			for (let n = 0; n < 1 << log.order(at); n++) visit(pfn + n);
		}
	}

	/** Frames on each CPU's lists at the start: as zoneinfo has them, and what happened until the flags were read. */
	private listCounts(): Int32Array {
		const { zones, survey } = this;
		const counts = new Int32Array(zones.cell(zones.cpus, 0));
		for (const [number, { info }] of zones.all.entries())
			for (const { cpu, count } of info.pagesets)
				counts[zones.cell(cpu, number)] = count;
		const from = survey.entryOf(this.snapshot, "zoneinfo");
		const { log } = survey;
		for (let at = Math.max(from, 0); from >= 0 && at < this.flagsAt; at++) {
			const kind = log.kind(at);
			const joins = kind === PAGE_LOCKED || kind === PAGE_FREE;
			const leaves = kind === PAGE_ALLOC || kind === PAGE_DRAIN;
			if (!hasLists(log.order(at)) || !(joins || leaves)) continue;
			const cell = zones.cell(log.cpu(at), zones.of(log.pfn(at)));
			const frames = 1 << log.order(at);
			counts[cell] = (counts[cell] ?? 0) + (joins ? frames : -frames);
		}
		return counts;
	}

	// --- what is to be done between events

	private add(at: number, action: PageAction): void {
		const known = this.actions.get(at);
		if (known) known.push(action);
		else this.actions.set(at, [action]);
	}

	private addActions(lists: RecordedLists, pressure: Pressure): void {
		const { zones } = this;
		for (const snapshot of this.recording.snapshots) {
			const at = this.survey.entryOf(snapshot, "buddyinfo") - this.first;
			if (at >= 0) this.add(at, { what: "compare", snapshot });
		}
		for (const { at, text } of this.windows())
			this.add(at - this.first, { what: "window", text });
		for (const page of lists.lost) this.add(page.at, { what: "lost", page });
		for (const { reset } of pressure.episodes)
			this.add(reset, { what: "calm" });
		for (const { first, end } of pressure.reclaiming(lists.listFrees)) {
			this.add(first, { what: "reclaiming", isOn: true });
			this.add(end, { what: "reclaiming", isOn: false });
		}
		for (const { at, cell } of lists.drains) {
			const [cpu, zone] = [zones.cpuOf(cell), zones.zoneOf(cell)];
			this.add(at, { what: "drain", cpu, zone });
		}
		for (const bulk of lists.bulks.values())
			for (const { resumesAt } of bulk.cuts)
				this.add(resumesAt, { what: "resume", bulk });
	}

	/** Marks behind the start that say that recording is switched off or on. */
	private windows(): Instant[] {
		return this.survey.instants.filter(
			({ at, text }) => at >= this.first && WINDOW.test(text),
		);
	}

	// --- boot

	/** Entry from which on the zones have marks (init_per_zone_wmark_min). */
	private marksFrom(): number {
		const { log, zones } = this;
		const top = zones.at(zones.top);
		const after = top.info.pagesets[0]?.batch ?? 1;
		const before = pcpBatch(this.managedEarly(zones.top));
		if (before !== after) return this.firstRefillOf(before, after);
		for (let at = 0; at < log.length; at++)
			if (
				log.kind(at) === PAGE_ALLOC &&
				(log.extra(at) & GFP_DMA32) !== 0 &&
				log.order(at) > PCP_TOP
			)
				return at + 12; // what else the postcore calls ask for
		return 0;
	}

	/** Managed pages of a zone before boot gives the late ones. */
	private managedEarly(zone: number): number {
		let managed = this.zones.at(zone).info.managed;
		this.eachLate((pfn) => {
			if (this.zones.of(pfn) === zone) managed--;
		});
		return managed;
	}

	/** The first refill behind the late memory that has the final size and not the early one. */
	private firstRefillOf(before: number, after: number): number {
		const { log, frees, zones } = this;
		let at = 0;
		for (let n = 0; n < log.length; n++) if (frees.isAdopted(n)) at = n;
		while (at < log.length) {
			const order = log.order(at);
			const isRefill =
				log.kind(at) === PAGE_LOCKED &&
				hasLists(order) &&
				log.pfn(at) >= zones.at(zones.top).start;
			const past = isRefill ? this.pastRefill(at) : at + 1;
			const blocks = isRefill ? this.takes(at, past) : 0;
			const isFinal = blocks === Math.max(after >> order, 2);
			if (isRefill && isFinal && blocks !== Math.max(before >> order, 2))
				return at;
			at = past;
		}
		return 0;
	}

	private pastRefill(from: number): number {
		const { log } = this;
		const order = log.order(from);
		let at = from;
		while (
			at < log.length &&
			(log.kind(at) === PAGE_FALLBACK ||
				(log.kind(at) === PAGE_LOCKED && log.order(at) === order))
		)
			at++;
		return at;
	}

	private takes(from: number, end: number): number {
		let takes = 0;
		for (let at = from; at < end; at++)
			if (this.log.kind(at) === PAGE_LOCKED) takes++;
		return takes;
	}

	/** The CPUs' lists keep nothing at first. They are opened before the first refill of several blocks, and get their final size with the marks. */
	private addBootActions(marksFrom: number): void {
		const { log, zones } = this;
		const isBlock = (at: number) => log.kind(at) === PAGE_LOCKED;
		let opened = 0;
		while (
			opened + 1 < log.length &&
			!(
				isBlock(opened) &&
				isBlock(opened + 1) &&
				log.order(opened) === log.order(opened + 1)
			)
		)
			opened++;
		const sizes = zones.all.map((_, zone) => {
			const batch = pcpBatch(this.managedEarly(zone));
			return { batch, high: 4 * batch };
		});
		const shut = zones.all.map(() => ({ high: 0, batch: 1 }));
		this.add(0, { what: "marks", areSet: false });
		this.add(0, { what: "pagesets", sizes: shut });
		this.add(opened, { what: "pagesets", sizes });
		this.add(Math.max(opened, marksFrom), { what: "marks", areSet: true });
	}
}

/** The snapshot called `name`, or the first one that has flags. */
function startSnapshot(recording: Recording, name?: string): Snapshot {
	const found = recording.snapshots.find(
		(each) => each.flags && (name === undefined || each.name === name),
	);
	if (!found?.zoneinfo)
		throw new Error(
			`The recording ${recording.name} has no snapshot ${name ?? ""} with kpageflags and zoneinfo.`,
		);
	return found;
}

/** Free frames of the zones, entry by entry. */
class FreeCounts {
	private readonly counts: number[];
	private at = 0;

	constructor(
		private readonly log: PageLog,
		private readonly frees: FreeKinds,
		private readonly zones: RecordedZones,
		free: FreeFrames,
	) {
		this.counts = zones.all.map((zone) => free.count(zone));
	}

	/** Counts what entries up to and with `to` did. */
	go(to: number): void {
		const { log, frees, zones } = this;
		for (; this.at <= to; this.at++) {
			const { at } = this;
			const kind = log.kind(at);
			const gives = kind === PAGE_DRAIN || frees.direct(at);
			if (!gives && kind !== PAGE_LOCKED) continue;
			const zone = zones.of(log.pfn(at));
			const frames = 1 << log.order(at);
			this.counts[zone] =
				(this.counts[zone] as number) + (gives ? frames : -frames);
		}
	}

	of(zone: number): number {
		return this.counts[zone] as number;
	}
}
