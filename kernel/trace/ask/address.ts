// Addresses and frames as people write them.
//
//   0x4d2000              physical, in bytes; decimal too
//   0xffff8880004d2000    the same byte where the kernel sees it; 0x may be left out
//   pfn:1234              the first byte of a frame; 0x... too
//
// AD1: what is returned lies inside the machine; everything else is an Error with one sentence.

import { DIRECT_MAP_BASE, type VirtAddr, virtText } from "../../../hw/units";
import type { TraceMachine } from "../header";

const PAGE_BYTES = 4096;
const KERNEL = /^(?:0x)?ffff([0-9a-f]{12})$/i;
const NUMBER = /^(?:0x[0-9a-f]+|\d+)$/i;

/** A frame in a text such as 1234, 0x4d2 or pfn:1234. */
export function parseFrame(text: string, machine: TraceMachine): number {
	const digits = text.replace(/^pfn:/, "");
	if (!NUMBER.test(digits))
		throw new Error(
			`"${text}" is no frame: give a frame number, such as 1234 or 0x4d2`,
		);
	const frame = Number(digits);
	if (frame < machine.frames) return frame;
	throw new Error(
		`there is no frame ${digits}: the machine has frames 0 to ${machine.frames - 1}`,
	);
}

/** A physical address in a text: see above for the forms. */
export function parseAddress(text: string, machine: TraceMachine): number {
	if (text.startsWith("pfn:")) return parseFrame(text, machine) * PAGE_BYTES;
	const kernel = KERNEL.exec(text)?.[1];
	if (kernel === undefined && !NUMBER.test(text))
		throw new Error(
			`"${text}" is no address: give a physical one such as 0x4d2000, one of the direct map such as ${pointer(0x4d2000)}, or pfn:1234`,
		);
	const address =
		kernel === undefined
			? Number(text)
			: Number.parseInt(kernel, 16) - DIRECT_MAP_BASE;
	const end = machine.frames * PAGE_BYTES;
	if (address >= 0 && address < end) return address;
	throw new Error(
		`${text} lies outside of the machine, whose memory ends at 0x${end.toString(16)} (${pointer(end)} in the direct map)`,
	);
}

/** Where the kernel sees a physical address: 0x and 16 digits. */
export const pointer = (address: number): string =>
	`0x${virtText((DIRECT_MAP_BASE + address) as VirtAddr)}`;

/** Name of the zone that a frame belongs to; that of the lowest one for frames below it. */
export function zoneName(pfn: number, { zones }: TraceMachine): string {
	const begun = zones.filter(({ start }) => start <= pfn);
	return (begun.at(-1) ?? zones[0])?.name ?? "";
}
