// Memory pressure in a recording: what background reclaim did to the zones, as far as events show it.
//
//   kswapd's events   ....KKKKK.........KKK......          runs
//   reclaiming            |------|      |--|               a zone's lists keep little: from the beginning of a run to the
//                                                          last free that only this explains
//   boost             |----------|                         from a fallback to the end of the first run behind the last
//                                                          request that only the boost sent to a lower zone
//
// MP1: a fallback of less than a pageblock boosts the marks of its zone; one that no run of kswapd follows does not last.
// Found on one recording under pressure, with one CPU and one kswapd: the weakest rules of a replay.

import type { FreeFrames } from "./free-frames";
import type { FreeKinds } from "./frees";
import {
	PAGE_ALLOC,
	PAGE_DRAIN,
	PAGE_FALLBACK,
	PAGE_LOCKED,
	type PageLog,
	THREAD_KSWAPD,
} from "./page-log";
import type { ListFree } from "./recorded-lists";
import type { RecordedZones } from "./recorded-zones";

const PAGEBLOCK = 512; // frames; also how much one fallback boosts
const BOOSTED_MIN = 2048; // managed pages of a zone that is boosted
const ANSWER_MAX = 3000; // events until kswapd answers
const LOW_ZONES = 5; // __GFP_DMA | __GFP_DMA32
const RECLAIM_BATCHES = 4;

/** Entries of a log from `first` to before `end`. */
export interface Interval {
	readonly first: number;
	readonly end: number;
}

/** Marks of a zone that were raised. */
export interface Episode {
	/** The fallback. */
	readonly at: number;
	readonly zone: number;
	/** Entry before which the marks are as usual again. */
	readonly reset: number;
}

interface OpenEpisode {
	readonly at: number;
	readonly zone: number;
	lastSent: number;
	until: number;
}

/** Follows kswapd and boosts through a log. */
export class Pressure {
	/** Runs of events of kswapd. */
	readonly runs: readonly Interval[];
	readonly episodes: Episode[] = [];
	private readonly free: number[];
	private readonly takenNow: number[]; // since the last event that was no take: what a watermark test did not see yet
	private readonly boosts: number[];
	private open: OpenEpisode | null = null;
	private isFresh = false; // the request that made the boost was past its test

	/** `marksFrom`: entry from which on the zones have marks. */
	constructor(
		private readonly log: PageLog,
		private readonly frees: FreeKinds,
		private readonly zones: RecordedZones,
		free: FreeFrames,
		private readonly marksFrom: number,
	) {
		this.runs = kswapdRuns(log);
		this.free = zones.all.map((zone) => free.count(zone));
		this.takenNow = zones.all.map(() => 0);
		this.boosts = zones.all.map(() => 0);
		for (let at = 0; at < log.length; at++) this.entry(at);
		if (this.open) this.close(this.open);
	}

	/** Pages by which the marks of a zone are raised at an entry. */
	boostAt(at: number, zone: number): number {
		let boost = 0;
		for (const episode of this.episodes) {
			if (episode.zone !== zone) continue;
			if (episode.at + 1 <= at) boost = PAGEBLOCK;
			if (episode.reset <= at) boost = 0;
		}
		return boost;
	}

	/** When the lists of the CPUs kept little, given the frees that went to them. */
	reclaiming(frees: readonly ListFree[]): Interval[] {
		const evidence = this.listEvidence(frees);
		const found: Interval[] = [];
		let next = 0;
		this.runs.forEach(({ first, end }, number) => {
			const until = this.runs[number + 1]?.first ?? this.log.length;
			while (next < evidence.length && (evidence[next] as Evidence).at < end)
				next++;
			let last = end;
			for (; next < evidence.length; next++) {
				const one = evidence[next] as Evidence;
				if (one.at >= until || !one.isReclaiming) break;
				last = one.at + 1;
			}
			found.push({ first, end: last });
		});
		return found;
	}

