// All auditors over one kernel.
//
// Each recounts its subject from raw memory and trusts nothing that the subject counts itself; the sentences begin with the
// number of the invariant that is broken. They only read: without them the machine still runs.

import { NULL, type PhysAddr } from "../hw/units";
import { checkBuddy } from "../mm/check/buddy-check";
import { checkMemblock } from "../mm/check/memblock-check";
import { PageTableCheck } from "../mm/check/page-table-check";
import { checkSlabs } from "../mm/check/slab-check";
import { NR_PAGE_TABLE_PAGES } from "../mm/vmstat-names";
import type { KernelParts } from "./parts";
import { NO_TASK } from "./task";

/** One sentence for each broken invariant; none on a sound machine. */
export function auditKernel(parts: KernelParts): string[] {
	return [
		...checkMemblock(parts.memblock),
		...checkBuddy(parts.mm),
		...checkSlabs(parts.mm),
		...checkDesign(parts),
		...checkPageTables(parts),
	];
}

/** SLUB's slabs are audited in any case. */
function checkDesign({ objects }: KernelParts): string[] {
	return objects.rootAddress === NULL ? [] : objects.check();
}

function checkPageTables(parts: KernelParts): string[] {
	const { machine, mm, paging, record, statics } = parts;
	const check = new PageTableCheck(
		machine.memory,
		mm.pages,
		paging.spaces,
		paging.vmas,
	);
	const counted = mm.counters.node(NR_PAGE_TABLE_PAGES) + record.kernelTables;
	return check.check(statics.root, livingSpaces(parts), counted);
}

/** The address space of every task that has one, each once. */
function livingSpaces({ running }: KernelParts): PhysAddr[] {
	const { tasks } = running;
	const spaces = new Set<PhysAddr>();
	for (let task = tasks.first(); task !== NO_TASK; task = tasks.next(task))
		if (tasks.mm(task) !== 0) spaces.add(tasks.mm(task));
	return [...spaces];
}
