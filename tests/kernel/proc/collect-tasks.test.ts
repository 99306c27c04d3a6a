// Specification of what /proc says about tasks: who they are, and their memory as areas.

import { expect } from "chai";
import { PhysicalMemory } from "../../../hw/memory";
import { asPhys, asVirt } from "../../../hw/units";
import {
	collectMaps,
	collectStatus,
	committedPages,
	type TaskSources,
} from "../../../kernel/proc/collect-tasks";
import { formatMaps } from "../../../kernel/proc/pid-maps";
import {
	EXIT_ZOMBIE,
	NO_TASK,
	TASK_INTERRUPTIBLE,
	Tasks,
} from "../../../kernel/task";
import {
	VMA_ANONYMOUS,
	VMA_BYTES,
	VMA_HEAP,
	VMA_STACK,
	Vmas,
} from "../../../mm/vma";

const SPACE = asPhys(0x9000);
const INIT = asPhys(0x4000);
const CHILD = asPhys(0x6000);

const READ = 1;
const WRITE = 2;
const EXECUTE = 4;

type Area = readonly [
	start: number,
	end: number,
	permissions: number,
	kind: number,
];
const AREAS: readonly Area[] = [
	[0x400000, 0x402000, READ | EXECUTE, VMA_ANONYMOUS],
	[0x402000, 0x404000, READ | WRITE, VMA_HEAP],
	[0x600000, 0x800000, READ | WRITE, VMA_ANONYMOUS],
	[0x7ffff7ffe000, 0x7ffff7fff000, READ | WRITE, VMA_STACK],
];

/** Task 1, a kernel thread, and its child 2 with the areas above. */
function makeTasks(): TaskSources {
	const memory = new PhysicalMemory(new ArrayBuffer(65536), 65536);
	const tasks = new Tasks(memory, asPhys(4096));
	tasks.add(INIT, "kthreadd", NO_TASK);
	tasks.add(CHILD, "a name that is too long", INIT);
	tasks.setMm(CHILD, SPACE);
	let next = 0xa000;
	const alloc = () => {
		next += VMA_BYTES;
		return asPhys(next);
	};
	const vmas = new Vmas(memory, { alloc, free: () => {} });
	for (const [start, end, permissions, kind] of AREAS)
		vmas.insert(SPACE, SPACE, asVirt(start), asVirt(end), permissions, kind, 0);
	const spaces: TaskSources["spaces"] = {
		vmaList: (space) => space,
		totalPages: () => 517,
		rssPages: () => 100,
		peakRssPages: () => 200,
		tableBytes: () => 12288,
	};
	return { tasks, vmas, spaces };
}

describe("collected tasks", () => {
	it("have a line for each area", () => {
		const text = formatMaps(collectMaps(makeTasks(), 2));
		expect(
			text.split("\n").map((line) => line.replace(/ +/g, " ")),
		).to.deep.equal([
			"00400000-00402000 r-xp 00000000 00:00 0 ",
			"00402000-00404000 rw-p 00000000 00:00 0 [heap]",
			"00600000-00800000 rw-p 00000000 00:00 0 ",
			"7ffff7ffe000-7ffff7fff000 rw-p 00000000 00:00 0 [stack]",
			"",
		]);
	});

	it("have neither areas nor memory when they are kernel threads", () => {
		expect(collectMaps(makeTasks(), 1)).to.deep.equal([]);
		expect(collectStatus(makeTasks(), 1).memory).to.equal(null);
	});

	it("tell name, family and state", () => {
		const sources = makeTasks();
		expect(collectStatus(sources, 2)).to.include({
			name: "a name that is ",
			state: "R",
			pid: 2,
			parentPid: 1,
		});
		expect(collectStatus(sources, 1).parentPid).to.equal(0);
		sources.tasks.setState(CHILD, TASK_INTERRUPTIBLE);
		expect(collectStatus(sources, 2).state).to.equal("S");
		sources.tasks.setState(CHILD, EXIT_ZOMBIE);
		expect(collectStatus(sources, 2).state).to.equal("Z");
	});

	it("add the memory up", () => {
		const { memory } = collectStatus(makeTasks(), 2);
		expect(memory).to.include({ VmPeak: 2068, VmSize: 2068, VmHWM: 800 });
		expect(memory).to.include({ VmRSS: 400, RssAnon: 400, RssFile: 0 });
		expect(memory).to.include({ VmData: 2056, VmStk: 4, VmPTE: 12, VmSwap: 0 });
		expect(committedPages(makeTasks())).to.equal(515);
	});

	it("are refused when there is none of that number", () => {
		expect(() => collectStatus(makeTasks(), 7)).to.throw(
			"There is no task with pid 7.",
		);
	});
});