	/** Frees of which one limit would have drained and the other not. */
	private listEvidence(frees: readonly ListFree[]): Evidence[] {
		const evidence: Evidence[] = [];
		for (const { at, cell, count, drains, order } of frees) {
			const { info } = this.zones.at(this.zones.zoneOf(cell));
			const set = info.pagesets[this.zones.cpuOf(cell)];
			if (!set || at < this.marksFrom || order > 0) continue;
			const few = Math.min(RECLAIM_BATCHES * set.batch, set.high);
			if (count < few) continue;
			if (!drains) evidence.push({ at, isReclaiming: false });
			else if (count < set.high) evidence.push({ at, isReclaiming: true });
		}
		return evidence;
	}

	private entry(at: number): void {
		const { log } = this;
		const kind = log.kind(at);
		if (kind === PAGE_FALLBACK) this.boost(at);
		else if (kind === PAGE_LOCKED) this.count(at, -1, true);
		else if (kind === PAGE_DRAIN || this.frees.direct(at))
			this.count(at, 1, false);
		else if (kind === PAGE_ALLOC && log.pfn(at) > 0) {
			if (this.open && this.isOrdinary(at) && this.look(at, this.open)) return;
		}
		if (kind !== PAGE_LOCKED && kind !== PAGE_FALLBACK) this.takenNow.fill(0);
	}

	private count(at: number, sign: number, isTake: boolean): void {
		const zone = this.zones.of(this.log.pfn(at));
		const frames = 1 << this.log.order(at);
		this.free[zone] = (this.free[zone] as number) + sign * frames;
		if (isTake) this.takenNow[zone] = (this.takenNow[zone] as number) + frames;
	}

	private isOrdinary(at: number): boolean {
		const { log } = this;
		return (
			(log.thread(at) & THREAD_KSWAPD) === 0 &&
			(log.extra(at) & LOW_ZONES) === 0
		);
	}

	private boost(at: number): void {
		const { log } = this;
		const zone = this.zones.of(log.pfn(at));
		const { info } = this.zones.at(zone);
		const counts =
			log.gotOrder(at) < 9 &&
			at >= this.marksFrom &&
			info.managed >= BOOSTED_MIN;
		if (!counts) return;
		this.isFresh = true;
		this.open ??= { at, zone, lastSent: -1, until: log.length };
		const most = Math.max(PAGEBLOCK, Math.floor(info.high * 1.5));
		this.boosts[zone] = Math.min(
			(this.boosts[zone] as number) + PAGEBLOCK,
			most,
		);
	}

	/** Whether an allocation shows that the marks are still raised, or that they are not. True: the test was made before. */
	private look(at: number, open: OpenEpisode): boolean {
		if (this.isFresh) {
			this.isFresh = false;
			this.takenNow.fill(0);
			return true;
		}
		const { log, zones } = this;
		const zone = zones.of(log.pfn(at));
		const seen =
			(this.free[open.zone] as number) + (this.takenNow[open.zone] as number);
		const { low } = zones.at(open.zone).info;
		const raised = low + (this.boosts[open.zone] as number);
		const left = seen - ((1 << log.order(at)) - 1);
		if (zone < open.zone && seen > low && seen <= raised) open.lastSent = at;
		else if (zone === open.zone && left <= raised && seen > low) {
			open.until = at;
			this.close(open);
		}
		return false;
	}

	private close(open: OpenEpisode): void {
		const { at, zone, lastSent, until } = open;
		const wasSeen = lastSent >= 0;
		const run = this.runs.find(
			({ first, end }) =>
				end - 1 >= (wasSeen ? lastSent : at) &&
				end - 1 < until &&
				(wasSeen || first - at < ANSWER_MAX),
		);
		const alone = wasSeen ? Math.min(until, lastSent + 1) : at + 1;
		this.episodes.push({ at, zone, reset: run ? run.end : alone });
		this.boosts.fill(0);
		this.open = null;
	}
}

interface Evidence {
	readonly at: number;
	readonly isReclaiming: boolean;
}

/** Runs of entries of kswapd. */
function kswapdRuns(log: PageLog): Interval[] {
	const runs: Interval[] = [];
	let first = -1;
	for (let at = 0; at <= log.length; at++) {
		const isIts = at < log.length && (log.thread(at) & THREAD_KSWAPD) !== 0;
		if (isIts && first < 0) first = at;
		if (isIts || first < 0) continue;
		runs.push({ first, end: at });
		first = -1;
	}
	return runs;
}
