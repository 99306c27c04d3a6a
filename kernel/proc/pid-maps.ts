// /proc/PID/maps: the areas of a task's address space.
//
//   column 0                                                                 73
//   55911d2fe000-55911d300000 r--p 00000000 fe:00 260131                     /usr/bin/cat
//   7ffd29da9000-7ffd29dca000 rw-p 00000000 00:00 0                          [stack]
//   7f6406a00000-7f6406a21000 rw-p 00000000 00:00 0 _
//   start        end          |    offset   dev   inode
//                             read, write, execute, p for private or s for shared
//
// PM1: areas are in the order of their addresses and never overlap; start and end are multiples of 4096, end excluded.
// PM2: an area without a name ends with the blank after its inode. Names that no file has: [heap] [stack] [anon:NAME].
// [fs/proc/task_mmu.c show_map_vma]

import { hexPad, joinLines, left } from "./pad";
import { Scanner } from "./scan";

/** One area. */
export interface MapLine {
	/** First virtual address. */
	readonly start: number;
	/** First virtual address behind the area. */
	readonly end: number;
	readonly read: boolean;
	readonly write: boolean;
	readonly execute: boolean;
	readonly shared: boolean;
	/** Byte of the file that the area begins with; 0 without a file. */
	readonly offset: number;
	/** Device of the file: major and minor number. */
	readonly device: readonly [number, number];
	readonly inode: number;
	/** Path or pseudo name; empty when there is none. */
	readonly name: string;
}

const NAME_COLUMN = 73; // characters in front of a name
const LINE =
	/^([0-9a-f]{8,})-([0-9a-f]{8,}) ([r-])([w-])([x-])([ps]) ([0-9a-f]{8,}) ([0-9a-f]{2,}):([0-9a-f]{2,}) (\d+) +(\S.*)?$/;

/** The text of /proc/PID/maps. */
export function formatMaps(areas: readonly MapLine[]): string {
	return joinLines(areas.map(areaLine));
}

function areaLine(area: MapLine): string {
	const [major, minor] = area.device;
	const line =
		`${hexPad(area.start, 8)}-${hexPad(area.end, 8)} ${permissions(area)} ` +
		`${hexPad(area.offset, 8)} ${hexPad(major, 2)}:${hexPad(minor, 2)} ${area.inode} `;
	if (area.name === "") return line;
	return `${left(line, NAME_COLUMN - 1)} ${area.name}`;
}

const permissions = (area: MapLine): string =>
	(area.read ? "r" : "-") +
	(area.write ? "w" : "-") +
	(area.execute ? "x" : "-") +
	(area.shared ? "s" : "p");

/** What a /proc/PID/maps text says. Throws an Error naming the line that does not fit. */
export function parseMaps(text: string): MapLine[] {
	const scanner = new Scanner("maps", text);
	return scanner.rest(() => areaOf(scanner.take(LINE, "`START-END rwxp ...`")));
}

function areaOf(parts: readonly string[]): MapLine {
	const at = (index: number): string => parts[index] as string;
	const number = (index: number): number => Number.parseInt(at(index), 16);
	return {
		start: number(0),
		end: number(1),
		read: at(2) === "r",
		write: at(3) === "w",
		execute: at(4) === "x",
		shared: at(5) === "s",
		offset: number(6),
		device: [number(7), number(8)],
		inode: Number(at(9)),
		name: at(10),
	};
}
