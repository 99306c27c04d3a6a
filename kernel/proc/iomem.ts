// /proc/iomem: who lives where on the physical address bus, as a tree.
//
//   00100000-1ffd9fff : System RAM          first and last byte, at least 8 digits each
//     01000000-01e01d31 : Kernel code       two blanks a level
//
// R1: a range lies inside its parent, and ranges of one level are in the order of their first bytes.
// The kernel shows zeros instead of addresses to those who may not know them; here everybody is root.
// [kernel/resource.c r_show]

import { hexPad, joinLines } from "./pad";
import { Scanner } from "./scan";

/** A range of physical addresses with a name. */
export interface Resource {
	/** First byte. */
	readonly start: number;
	/** Last byte, still inside. */
	readonly end: number;
	readonly name: string;
	readonly children: readonly Resource[];
}

const LINE = /^((?: {2})*)([0-9a-f]{8,})-([0-9a-f]{8,}) : (.*)$/;

/** The text of /proc/iomem. */
export const formatIomem = (ranges: readonly Resource[]): string =>
	joinLines(resourceLines(ranges, ""));

const resourceLines = (ranges: readonly Resource[], indent: string): string[] =>
	ranges.flatMap(({ start, end, name, children }) => [
		`${indent}${hexPad(start, 8)}-${hexPad(end, 8)} : ${name}`,
		...resourceLines(children, `${indent}  `),
	]);

interface Draft extends Resource {
	readonly children: Draft[];
}

/** What a /proc/iomem text says. Throws an Error naming the line that does not fit. */
export function parseIomem(text: string): Resource[] {
	const scanner = new Scanner("iomem", text);
	const top: Draft[] = [];
	const levels = [top]; // levels[n] collects the ranges of indentation n that are open
	while (!scanner.done) {
		const [indent, start, end, name] = scanner.take(
			LINE,
			"`START-END : NAME` in hexadecimal",
		) as [string, string, string, string];
		const siblings = levels[indent.length / 2];
		if (!siblings) throw new Error(`iomem: "${name}" is indented too far.`);
		const range: Draft = {
			start: Number.parseInt(start, 16),
			end: Number.parseInt(end, 16),
			name,
			children: [],
		};
		siblings.push(range);
		levels.length = indent.length / 2 + 1;
		levels.push(range.children);
	}
	return top;
}
