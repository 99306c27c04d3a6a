// Moments: what this kernel says of its memory when the recorded one was asked, for the scores.
//
//   mark READ-DONE slabinfo of snapshot b   -->  our slabinfo now         \
//             ...  buddyinfo                -->  our buddyinfo             >  one input for score/ per snapshot
//             ...  kpageflags               -->  our frames               /
//
// Texts of one snapshot hold from marks of their own on, and so do ours.
//
// MO1: looking changes nothing. MO2: what the replay could not know is counted up to the same moment.

import { MIGRATETYPE_NAMES } from "../../mm/pageblock";
import { MAX_ORDER } from "../../mm/zone";
import { collectFrames } from "../frames";
import {
	collectBuddyinfo,
	collectPagetypeinfo,
	collectSlabinfo,
	collectZoneinfo,
} from "../proc/collect";
import type { CacheLine } from "../proc/slabinfo";
import type { ZoneInfo } from "../proc/zoneinfo";
import { tallies as cacheTallies } from "./objects/preparation";
import type { Watched } from "./scene";
import type { AllocationCount } from "./score/allocations";
import type { Tallies, Tally } from "./score/causes";
import type { GeometryInput } from "./score/geometry";
import type { ListCount } from "./score/lists";
import { type Score, type ScoreInput, scoreOf } from "./score/score";
import type { SlabTraffic } from "./score/slabs";
import type { StateTexts } from "./score/state";
import { machineTuning } from "./snapshot/machine";
import type { Recording } from "./snapshot/recording";
import type { Snapshot } from "./snapshot/snapshot";

const TRACING_OFF = /^SNAPSHOT-\S+ TRACING-OFF /;
const FILES = [
	"slabinfo",
	"buddyinfo",
	"pagetypeinfo",
	"zoneinfo",
	"kpageflags",
] as const;

type Ours = {
	-readonly [text in keyof StateTexts]: StateTexts[text];
} & { slabinfo?: CacheLine[]; frames?: ReturnType<typeof collectFrames> };

/** One snapshot, as far as its marks were met. */
interface Moment {
	readonly snapshot: Snapshot;
	readonly ours: Ours;
	tallies: Tallies;
}

/** Looks at a replay while it goes on. */
export class Moments {
	private readonly moments: Moment[];
	private readonly files = new Map<string, [Moment, string]>(); // by text of the mark
	private readonly ourZones: ZoneInfo[];
	private untracedWindows = 0;

	/** To be made when the start is there and nothing was played yet. */
	constructor(private readonly replay: Watched) {
		const { recording } = replay.scene;
		const tallies = this.tallies();
		this.moments = (recording?.snapshots ?? []).map((snapshot) => ({
			snapshot,
			ours: {},
			tallies,
		}));
		for (const moment of this.moments)
			for (const file of FILES)
				this.files.set(moment.snapshot.doneText(file), [moment, file]);
		const { managed } = replay.scene.own;
		this.ourZones = collectZoneinfo(replay.kernel.mm).map((zone, index) => ({
			...zone,
			managed: zone.managed - (managed[index] ?? 0),
		}));
	}

	/** A mark was met. */
	mark(text: string): void {
		if (TRACING_OFF.test(text)) this.untracedWindows++;
		const found = this.files.get(text);
		if (!found) return;
		const [moment, file] = found;
		this.look(moment.ours, file);
		moment.tallies = this.tallies();
	}

	/** What the replay is worth; to be asked when it is over. */
	score(): Score {
		const { recording, start, own } = this.replay.scene;
		const known = recording as Recording;
		const met = this.moments.filter(({ ours }) => Object.keys(ours).length > 0);
		return scoreOf({
			recording: known.name,
			events: this.replay.played,
			geometry: this.geometry(known),
			...(start ? { slabs: this.slabs() } : {}),
			groundSlabinfo: own.slabinfo,
			slabinfo: met.flatMap(({ snapshot, ours, tallies }) => {
				const recorded = snapshot.slabinfo;
				const mine = ours.slabinfo;
				return recorded && mine
					? [{ snapshot: snapshot.name, recorded, ours: mine, tallies }]
					: [];
			}),
			allocations: this.allocations(),
			lists: this.lists(),
			states: met
				.filter(({ ours }) => ours.buddyinfo)
				.map(({ snapshot, ours, tallies }) => ({
					snapshot: snapshot.name,
					recorded: snapshot,
					ours: ours as Ours & StateTexts,
					tallies,
				})) as NonNullable<ScoreInput["states"]>,
			tallies: this.tallies(),
		});
	}

