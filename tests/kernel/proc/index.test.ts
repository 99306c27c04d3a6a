// Specification of /proc by name: which names there are, and what is said about others.

import { expect } from "chai";
import { asPfn, MIB, type PhysAddr } from "../../../hw/units";
import {
	isProcName,
	PROC_NAMES,
	type ProcSources,
	readProc,
} from "../../../kernel/proc";
import { parseBuddyinfo } from "../../../kernel/proc/buddyinfo";
import { parseIomem } from "../../../kernel/proc/iomem";
import { parseMeminfo } from "../../../kernel/proc/meminfo";
import { parsePagetypeinfo } from "../../../kernel/proc/pagetypeinfo";
import { parseStatus } from "../../../kernel/proc/pid-status";
import { parseSlabinfo } from "../../../kernel/proc/slabinfo";
import { parseVmstat } from "../../../kernel/proc/vmstat";
import { parseZoneinfo } from "../../../kernel/proc/zoneinfo";
import { NO_TASK, TASK_BYTES, TASKS_BYTES, Tasks } from "../../../kernel/task";
import { __GFP_ZERO, GFP_KERNEL } from "../../../mm/gfp";
import { VMA_BYTES, Vmas } from "../../../mm/vma";
import { bootMemory } from "./support";

/** A machine with one kernel thread and no page tables. */
function makeSources(): ProcSources {
	const memory = bootMemory(32 * MIB);
	const zeroed = (bytes: number): PhysAddr =>
		memory.kmalloc.kmalloc(bytes, GFP_KERNEL | __GFP_ZERO);
	const tasks = new Tasks(memory.memory, zeroed(TASKS_BYTES));
	tasks.add(zeroed(TASK_BYTES), "kthreadd", NO_TASK);
	const cache = { alloc: () => zeroed(VMA_BYTES), free: () => {} };
	return {
		memory,
		map: memory.machine.map,
		tables: { eachLeaf: () => {} },
		kernelRoot: asPfn(1),
		commandLine: "mem=32M quiet",
		version: "Linux version 6.1.0",
		tasks: {
			tasks,
			vmas: new Vmas(memory.memory, cache),
			spaces: {
				vmaList: (space) => space,
				totalPages: () => 0,
				rssPages: () => 0,
				peakRssPages: () => 0,
				tableBytes: () => 0,
			},
		},
	};
}

describe("/proc", () => {
	const sources = makeSources();
	const read = (name: string): string => readProc(sources, name);

	it("has every file of the list, each in its format", () => {
		expect(parseBuddyinfo(read("buddyinfo"))).to.have.length(2);
		expect(parseIomem(read("iomem"))).to.have.length.above(3);
		expect(parseMeminfo(read("meminfo")).MemTotal).to.be.within(25000, 32768);
		expect(parsePagetypeinfo(read("pagetypeinfo")).free).to.have.length(10);
		expect(parseSlabinfo(read("slabinfo"))).to.have.length.above(13);
		expect(parseVmstat(read("vmstat")).nr_free_pages).to.be.above(5000);
		expect(parseZoneinfo(read("zoneinfo"))).to.have.length(5);
		expect(read("cmdline")).to.equal("mem=32M quiet\n");
		expect(read("version")).to.equal("Linux version 6.1.0\n");
	});

	it("has two files for each task", () => {
		expect(parseStatus(read("1/status")).name).to.equal("kthreadd");
		expect(read("1/maps")).to.equal("");
		expect(() => read("2/maps")).to.throw("There is no task with pid 2.");
	});

	it("takes whole paths too", () => {
		expect(read("/proc/meminfo")).to.equal(read("meminfo"));
		expect(read("/proc/1/status")).to.equal(read("1/status"));
	});

	it("knows its names", () => {
		expect(PROC_NAMES).to.include.members(["zoneinfo", "PID/maps"]);
		for (const name of PROC_NAMES)
			expect(isProcName(name.replace("PID", "1")), name).to.equal(true);
		for (const name of ["", "x", "1/x", "x/maps", "toString", "1/status/"])
			expect(isProcName(name), name).to.equal(false);
	});

	it("says what there is when asked for something else", () => {
		expect(() => read("cpuinfo")).to.throw(
			'There is no /proc file "cpuinfo"; there are buddyinfo, cmdline, iomem, meminfo, pagetypeinfo, slabinfo, version, vmstat, zoneinfo, PID/maps, PID/status.',
		);
	});
});
