// GFP flags: what a caller says about the memory it asks for ("get free pages").
//
//   bit    0   1    2    3   4    5    6  7  8    9     10     11     12 ..
//        +---+----+-----+---+---+----+--+--+----+------+------+------+------
//        |DMA|HIGH|DMA32|MOV|REC|HIGH|IO|FS|ZERO|ATOMIC|DIRECT|KSWAPD|...
//        +---+----+-----+---+---+----+--+--+----+------+------+------+------
//          zone            |type | reserves             reclaim
//
// Values are those of Linux 6.1; they differ between versions, so reports print names.
// [include/linux/gfp_types.h, include/trace/events/mmflags.h]

export const __GFP_DMA = 0x1;
export const __GFP_HIGHMEM = 0x2;
export const __GFP_DMA32 = 0x4;
export const __GFP_MOVABLE = 0x8;
export const __GFP_RECLAIMABLE = 0x10;
export const __GFP_HIGH = 0x20;
export const __GFP_IO = 0x40;
export const __GFP_FS = 0x80;
export const __GFP_ZERO = 0x100;
export const __GFP_ATOMIC = 0x200;
export const __GFP_DIRECT_RECLAIM = 0x400;
export const __GFP_KSWAPD_RECLAIM = 0x800;
export const __GFP_WRITE = 0x1000;
export const __GFP_NOWARN = 0x2000;
export const __GFP_RETRY_MAYFAIL = 0x4000;
export const __GFP_NOFAIL = 0x8000;
export const __GFP_NORETRY = 0x10000;
export const __GFP_MEMALLOC = 0x20000;
export const __GFP_COMP = 0x40000;
export const __GFP_NOMEMALLOC = 0x80000;
export const __GFP_HARDWALL = 0x100000;
export const __GFP_THISNODE = 0x200000;
export const __GFP_ACCOUNT = 0x400000;
export const __GFP_ZEROTAGS = 0x800000;
/** From the two bits of mobility to the migratetype that they ask for (gfp_migratetype). */
export const GFP_MOBILITY_SHIFT = 3;
export const __GFP_RECLAIM = __GFP_DIRECT_RECLAIM | __GFP_KSWAPD_RECLAIM;

/** Interrupt handlers: may not sleep, may use half of the reserve. */
export const GFP_ATOMIC = __GFP_HIGH | __GFP_ATOMIC | __GFP_KSWAPD_RECLAIM;
/** The kernel's own data, the usual choice: may sleep and reclaim. */
export const GFP_KERNEL = __GFP_RECLAIM | __GFP_IO | __GFP_FS;
export const GFP_KERNEL_ACCOUNT = GFP_KERNEL | __GFP_ACCOUNT;
export const GFP_NOWAIT = __GFP_KSWAPD_RECLAIM;
export const GFP_NOIO = __GFP_RECLAIM;
export const GFP_NOFS = __GFP_RECLAIM | __GFP_IO;
export const GFP_USER = __GFP_RECLAIM | __GFP_IO | __GFP_FS | __GFP_HARDWALL;
export const GFP_DMA = __GFP_DMA;
export const GFP_DMA32 = __GFP_DMA32;
export const GFP_HIGHUSER = GFP_USER | __GFP_HIGHMEM;
/** Pages of user programs: their content can be moved. */
export const GFP_HIGHUSER_MOVABLE = GFP_HIGHUSER | __GFP_MOVABLE;
export const GFP_TRANSHUGE_LIGHT =
	(GFP_HIGHUSER_MOVABLE | __GFP_COMP | __GFP_NOMEMALLOC | __GFP_NOWARN) &
	~__GFP_RECLAIM;
export const GFP_TRANSHUGE = GFP_TRANSHUGE_LIGHT | __GFP_DIRECT_RECLAIM;

