// /proc/vmstat: every counter of the memory manager, one `name value` a line.
//
//   nr_free_pages 53774        zone items, added up over the zones
//   numa_hit 7075              numa events, over zones and CPUs
//   nr_slab_reclaimable 2186   node items
//   nr_dirty_threshold 10485   computed when read
//   pgfree 79290               events, over the CPUs
//
// The names and their order are in mm/vmstat-names.ts. A text of another kernel may have others: reading takes any.
// [mm/vmstat.c vmstat_show]

import { joinLines } from "./pad";
import { type Amounts, Scanner, takeAmounts } from "./scan";

/** The text of /proc/vmstat: the fields in their own order. */
export function formatVmstat(fields: Amounts): string {
	return joinLines(
		Object.entries(fields).map(([name, value]) => `${name} ${value}`),
	);
}

/** What a /proc/vmstat text says, of any kernel. Throws an Error naming the line that does not fit. */
export function parseVmstat(text: string): Amounts {
	const scanner = new Scanner("vmstat", text);
	const fields = takeAmounts(scanner, /^(\w+) (\d+)$/);
	return scanner.done ? fields : scanner.refuse("`NAME NUMBER`");
}
