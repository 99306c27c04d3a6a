// Attributes of slab caches: /sys/kernel/slab as a table, one directory a line.
//
//   name      object_size  slab_size  objs_per_slab  order  align  ...  total_objects  objects  ...  alias_names
//   :0000192  176          192        21             0      64          21             3             ip_dst_cache,aio_kiocb
//   |         |                                                         |                            |
//   directory |what never changes                                       |what changes                names that link here, - for none
//
// A directory whose name begins with a colon belongs to a cache that may be shared: the letters before the dash are its
// flags, then comes the size of its slots, and the names of its users are links. Other directories are caches by name.
// A table may have only the columns that change, or only some of the others; columns that are not known here are read past.
//
// SA1: what never changes is whole or absent. SA2: objs_per_slab = floor(slab bytes / slab_size), object_size <= slab_size,
// and slab_size is a multiple of align.
// [mm/slub.c slab_attrs, create_unique_id, sysfs_slab_alias]

import {
	SLAB_ACCOUNT,
	SLAB_CACHE_DMA,
	SLAB_CACHE_DMA32,
	SLAB_CONSISTENCY_CHECKS,
	SLAB_HWCACHE_ALIGN,
	SLAB_POISON,
	SLAB_RECLAIM_ACCOUNT,
	SLAB_RED_ZONE,
	SLAB_STORE_USER,
	SLAB_TRACE,
	SLAB_TYPESAFE_BY_RCU,
	slabBytes,
} from "../../../mm/slab-geometry";
import { MAX_ORDER } from "../../../mm/zone";

const NAME = "slab.tsv";

/** What of a cache never changes; bytes unless said otherwise. */
export interface SlabStatics {
	readonly objectSize: number;
	/** From one slot to the next. */
	readonly size: number;
	/** Objects in a slab. */
	readonly objectCount: number;
	readonly order: number;
	readonly align: number;
	/** Free objects that a CPU may keep on its partial list. */
	readonly cpuPartial: number;
	/** Empty slabs above this many are given back. */
	readonly minPartial: number;
	/** SLAB_ flags, as far as the attributes and the directory's name tell. */
	readonly flags: number;
}

/** How full a cache is. */
export interface SlabUse {
	/** Objects that its slabs hold, in use or not. */
	readonly totalObjects: number;
	readonly objects: number;
	readonly slabs: number;
	/** Slabs on the node's partial list and the objects in use in them. */
	readonly partial: number;
	readonly objectsPartial: number;
	/** Slabs that a CPU works on. */
	readonly cpuSlabs: number;
	/** Slabs on the partial lists of the CPUs. */
	readonly cpuPartialSlabs: number;
}

/** One directory of /sys/kernel/slab. */
export interface SlabAttributes {
	/** Of the directory. */
	readonly name: string;
	/** null when the table has only what changes. */
	readonly statics: SlabStatics | null;
	/** null when the table has only what never changes. */
	readonly use: SlabUse | null;
	/** Names that share the cache; none when the table has no such column. */
	readonly aliasNames: readonly string[];
}

const STATIC_COLUMNS = [
	"object_size",
	"slab_size",
	"objs_per_slab",
	"order",
	"align",
	"cpu_partial",
	"min_partial",
];
const USE_COLUMNS = [
	"total_objects",
	"objects",
	"slabs",
	"partial",
	"objects_partial",
	"cpu_slabs",
	"slabs_cpu_partial",
];
const FLAG_COLUMNS: readonly (readonly [string, number])[] = [
	["cache_dma", SLAB_CACHE_DMA],
	["hwcache_align", SLAB_HWCACHE_ALIGN],
	["reclaim_account", SLAB_RECLAIM_ACCOUNT],
	["destroy_by_rcu", SLAB_TYPESAFE_BY_RCU],
	["sanity_checks", SLAB_CONSISTENCY_CHECKS],
	["red_zone", SLAB_RED_ZONE],
	["poison", SLAB_POISON],
	["store_user", SLAB_STORE_USER],
	["trace", SLAB_TRACE],
];
const FLAG_LETTERS: readonly (readonly [string, number])[] = [
	["d", SLAB_CACHE_DMA],
	["D", SLAB_CACHE_DMA32],
	["a", SLAB_RECLAIM_ACCOUNT],
	["F", SLAB_CONSISTENCY_CHECKS],
	["A", SLAB_ACCOUNT],
];