// What an allocation is allowed inside the page allocator, beside its watermark [mm/internal.h].
export const ALLOC_WMARK_MASK = 3; // WMARK_MIN, WMARK_LOW or WMARK_HIGH
export const ALLOC_NO_WATERMARKS = 0x4;
export const ALLOC_OOM = 0x8;
export const ALLOC_NON_BLOCK = 0x10;
export const ALLOC_MIN_RESERVE = 0x20; // equals __GFP_HIGH
export const ALLOC_NOFRAGMENT = 0x100;
export const ALLOC_HIGHATOMIC = 0x200;
export const ALLOC_KSWAPD = 0x800; // equals __GFP_KSWAPD_RECLAIM

// The kernel's table order: composites first, each taken out of the mask before the next is looked for.
const NAMES: readonly (readonly [mask: number, name: string])[] = [
	[GFP_TRANSHUGE, "GFP_TRANSHUGE"],
	[GFP_TRANSHUGE_LIGHT, "GFP_TRANSHUGE_LIGHT"],
	[GFP_HIGHUSER_MOVABLE, "GFP_HIGHUSER_MOVABLE"],
	[GFP_HIGHUSER, "GFP_HIGHUSER"],
	[GFP_USER, "GFP_USER"],
	[GFP_KERNEL_ACCOUNT, "GFP_KERNEL_ACCOUNT"],
	[GFP_KERNEL, "GFP_KERNEL"],
	[GFP_NOFS, "GFP_NOFS"],
	[GFP_ATOMIC, "GFP_ATOMIC"],
	[GFP_NOIO, "GFP_NOIO"],
	[GFP_NOWAIT, "GFP_NOWAIT"],
	[GFP_DMA, "GFP_DMA"],
	[__GFP_HIGHMEM, "__GFP_HIGHMEM"],
	[GFP_DMA32, "GFP_DMA32"],
	[__GFP_HIGH, "__GFP_HIGH"],
	[__GFP_ATOMIC, "__GFP_ATOMIC"],
	[__GFP_IO, "__GFP_IO"],
	[__GFP_FS, "__GFP_FS"],
	[__GFP_NOWARN, "__GFP_NOWARN"],
	[__GFP_RETRY_MAYFAIL, "__GFP_RETRY_MAYFAIL"],
	[__GFP_NOFAIL, "__GFP_NOFAIL"],
	[__GFP_NORETRY, "__GFP_NORETRY"],
	[__GFP_COMP, "__GFP_COMP"],
	[__GFP_ZERO, "__GFP_ZERO"],
	[__GFP_NOMEMALLOC, "__GFP_NOMEMALLOC"],
	[__GFP_MEMALLOC, "__GFP_MEMALLOC"],
	[__GFP_HARDWALL, "__GFP_HARDWALL"],
	[__GFP_THISNODE, "__GFP_THISNODE"],
	[__GFP_RECLAIMABLE, "__GFP_RECLAIMABLE"],
	[__GFP_MOVABLE, "__GFP_MOVABLE"],
	[__GFP_ACCOUNT, "__GFP_ACCOUNT"],
	[__GFP_WRITE, "__GFP_WRITE"],
	[__GFP_RECLAIM, "__GFP_RECLAIM"],
	[__GFP_DIRECT_RECLAIM, "__GFP_DIRECT_RECLAIM"],
	[__GFP_KSWAPD_RECLAIM, "__GFP_KSWAPD_RECLAIM"],
	[__GFP_ZEROTAGS, "__GFP_ZEROTAGS"],
];

/** Flags by name, for scenarios and command lines. */
export const GFP_FLAGS: ReadonlyMap<string, number> = new Map(
	NAMES.map(([mask, name]) => [name, mask]),
);

/** The mask as the kernel prints it in traces and reports; `none` for 0. */
export function gfpText(gfp: number): string {
	if (gfp === 0) return "none";
	const parts: string[] = [];
	let rest = gfp;
	for (const [mask, name] of NAMES) {
		if (rest === 0 || (rest & mask) !== mask) continue;
		parts.push(name);
		rest &= ~mask;
	}
	if (rest !== 0) parts.push(`0x${(rest >>> 0).toString(16)}`);
	return parts.join("|");
}

/** Migratetype that the flags ask for: 0 unmovable, 1 movable, 2 reclaimable (gfp_migratetype). */
export const migratetypeOf = (gfp: number): number => (gfp & 0x18) >> 3;
