// Event codes of the memory manager, and what the four words of each record mean.
//
//   code                  a            b                  c                  d
//   ------------------------------------------------------------------------------------------
//   page_alloc            pfn          order | type << 8  gfp                -
//   page_free             pfn          order              -                  -
//   buddy_take            pfn          order | type << 8  order of the block 1 if per-CPU lists take such
//   pcp_drain             pfn          order | type << 8  -                  -
//   buddy_give            pfn          order as merged    type of the list   1 tail, 0 head
//   fallback              pfn          order wanted|got<<8 types want|had<<8 1 if the pageblock changed hands
//   boot_free             pfn          order              -                  -
//   slab_alloc, slab_free object low   object high        cache's slot       bytes asked for
//   slab_new              pfn          order              cache's slot       objects
//   slab_discard          pfn          order              cache's slot       objects
//   kmalloc_large         pfn          order              -                  bytes asked for
//   kfree_large           pfn          order              -                  -
//
// A page table or a page of a program is a page_alloc like any other: these records do not say yet what it is for.

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
] as const;