/** What a slab.tsv text says. Throws an Error naming the line that does not fit. */
export function parseSlabTsv(text: string): SlabAttributes[] {
	const lines = (text.endsWith("\n") ? text.slice(0, -1) : text).split("\n");
	const columns = (lines[0] as string).split("\t");
	if (columns[0] !== "name" || new Set(columns).size < columns.length)
		throw new Error(
			`${NAME}, line 1: expected the names of the columns, each once and \`name\` first, found "${lines[0]}".`,
		);
	const known = new Set<string>();
	return lines.slice(1).map((line, index) => {
		const row = new Row(columns, line, index + 2);
		const slab = row.slab();
		if (known.has(slab.name)) row.refuse(`a second line for "${slab.name}"`);
		known.add(slab.name);
		return slab;
	});
}

/** One line of the table. */
class Row {
	private readonly fields: readonly string[];

	constructor(
		private readonly columns: readonly string[],
		line: string,
		private readonly lineNumber: number,
	) {
		this.fields = line.split("\t");
		if (this.fields.length !== columns.length)
			this.refuse(`${this.fields.length} fields for ${columns.length} columns`);
	}

	slab(): SlabAttributes {
		const name = this.fields[0] as string;
		if (!/^\S+$/.test(name)) this.refuse(`no name of a cache, but "${name}"`);
		const aliases = this.text("alias_names") ?? "-";
		return {
			name,
			statics: this.hasAll(STATIC_COLUMNS) ? this.statics(name) : null,
			use: this.hasAll(USE_COLUMNS) ? this.use() : null,
			aliasNames: aliases === "-" || aliases === "" ? [] : aliases.split(","),
		};
	}

	refuse(found: string): never {
		throw new Error(`${NAME}, line ${this.lineNumber}: found ${found}.`);
	}

	private statics(name: string): SlabStatics {
		const statics = {
			objectSize: this.number("object_size"),
			size: this.number("slab_size"),
			objectCount: this.number("objs_per_slab"),
			order: this.number("order"),
			align: this.number("align"),
			cpuPartial: this.number("cpu_partial"),
			minPartial: this.number("min_partial"),
			flags: this.flags() | flagsInName(name),
		};
		const wrong = contradiction(statics);
		if (wrong) this.refuse(`${wrong} for the cache "${name}"`);
		return statics;
	}

	private use(): SlabUse {
		return {
			totalObjects: this.number("total_objects"),
			objects: this.number("objects"),
			slabs: this.number("slabs"),
			partial: this.number("partial"),
			objectsPartial: this.number("objects_partial"),
			cpuSlabs: this.number("cpu_slabs"),
			cpuPartialSlabs: this.inBrackets("slabs_cpu_partial"),
		};
	}

	private flags(): number {
		let flags = 0;
		for (const [column, flag] of FLAG_COLUMNS) {
			const text = this.text(column) ?? "0";
			if (text !== "0" && text !== "1")
				this.refuse(`"${text}" for ${column}, which is 0 or 1`);
			if (text === "1") flags |= flag;
		}
		return flags;
	}

	private hasAll(columns: readonly string[]): boolean {
		return columns.every((column) => this.columns.includes(column));
	}

	private text(column: string): string | undefined {
		return this.fields[this.columns.indexOf(column)];
	}

	private number(column: string): number {
		const text = this.text(column) ?? "";
		const found = /^(\d{1,15})(?: N\d+=.*)?$/.exec(text); // followed by the numbers of each node
		return found
			? Number(found[1])
			: this.refuse(`"${text}" for ${column}, which is a number`);
	}

	/** The number in the brackets of `objects(slabs)`. */
	private inBrackets(column: string): number {
		const text = this.text(column) ?? "";
		const found = /^\d{1,15}\((\d{1,15})\)/.exec(text);
		return found
			? Number(found[1])
			: this.refuse(`"${text}" for ${column}, which is \`OBJECTS(SLABS)\``);
	}
}

/** What of the numbers cannot be (SA2); null when nothing is wrong. */
function contradiction(statics: SlabStatics): string | null {
	const { objectSize, size, objectCount, order, align } = statics;
	if (order >= MAX_ORDER) return `order ${order}`;
	if (objectSize < 1 || objectSize > size)
		return `objects of ${objectSize} bytes in slots of ${size}`;
	if (align < 1 || size % align !== 0)
		return `slots of ${size} bytes at multiples of ${align}`;
	if (objectCount !== Math.floor(slabBytes(order) / size))
		return `${objectCount} slots of ${size} bytes in a slab of order ${order}`;
	return null;
}

/** Flags that the name of a directory tells: `:A-0000192`, and the caches of accounted kmalloc. */
function flagsInName(name: string): number {
	if (name.startsWith("kmalloc-cg-")) return SLAB_ACCOUNT;
	const letters = /^:(\w*)-/.exec(name)?.[1] ?? "";
	let flags = 0;
	for (const [letter, flag] of FLAG_LETTERS)
		if (letters.includes(letter)) flags |= flag;
	return flags;
}
