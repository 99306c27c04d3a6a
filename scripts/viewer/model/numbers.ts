// Numbers as the page writes them.
//
//   frame 4096 --> 0x1000        physical address --> 0xffff888001000000, as the kernel prints it
//
// NU1: a number that was written in one of these forms is read back by the search (search.ts).

export { bytesText, counted, grouped } from "../../report/text";

const DIRECT_MAP = 0x888000000000; // without the ffff in front

/** A frame number. */
export const pfnText = (pfn: number): string => `0x${pfn.toString(16)}`;

/** A kernel address of physical memory. */
export const addressText = (address: number): string =>
	`0xffff${(DIRECT_MAP + address).toString(16)}`;

/** A virtual address of 48 bits. */
export const virtualText = (address: number): string =>
	address >= 2 ** 47
		? `0xffff${address.toString(16)}`
		: `0x${address.toString(16).padStart(12, "0")}`;

/** A difference: +12, -3, 0. */
export function signed(value: number): string {
	if (value === 0) return "0"; // also the 0 that is negative
	const text = value.toLocaleString("en");
	return value > 0 ? `+${text}` : text;
}
