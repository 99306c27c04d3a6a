// What the tests of the object side share: events made up by hand, with names that they know.

import {
	CACHE_ALLOC,
	CACHE_FREE,
	KFREE,
	KMALLOC,
	KmemEvent,
	MARK,
	PAGE_ALLOC,
	PAGE_FREE,
} from "../../../../kernel/replay/reading/event";
import { Names } from "../../../../kernel/replay/reading/names";
import { __GFP_NORETRY, __GFP_NOWARN, GFP_KERNEL } from "../../../../mm/gfp";

/** High word of a pointer into the direct map without KASLR. */
export const HIGH = 0xffff8880 | 0;
/** Flags as slabs ask for their pages. */
export const SLAB_GFP = GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY;

type Changes = Partial<
	Pick<KmemEvent, "cpu" | "pid" | "time" | "gfp" | "accounted" | "interrupt">
>;

/** Makes events; each is a record of its own. */
export class EventMaker {
	readonly names = new Names();

	/** kmem_cache_alloc of `bytes` at `address`. */
	alloc(site: string, bytes: number, address: number, changes: Changes = {}) {
		return this.request(CACHE_ALLOC, site, bytes, bytes, address, changes);
	}
	/** kmem_cache_free of what lies at `address`, of the cache called `cache`. */
	free(cache: string, address: number, changes: Changes = {}, site = "") {
		const event = this.make(CACHE_FREE, address, changes);
		if (site !== "") event.site = this.names.add(site);
		if (cache !== "") event.cache = this.names.add(cache);
		return event;
	}
	/** kmalloc of `bytes`, in a class of `given`. */
	kmalloc(
		site: string,
		bytes: number,
		given: number,
		address: number,
		changes: Changes = {},
	) {
		return this.request(KMALLOC, site, bytes, given, address, changes);
	}
	kfree(address: number, changes: Changes = {}) {
		return this.make(KFREE, address, changes);
	}
	pages(pfn: number, order = 0, gfp = SLAB_GFP) {
		const event = this.make(PAGE_ALLOC, 0, { gfp });
		event.pfn = pfn;
		event.order = order;
		return event;
	}
	freePages(pfn: number, order = 0) {
		const event = this.make(PAGE_FREE, 0, {});
		event.pfn = pfn;
		event.order = order;
		return event;
	}
	mark(text: string, pid = 1) {
		const event = this.make(MARK, 0, { pid });
		event.text = text;
		return event;
	}

	private request(
		kind: number,
		site: string,
		asked: number,
		given: number,
		address: number,
		changes: Changes,
	) {
		const event = this.make(kind, address, { gfp: GFP_KERNEL, ...changes });
		event.site = this.names.add(site);
		event.bytesRequested = asked;
		event.bytesAllocated = given;
		return event;
	}

	private make(kind: number, address: number, changes: Changes): KmemEvent {
		const event = new KmemEvent();
		event.clear(kind);
		event.cpu = 0;
		event.pid = 1;
		event.low = address | 0;
		event.high = address === 0 ? 0 : HIGH + Math.floor(address / 2 ** 32);
		return Object.assign(event, changes);
	}
}
