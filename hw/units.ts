// Units of the machine: what kinds of numbers there are and how one becomes another.
//
//   PhysAddr  0 ............................. RAM end      byte address on the memory bus; 0 is NULL
//   Pfn       PhysAddr / 4096                              page frame number; 0 is NIL
//   VirtAddr  0 .. 2^47 - 1 user | 2^47 .. 2^48 - 1 kernel 48 bits, not sign-extended
//   KernelPointer in memory: 8 bytes, little endian, 0xffff888000000000 + PhysAddr
//
// All of them are plain numbers at run time. The brands exist only for the compiler, which
// then refuses a frame number where an address is meant.
//
// U1: frame 0 is never handed out, so 0 ends every list and means "none" for every kind.
// U2: a virtual address is kept as 48 bits; the kernel half prints with its ffff in front.

declare const unit: unique symbol;
/** Page frame number: physical address divided by 4096. */
export type Pfn = number & { readonly [unit]: "Pfn" };
/** Physical byte address. May pass 2^32 on machines with more than 4 GiB. */
export type PhysAddr = number & { readonly [unit]: "PhysAddr" };
/** Virtual byte address of 48 bits, kernel half unextended. */
export type VirtAddr = number & { readonly [unit]: "VirtAddr" };

export const PAGE_SHIFT = 12; // 4 KiB pages
export const PAGE_SIZE = 4096; // bytes
export const PAGE_WORDS = 1024; // 32-bit words in a page
export const NIL = 0 as Pfn; // ends every list of frames
export const NULL = 0 as PhysAddr; // what a failed allocation returns

export const KIB = 1024;
export const MIB = 1024 * 1024;
export const GIB = 1024 * 1024 * 1024;
/** Bytes that one 32-bit low pointer word can reach: a bank of RAM. */
export const BANK_BYTES = 2 ** 32;

/** High word of a stored kernel pointer into the first 4 GiB: 0xffff888000000000. */
export const DIRECT_MAP_HIGH = 0xffff8880 | 0;
/** First virtual address of the kernel's half, unextended. */
export const KERNEL_HALF = 2 ** 47;
/** Where physical address 0 appears in the kernel half (page_offset_base). */
export const DIRECT_MAP_BASE = 0x888000000000 as VirtAddr;
/** Where `struct page` of frame 0 appears in the kernel half (vmemmap_base). */
export const VMEMMAP_BASE = 0xea0000000000 as VirtAddr;

export const asPfn = (value: number): Pfn => value as Pfn;
export const asPhys = (value: number): PhysAddr => value as PhysAddr;
export const asVirt = (value: number): VirtAddr => value as VirtAddr;

export const physOf = (pfn: Pfn): PhysAddr => (pfn * 4096) as PhysAddr;
/** Frame that holds `address`; exact for every address below 2^43. */
export const pfnOf = (address: PhysAddr): Pfn => ((address / 4096) | 0) as Pfn;
export const directMap = (address: PhysAddr): VirtAddr =>
	(DIRECT_MAP_BASE + address) as VirtAddr;
/** Frames that `bytes` bytes need. */
export const pagesFor = (bytes: number): number => Math.ceil(bytes / 4096);

/** The number in two words, low then high; exact up to 2^53. */
export function readLong(words: Int32Array, at: number): number {
	const low = (words[at] as number) >>> 0;
	return (words[at + 1] as number) * 2 ** 32 + low;
}

/** Writes a number from 0 to 2^53 into two words, low then high. */
export function writeLong(words: Int32Array, at: number, value: number): void {
	words[at] = value;
	words[at + 1] = value / 2 ** 32;
}

/** Smallest order whose block holds `bytes` bytes (the kernel's get_order). */
export function orderFor(bytes: number): number {
	let order = 0;
	for (let size = PAGE_SIZE; size < bytes; size *= 2) order++;
	return order;
}

/** A kernel pointer as the kernel prints it: 16 hex digits of the direct map; NULL is zeros. */
export function pointerText(address: PhysAddr): string {
	if (address === 0) return "0000000000000000";
	return virtText(directMap(address));
}

/** A virtual address as 16 hex digits, kernel half sign-extended. */
export function virtText(address: VirtAddr): string {
	const digits = address.toString(16).padStart(12, "0");
	return (address >= KERNEL_HALF ? "ffff" : "0000") + digits;
}

/** Hexadecimal with 0x in front, as the kernel's %#lx. */
export const hex = (value: number): string => `0x${value.toString(16)}`;

/** The character at `at` of a text as a byte of ASCII; a question mark for what is none. */
export function asciiAt(text: string, at: number): number {
	const code = text.charCodeAt(at);
	return code < 128 ? code : 63;
}
