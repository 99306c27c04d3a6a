// The caches of a recording, each known by a small number, whatever name it is called by.
//
//   number   0             1         2             3
//          +-------------+---------+-------------+--------------
//          | whole pages | dentry  | kmalloc-64  | ...              name and bytes of a slot, 0 while unknown
//          +-------------+---------+-------------+--------------
//   every name that shares a cache leads to its number
//
// CN1: a name leads to one number for ever. CN2: number 0 is no cache: blocks of whole pages, and objects of unknown caches.

/** A cache that is known beforehand. */
export interface KnownCache {
	readonly name: string;
	readonly aliases: readonly string[];
	/** Bytes from one object to the next. */
	readonly size: number;
	/** Bytes of an object, which its events tell as asked for; absent or null while nobody told. */
	readonly objectBytes?: number | null;
	/** Whether it has SLAB_ACCOUNT; absent or null while nobody told. */
	readonly isAccounted?: boolean | null;
}

/** What is no cache: whole pages, or nothing known. */
export const NO_CACHE = 0;
/** Numbers stay below this. */
export const CACHES_MAX = 1 << 12;

/** Numbers of caches. */
export class CacheList {
	private readonly names: string[] = [""];
	private readonly sizes: number[] = [0];
	private readonly accounted: (boolean | null)[] = [null];
	private readonly asked: (number | null)[] = [null];
	private readonly numbers = new Map<string, number>();
	/** Caches that were known beforehand: numbers 1 .. knownCount. */
	readonly knownCount: number;

	constructor(known: readonly KnownCache[] = []) {
		for (const cache of known) {
			const { name, aliases, size } = cache;
			const number = this.number(name, size);
			this.accounted[number] = cache.isAccounted ?? null;
			this.asked[number] = cache.objectBytes ?? null;
			for (const alias of aliases)
				if (!this.numbers.has(alias)) this.numbers.set(alias, number);
		}
		this.knownCount = this.names.length - 1;
	}

	/** How many numbers there are. */
	get size(): number {
		return this.names.length;
	}

	name(number: number): string {
		return this.names[number] as string;
	}
	/** Bytes from one object to the next; 0 while nobody told. */
	bytes(number: number): number {
		return this.sizes[number] as number;
	}

	/** Bytes of an object; null while nobody told. */
	objectBytes(number: number): number | null {
		return this.asked[number] ?? null;
	}

	/** Whether a cache has SLAB_ACCOUNT, so that all its objects are accounted; null while nobody told. */
	isAccounted(number: number): boolean | null {
		return this.accounted[number] ?? null;
	}

	/** Number of a name, which becomes known; NO_CACHE for the empty name, and when there is no room. */
	number(name: string, bytes = 0): number {
		const known = this.numbers.get(name);
		if (known !== undefined) {
			this.tell(known, bytes);
			return known;
		}
		if (name === "" || this.names.length === CACHES_MAX) return NO_CACHE;
		this.numbers.set(name, this.names.length);
		this.sizes.push(bytes);
		return this.names.push(name) - 1;
	}

	/** An object of a cache takes so many bytes; what was told first counts. */
	tell(number: number, bytes: number): void {
		if (number !== NO_CACHE && this.sizes[number] === 0)
			this.sizes[number] = bytes;
	}

	/** Number of a name; NO_CACHE when it is not known. */
	find(name: string): number {
		return this.numbers.get(name) ?? NO_CACHE;
	}
}