	private look(ours: Ours, file: string): void {
		const { kernel } = this.replay;
		const { mm } = kernel;
		if (file === "slabinfo") ours.slabinfo = collectSlabinfo(kernel.caches());
		else if (file === "buddyinfo") ours.buddyinfo = collectBuddyinfo(mm);
		else if (file === "pagetypeinfo")
			ours.pagetypeinfo = collectPagetypeinfo(mm);
		else if (file === "zoneinfo") ours.zoneinfo = collectZoneinfo(mm);
		else ours.frames = collectFrames(kernel.parts);
	}

	private geometry({ caches, machine }: Recording): GeometryInput {
		const { kernel, scene } = this.replay;
		return {
			caches,
			tuning: machineTuning(machine),
			made: (name) =>
				kernel.findCache(scene.cacheOf.get(name) ?? name)?.geometry,
			recordedZones: machine.zones,
			ourZones: this.ourZones,
		};
	}

	private slabs(): SlabTraffic[] {
		const { caches, store, scene, kernel } = this.replay;
		const survey = scene.first?.objects ?? null;
		const rows: SlabTraffic[] = [];
		for (const { name, ours, recorded } of cacheTallies(
			caches,
			store,
			survey,
		)) {
			if (recorded === null) continue; // pointers are hashed: nothing tells which pages were slabs
			rows.push({
				cache: name,
				order: kernel.findCache(name)?.geometry.order ?? 0,
				recordedNew: recorded.made,
				ourNew: ours?.made ?? 0,
				recordedFreed: recorded.freed,
				ourFreed: ours?.freed ?? 0,
			});
		}
		return rows;
	}

	private allocations(): AllocationCount[] {
		const { answers } = this.replay;
		if (answers === null) return [];
		const counts: AllocationCount[] = [];
		for (let order = 0; order < MAX_ORDER; order++)
			MIGRATETYPE_NAMES.slice(0, 4).forEach((type, number) => {
				const { count, same } = answers.allocationsOf(order, number);
				if (count > 0) counts.push({ slice: 0, order, type, count, same });
			});
		return counts;
	}

	private lists(): ListCount[] {
		const { answers } = this.replay;
		if (answers === null) return [];
		return [
			{ event: "refill", ...answers.takes },
			{ event: "drain", ...answers.drains },
			{ event: "fallback", ...answers.fallbacks },
		];
	}

	/** What could not be known up to now (MO2). */
	private tallies(): Tallies {
		const { pages, scene } = this.replay;
		const { unknown } = pages.oddFrees;
		const { lost } = pages.inferred;
		return {
			untracedWindows: this.untracedWindows,
			pages: {
				unknownFrees: unknown,
				lostRequests: lost,
				unknownStart: 0,
			},
			caches: this.cacheTallies(scene.start?.missing ?? new Map()),
		};
	}

	private cacheTallies(
		missing: ReadonlyMap<string, number>,
	): Record<string, Tally> {
		const { objects, caches } = this.replay;
		const { unknown, unseenByCache } = objects.counts;
		const found: Record<string, Tally> = {};
		for (let number = 1; number < caches.size; number++) {
			const name = caches.name(number);
			const unknownFrees = number < unknown.length ? unknown.at(number) : 0;
			const lostRequests =
				number < unseenByCache.length ? unseenByCache.at(number) : 0;
			const unknownStart = missing.get(name) ?? 0;
			if (unknownFrees + lostRequests + unknownStart > 0)
				found[name] = { unknownFrees, lostRequests, unknownStart };
		}
		return found;
	}
}
