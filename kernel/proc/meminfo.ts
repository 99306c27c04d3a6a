// /proc/meminfo: where the memory is, in kilobytes.
//
//   MemTotal:         468144 kB          name and colon in 16 columns, the value in 8, the unit
//   VmallocTotal:   34359738367 kB       a value that is wider pushes the unit to the right
//   HardwareCorrupted:     0 kB          a name that is wider takes from the value's columns
//   HugePages_Total:       0             the four counts of huge pages have no unit
//
// MI1: Slab = SReclaimable + SUnreclaim; KReclaimable = SReclaimable + other reclaimable kernel memory.
// MI2: MemTotal is what the zones manage: the RAM without the kernel image, the frame records and what firmware keeps.
// The names are those of Linux 6.1 in the Debian configuration. [fs/proc/meminfo.c meminfo_proc_show]

import { joinLines, left, right } from "./pad";
import { type Amounts, Scanner, takeAmounts } from "./scan";

/** The names of /proc/meminfo, top to bottom. */
export const MEMINFO_NAMES = [
	"MemTotal",
	"MemFree",
	"MemAvailable",
	"Buffers",
	"Cached",
	"SwapCached",
	"Active",
	"Inactive",
	"Active(anon)",
	"Inactive(anon)",
	"Active(file)",
	"Inactive(file)",
	"Unevictable",
	"Mlocked",
	"SwapTotal",
	"SwapFree",
	"Zswap",
	"Zswapped",
	"Dirty",
	"Writeback",
	"AnonPages",
	"Mapped",
	"Shmem",
	"KReclaimable",
	"Slab",
	"SReclaimable",
	"SUnreclaim",
	"KernelStack",
	"PageTables",
	"SecPageTables",
	"NFS_Unstable",
	"Bounce",
	"WritebackTmp",
	"CommitLimit",
	"Committed_AS",
	"VmallocTotal",
	"VmallocUsed",
	"VmallocChunk",
	"Percpu",
	"HardwareCorrupted",
	"AnonHugePages",
	"ShmemHugePages",
	"ShmemPmdMapped",
	"FileHugePages",
	"FilePmdMapped",
	"HugePages_Total",
	"HugePages_Free",
	"HugePages_Rsvd",
	"HugePages_Surp",
	"Hugepagesize",
	"Hugetlb",
	"DirectMap4k",
	"DirectMap2M",
	"DirectMap1G",
] as const;
export type MeminfoName = (typeof MEMINFO_NAMES)[number];
/** A value for every name; kB but for HugePages_*. */
export type MeminfoFields = Readonly<Record<MeminfoName, number>>;

const VALUE_END = 24; // column in which values end
const LINE = /^([\w()]+): +(\d+)(?: kB)?$/;

/** The text of /proc/meminfo: the fields in their own order. */
export function formatMeminfo(fields: Amounts): string {
	return joinLines(
		Object.entries(fields).map(([name, value]) => fieldLine(name, value)),
	);
}

function fieldLine(name: string, value: number): string {
	const label = name.length < 16 ? left(`${name}:`, 16) : `${name}: `;
	const unit = name.startsWith("HugePages_") ? "" : " kB";
	return `${label}${right(value, VALUE_END - label.length)}${unit}`;
}

/** What a /proc/meminfo text says, of any kernel. Throws an Error naming the line that does not fit. */
export function parseMeminfo(text: string): Amounts {
	const scanner = new Scanner("meminfo", text);
	const fields = takeAmounts(scanner, LINE);
	return scanner.done ? fields : scanner.refuse("`NAME: NUMBER kB`");
}
