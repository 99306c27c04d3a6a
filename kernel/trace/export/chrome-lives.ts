// Lives of allocations in a Chrome trace: from b to e, each with an id of its own, since they overlap.
//
//   page_alloc, slab_alloc  --b--> open[frame or address] --e-->  page_free, slab_free, or the end of the stretch
//
// Every life is a track in a viewer, and none bears a million of them: so they are drawn only where they are asked for, and only
// of what is allocated in the exported stretch. A block of pages that becomes a slab or a page table has one life.
//
// LV1: every b has one e with the same cat, id and name; the id is the number of the event that allocated.
// LV2: memory is bounded by what is in use at one time.

import { asPhys, pointerText } from "../../../hw/units";
import {
	EV_PAGE_ALLOC,
	EV_PAGE_FREE,
	EV_SLAB_ALLOC,
	EV_SLAB_FREE,
	objectAddress,
} from "../../../mm/events";
import { gfpText } from "../../../mm/gfp";
import type { EventColumns } from "../columns";
import type { Args, ChromeEvents, Track } from "./chrome-tracks";

/** Whose lives are drawn: nobody's, those of pages, of objects, of both, or of the objects of the cache of that name. */
export type Lifetimes = "none" | "pages" | "objects" | "all" | (string & {});

/** What is told of an allocation beside what its event says. */
export interface LifeNames {
	cacheName(slot: number): string;
	siteOf(context: number): string;
}

interface Life {
	readonly cat: string;
	readonly id: number;
	readonly name: string;
}

/** The lives that are drawn. */
export class Lives {
	private readonly pages = new Map<number, Life>(); // by first frame
	private readonly objects = new Map<number, Life>(); // by address
	private readonly hasPages: boolean;
	private readonly hasObjects: boolean;

	constructor(
		private readonly events: ChromeEvents,
		private readonly track: Track,
		private readonly names: LifeNames,
		private readonly wanted: Lifetimes,
	) {
		this.hasPages = wanted === "pages" || wanted === "all";
		this.hasObjects = wanted === "objects" || wanted === "all";
	}

	/** Looks whether the event begins or ends a life. */
	event(columns: EventColumns, index: number, event: number): void {
		const code = columns.codes[index] as number;
		if (code > EV_SLAB_FREE || this.wanted === "none") return;
		const cycles = columns.cycles[index] as number;
		const a = columns.a[index] as number;
		const b = columns.b[index] as number;
		if (code === EV_PAGE_ALLOC) this.pageBegins(columns, index, event);
		else if (code === EV_SLAB_ALLOC) this.objectBegins(columns, index, event);
		else if (code === EV_PAGE_FREE) this.end(this.pages, a, cycles, {});
		else if (code === EV_SLAB_FREE)
			this.end(this.objects, objectAddress(a, b), cycles, {});
	}

	/** The stretch is over: what is still in use ends here. */
	finish(cycles: number): void {
		for (const lives of [this.pages, this.objects])
			for (const key of [...lives.keys()])
				this.end(lives, key, cycles, { "still in use": true });
	}

	private pageBegins(
		columns: EventColumns,
		index: number,
		event: number,
	): void {
		if (!this.hasPages) return;
		const pfn = columns.a[index] as number;
		const order = (columns.b[index] as number) & 255;
		const gfp = gfpText(columns.c[index] as number);
		const life = { cat: "pages", id: event, name: `order ${order}` };
		this.begin(this.pages, pfn, life, columns, index, { pfn, order, gfp });
	}

	private objectBegins(
		columns: EventColumns,
		index: number,
		event: number,
	): void {
		const name = this.names.cacheName(columns.c[index] as number);
		if (!this.hasObjects && this.wanted !== name) return;
		const at = objectAddress(
			columns.a[index] as number,
			columns.b[index] as number,
		);
		const bytes = columns.d[index] as number;
		const address = `0x${pointerText(asPhys(at))}`;
		const life = { cat: "objects", id: event, name };
		this.begin(this.objects, at, life, columns, index, { address, bytes });
	}

	private begin(
		lives: Map<number, Life>,
		key: number,
		life: Life,
		columns: EventColumns,
		index: number,
		args: Args,
	): void {
		const site = this.names.siteOf(columns.contexts[index] as number);
		const cycles = columns.cycles[index] as number;
		this.end(lives, key, cycles, {});
		lives.set(key, life);
		this.events.life("b", life, this.track, cycles, { ...args, site });
	}

	private end(
		lives: Map<number, Life>,
		key: number,
		cycles: number,
		args: Args,
	): void {
		const life = lives.get(key);
		if (life === undefined) return;
		lives.delete(key);
		this.events.life("e", life, this.track, cycles, args);
	}
}
