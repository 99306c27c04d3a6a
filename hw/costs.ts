// What things cost, in cycles of the simulated clock: the one table.
//
// The figures are of the order that a 2 to 3 GHz x86-64 server shows; their ratios are what a scenario can rely on.
// Whoever does the work charges it to the CPU that did it, so time is the sum of what happened and nothing else.

/** Cycles of the simulated clock a second: one cycle is one nanosecond. */
export const CYCLES_PER_SECOND = 1_000_000_000;
/** Timer interrupts a second (CONFIG_HZ of the Debian kernel). */
export const HZ = 250;
/** Cycles between two timer interrupts: 4 milliseconds. */
export const CYCLES_PER_TICK = CYCLES_PER_SECOND / HZ;

export const COST_FAST_PATH = 20; // take an object off the CPU's freelist, or put it back
export const COST_SLOW_ALLOC = 120; // take over a partial slab
export const COST_SLOW_FREE = 60; // free to a slab that is not the CPU's own
export const COST_SHARED_LIST = 60; // take from a list that all CPUs share, or put to it, lock included
export const COST_NEW_SLAB = 400; // carve a fresh block into objects, beside the block itself
export const COST_LIST_STEP = 4; // follow one link of a list that is searched
export const COST_PCP = 40; // a page through the per-CPU list
export const COST_BUDDY = 150; // a block from or to the buddy lists, lock included
export const COST_SPLIT = 20; // one level of splitting or merging
export const COST_ZERO_PAGE = 400; // zero 4 KiB
export const COST_TLB_HIT = 1;
export const COST_WALK_LEVEL = 20; // one page-table entry read by the walker
export const COST_TLB_FLUSH_PAGE = 100; // INVLPG
export const COST_TLB_FLUSH = 300; // all entries of an address space
export const COST_IPI = 1500; // send, receive and acknowledge an inter-processor interrupt
export const COST_SYSCALL = 150; // enter and leave the kernel
export const COST_CALL = 100; // a call inside the kernel, with what a thread does before the next one
export const COST_INTERRUPT = 800; // enter and leave a timer interrupt
export const COST_SWITCH = 1200; // from one task to another
export const COST_FAULT = 1000; // enter and leave a page fault
