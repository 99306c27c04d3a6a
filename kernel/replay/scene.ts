// Scenes: what a replay starts from, and what of it may be looked at while it goes on.

import type { Kernel } from "../kernel";
import type { CacheLine } from "../proc/slabinfo";
import type { FirstPass } from "./first-pass";
import type { CacheList } from "./objects/cache-list";
import type { ObjectStore } from "./objects/object-store";
import type { ObjectPlayer, PlayPlan } from "./objects/player";
import type { Start } from "./objects/start";
import type { PageAnswers } from "./pages/answers";
import type { FrameMap } from "./pages/frame-map";
import type { PagePlan } from "./pages/plan";
import type { PagePlayer } from "./pages/player";
import type { KeptReading } from "./reading/kept-events";
import type { Recording } from "./snapshot/recording";

/** What the second pass starts from. */
export interface Scene {
	readonly kernel: Kernel;
	readonly recording: Recording | null;
	readonly caches: CacheList;
	readonly store: ObjectStore;
	readonly scores: boolean;
	readonly first: FirstPass | null;
	/** The events, where they are not to be read again. */
	readonly kept: KeptReading | null;
	readonly plan: PlayPlan | null;
	readonly pagePlan: PagePlan | null;
	readonly start: Start | null;
	readonly frames: FrameMap | null;
	/** Cache here of every recorded name. */
	readonly cacheOf: ReadonlyMap<string, string>;
	/** What this kernel's own books and caches held before anything was filled in. */
	readonly own: OwnBooks;
}

/** What a ground has of its own: it is no part of the recorded machine. */
export interface OwnBooks {
	readonly slabinfo: readonly CacheLine[];
	/** Managed pages, by zone. */
	readonly managed: readonly number[];
}

/** A replay, to whoever looks on. */
export interface Watched {
	readonly scene: Scene;
	readonly kernel: Kernel;
	readonly caches: CacheList;
	readonly store: ObjectStore;
	readonly objects: ObjectPlayer;
	readonly pages: PagePlayer;
	readonly answers: PageAnswers | null;
	/** Events played. */
	readonly played: number;
}
