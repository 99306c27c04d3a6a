// Event codes of the machine, and what the four words of each record mean.
//
//   code          a                  b                           c              d
//   -----------------------------------------------------------------------------------------
//   text          sixteen letters in front of the record that they belong to (recorder.ts)
//   tlb_miss      page, low 32 bits  page, high | asid << 8      access         -
//   tlb_flush     page, low 32 bits  page, high | asid << 8      pages; 0: all  CPU that forgets
//   pte_mark      table              index                       bits set       -
//
// A page is a virtual address without its lower 12 bits: 36 bits, of which the high word has four.

import { EV_TEXT } from "./recorder";

export { EV_TEXT };
export const EV_TLB_MISS = 65;
export const EV_TLB_FLUSH = 66;
export const EV_PTE_MARK = 67;

/** Names of the codes from `text` on, for reports. */
export const HW_EVENT_NAMES = [
	"text",
	"tlb_miss",
	"tlb_flush",
	"pte_mark",
] as const;

/** The two words that name a page of an address space in a record. */
export const pageLow = (va: number): number => Math.floor(va / 4096) | 0;
export const pageHigh = (va: number, tag: number): number =>
	Math.floor(va / 2 ** 44) | (tag << 8);
/** Virtual address of the page that two words of a record name. */
export const pageAddress = (low: number, high: number): number =>
	((high & 255) * 2 ** 32 + (low >>> 0)) * 4096;
