// Event codes of the memory manager, and what the four words of each record mean.
//
//   code                  a            b                  c                   d
//   ---------------------------------------------------------------------------------------------
//   page_alloc            pfn          order | type << 8  gfp                 -
//   page_free             pfn          order              1 to this CPU's     type of the list
//                                                         list, 0 elsewhere
//   buddy_take            pfn          order | type << 8  order of the block  1 if per-CPU lists take such
//   pcp_drain             pfn          order | type << 8  -                   -
//   buddy_give            pfn          order as merged    type of the list    1 tail, 0 head
//   fallback              pfn          order wanted|got<<8 types want|had<<8  1 if the pageblock changed hands
//   boot_free             pfn          order              -                   -
//   slab_alloc            object low   object high|gfp<<8 cache's slot        bytes asked for
//   slab_free             object low   object high        cache's slot        -
//   slab_new              pfn          order              cache's slot        objects
//   slab_discard          pfn          order              cache's slot        objects
//   kmalloc_large         pfn          order              -                   bytes asked for
//   kfree_large           pfn          order              -                   -
//   buddy_move            pfn          order              type of the list    -               to its tail
//   block_type            pfn          type               -                   -               of its pageblock
//   pcp_stock             pfn          order | type << 8  CPU                 -               behind the others
//   page_split            pfn          order              1: only a head of order 0 stays, the rest is freed next
//   page_join             pfn          order              -                   -
//   page_use              pfn          PAGE_ number       pid                 -
//   zone_refused          zone         order | type << 8  free frames seen    frames that must stay
//   page_fail             order        gfp                -                   -
//   slab_move             pfn          SLAB_ number       cache's slot        -
//   cache_new             cache's slot bytes an object takes  order | 16 if reclaimable | 32 if accounted | objects << 8    bytes asked for   text: its name
//   cache_end             cache's slot -                  -                   -
//   table_new             pfn          -                  -                   -
//   table_free            pfn          -                  -                   -
//   pte_set               table        index              low word            high word
//   boot_take             pfn          order              -                   -               reserved again
//   memblock              base low     base high | MEMBLOCK_ << 8  bytes low  bytes high
//   pte_run               table        index | entries << 9        low word   high word
//                                      | order << 20
//
// A pte_run is several pte_set side by side: each entry maps what lies 2^order frames behind that of the one before it.
// Of what memblock hands over, base is the lowest, and bytes are all of it.
//
// A block that leaves a per-CPU list or the buddy is in transit until page_alloc says whose it is; one that was freed is in
// transit until buddy_give, unless page_free says that it waits with the CPU. What an allocated page is used for follows
// its page_alloc: slab_new, kmalloc_large, page_use.

export const EV_PAGE_ALLOC = 1;
export const EV_PAGE_FREE = 2;
export const EV_BUDDY_TAKE = 3;
export const EV_PCP_DRAIN = 4;
export const EV_BUDDY_GIVE = 5;
export const EV_FALLBACK = 6;
export const EV_BOOT_FREE = 7;
export const EV_SLAB_ALLOC = 8;
export const EV_SLAB_FREE = 9;
export const EV_SLAB_NEW = 10;
export const EV_SLAB_DISCARD = 11;
export const EV_KMALLOC_LARGE = 12;
export const EV_KFREE_LARGE = 13;
export const EV_BUDDY_MOVE = 14;
export const EV_BLOCK_TYPE = 15;
export const EV_PCP_STOCK = 16;
export const EV_PAGE_SPLIT = 17;
export const EV_PAGE_JOIN = 18;
export const EV_PAGE_USE = 19;
export const EV_ZONE_REFUSED = 20;
export const EV_PAGE_FAIL = 21;
export const EV_SLAB_MOVE = 22;
export const EV_CACHE_NEW = 23;
export const EV_CACHE_END = 24;
export const EV_TABLE_NEW = 25;
export const EV_TABLE_FREE = 26;
export const EV_PTE_SET = 27;
export const EV_MEMBLOCK = 28;
export const EV_BOOT_TAKE = 29;
export const EV_PTE_RUN = 30;

/** What an allocated page is used for. */
export const PAGE_TABLE = 1;
export const PAGE_USER = 2;
export const PAGE_STACK = 3;

/** First byte of the object that two words name, and the flags that it was asked for with; 0 where nobody knows. */
export const objectAddress = (low: number, word: number): number =>
	(word & 255) * 2 ** 32 + (low >>> 0);
export const objectGfp = (word: number): number => word >>> 8;

/** Where a slab went. */
export const SLAB_CURRENT = 1; // this CPU's own
export const SLAB_CHAINED = 2; // head of this CPU's chain
export const SLAB_HEAD = 3; // head of the node's list
export const SLAB_TAIL = 4; // tail of the node's list
export const SLAB_FULL = 5; // on no list

/** What happened to a range of memory that nobody owns yet. */
export const MEMBLOCK_MEMORY = 1; // it exists
export const MEMBLOCK_RESERVED = 2; // it is taken
export const MEMBLOCK_REMOVED = 3; // it does not exist
export const MEMBLOCK_FREED = 4; // it is not taken any more
export const MEMBLOCK_HANDED = 5; // what is free goes to the buddy; nothing changes afterwards

/** The words b of a pte_run. */
export const runWord = (index: number, entries: number, order: number) =>
	index | (entries << 9) | (order << 20);
export const runIndex = (word: number): number => word & 511;
export const runEntries = (word: number): number => (word >>> 9) & 1023;
export const runFrames = (word: number): number => 1 << (word >>> 20); // from one entry to the next

/** Names of the codes, for reports; index = code. */
export const MM_EVENT_NAMES = [
	"",
	"page_alloc",
	"page_free",
	"buddy_take",
	"pcp_drain",
	"buddy_give",
	"fallback",
	"boot_free",
	"slab_alloc",
	"slab_free",
	"slab_new",
	"slab_discard",
	"kmalloc_large",
	"kfree_large",
	"buddy_move",
	"block_type",
	"pcp_stock",
	"page_split",
	"page_join",
	"page_use",
	"zone_refused",
	"page_fail",
	"slab_move",
	"cache_new",
	"cache_end",
	"table_new",
	"table_free",
	"pte_set",
	"memblock",
	"boot_take",
	"pte_run",
] as const;
