// Recordings: a folder of texts about one run of a real kernel, as values.
//
//   Recording
//     +-- machine     what boot needs, how the zones were, what is lacking          machine.ts
//     +-- caches      every slab cache with its geometry and names, oldest first    caches.ts
//     +-- snapshots   a, b-*, c, c-shrunk in the order of time                      snapshot.ts
//
// Everything is parsed when it is first asked for, and kept.

import { type RecordedCache, recordedCaches } from "./caches";
import { type RecordedMachine, recordedMachine } from "./machine";
import type { SlabAttributes } from "./slab-attributes";
import { type Snapshot, snapshotsIn, staticAttributes } from "./snapshot";
import type { TextSource } from "./source";

/** What was recorded of one run. */
export class Recording {
	/** The earliest first. */
	readonly snapshots: readonly Snapshot[];
	private keptMachine: RecordedMachine | null = null;
	private keptCaches: readonly RecordedCache[] | null = null;

	constructor(
		readonly name: string,
		readonly source: TextSource,
	) {
		this.snapshots = snapshotsIn(source);
	}

	/** Throws an Error when the recording has too little to make a machine of. */
	get machine(): RecordedMachine {
		this.keptMachine ??= recordedMachine(this.source);
		return this.keptMachine;
	}

	/** Oldest first; none when no text tells of caches. */
	get caches(): readonly RecordedCache[] {
		this.keptCaches ??= recordedCaches(this.source);
		return this.keptCaches;
	}

	/** The attributes of all caches, taken when everything was over. */
	get attributes(): SlabAttributes[] | undefined {
		return staticAttributes(this.source);
	}

	/** The snapshot called `name`; undefined when there is none. */
	snapshot(name: string): Snapshot | undefined {
		return this.snapshots.find((snapshot) => snapshot.name === name);
	}
}
