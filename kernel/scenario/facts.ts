// Facts: the values that expectations speak of, taken from the texts of /proc and from the tasks.
//
//   buddyinfo.ZONE.orderN | .pages                     free blocks, free pages
//   pagetypeinfo.ZONE.TYPE.orderN | .pages | .blocks   the same by migratetype; pageblocks of the type
//   slabinfo.CACHE.active_objs | num_objs | objsize | objperslab | pagesperslab | num_slabs
//   meminfo.NAME                                       kB
//   vmstat.NAME
//   zoneinfo.ZONE.free | min | low | high | spanned | present | managed | NAME | cpuN.count | cpuN.high | cpuN.batch
//   task.NAME.state | exit | pid | cpu | nice | pages | objects | allocations | failures | utime | stime
//   tasks.count | ended | killed                       machine.ticks | cycles | cpus
//
// A reading shows one moment: every text is read at most once, when it is first asked for.

import type { Cpu } from "../../hw/cpu";
import { parseBuddyinfo } from "../proc/buddyinfo";
import { parseMeminfo } from "../proc/meminfo";
import { parsePagetypeinfo } from "../proc/pagetypeinfo";
import { parseSlabinfo } from "../proc/slabinfo";
import { parseVmstat } from "../proc/vmstat";
import { parseZoneinfo, type ZoneInfo } from "../proc/zoneinfo";
import type { Running } from "../running";
import { EXIT_ZOMBIE, NO_TASK, TASK_RUNNING, type Task } from "../task";
import type { Fact } from "./expectation";
import { didYouMean } from "./validate";

/** What facts are read from. */
export interface FactRoot {
	/** The text of a file of /proc. */
	proc(name: string): string;
	readonly running: Running;
	readonly cpus: readonly Cpu[];
}

type Named = Readonly<Record<string, number>>;

const KIB = 1024;

/** The values of one moment. */
export class Reading {
	private readonly texts = new Map<string, string>();

	constructor(private readonly root: FactRoot) {}

	/** The facts at a place, several only for tasks of one name; a sentence when there is none. */
	look(parts: readonly string[]): readonly Fact[] | string {
		const [report, ...names] = parts;
		switch (report) {
			case "task":
				return this.task(names);
			case "buddyinfo":
				return this.buddyinfo(names);
			case "pagetypeinfo":
				return this.pagetypeinfo(names);
			case "slabinfo":
				return this.slabinfo(names);
			case "zoneinfo":
				return this.zoneinfo(names);
			default:
				return this.plain(report as string, names.join("."));
		}
	}

	/** Reads what `look` would, so that it can be compared with later. */
	keep(parts: readonly string[]): void {
		this.look(parts);
	}

	private plain(report: string, name: string): readonly Fact[] | string {
		if (report === "meminfo") {
			const all = parseMeminfo(this.text(report));
			return pick(report, all, name, all.MemTotal ?? 0, KIB);
		}
		if (report === "vmstat")
			return pick(report, parseVmstat(this.text(report)), name);
		if (report === "tasks") return pick(report, this.tasks(), name);
		return pick(report, this.machine(), name);
	}

	private buddyinfo([zone = "", name = ""]: string[]) {
		const zones = parseBuddyinfo(this.text("buddyinfo"));
		const line = zones.find((one) => one.zone === zone);
		return line
			? pick(`buddyinfo.${zone}`, blocks(line.counts), name)
			: noZone(zone, zones);
	}

	private pagetypeinfo([zone = "", type = "", name = ""]: string[]) {
		const info = parsePagetypeinfo(this.text("pagetypeinfo"));
		const line = info.free.find(
			(one) => one.zone === zone && one.type === type,
		);
		if (!line)
			return info.free.some((one) => one.zone === zone)
				? none("pagetypeinfo", type, info.types)
				: noZone(zone, info.free);
		const column = info.types.indexOf(type);
		const row = info.blocks.find((one) => one.zone === zone);
		const all = { ...blocks(line.counts), blocks: row?.counts[column] ?? 0 };
		return pick(`pagetypeinfo.${zone}.${type}`, all, name);
	}

	private slabinfo([cache = "", name = ""]: string[]) {
		const lines = parseSlabinfo(this.text("slabinfo"));
		const line = lines.find((one) => one.name === cache);
		if (!line)
			return none(
				"slabinfo",
				cache,
				lines.map((one) => one.name),
			);
		const columns = {
			active_objs: line.activeObjects,
			num_objs: line.objects,
			objsize: line.objectSize,
			objperslab: line.objectsPerSlab,
			pagesperslab: line.pagesPerSlab,
			active_slabs: line.activeSlabs,
			num_slabs: line.slabs,
		};
		return pick(`slabinfo.${cache}`, columns, name, line.objects);
	}

	private zoneinfo([zone = "", ...names]: string[]) {
		const zones = parseZoneinfo(this.text("zoneinfo"));
		const line = zones.find((one) => one.zone === zone);
		return line
			? pick(`zoneinfo.${zone}`, zoneValues(line), names.join("."))
			: noZone(zone, zones);
	}

	private task([name = "", value = ""]: string[]): readonly Fact[] | string {
		const { tasks } = this.root.running;
		const found: Fact[] = [];
		const known = new Set<string>();
		for (let at = tasks.first(); at !== NO_TASK; at = tasks.next(at)) {
			known.add(tasks.name(at));
			if (tasks.name(at) !== name) continue;
			const facts = this.taskFact(at, name, value);
			if (typeof facts === "string") return facts;
			found.push(...facts);
		}
		return found.length > 0
			? found
			: `there is no task "${name}"${didYouMean(name, [...known])}`;
	}

	private taskFact(
		task: Task,
		name: string,
		value: string,
	): readonly Fact[] | string {
		const { tasks } = this.root.running;
		const state = tasks.state(task);
		if (value === "state") return [fact(stateWord(state))];
		if (value === "exit" && state !== EXIT_ZOMBIE)
			return `task ${name} has not ended, it is ${stateWord(state)}`;
		const values = {
			exit: tasks.exitCode(task),
			pid: tasks.pid(task),
			cpu: tasks.cpu(task),
			nice: tasks.nice(task),
			pages: tasks.pages(task),
			objects: tasks.objects(task),
			allocations: tasks.allocations(task),
			failures: tasks.failures(task),
			utime: tasks.userCycles(task),
			stime: tasks.systemCycles(task),
		};
		return pick(`task.${name}`, values, value);
	}

	private tasks(): Named {
		const { count, ended, killed } = this.root.running.tasks;
		return { count, ended, killed };
	}

	private machine(): Named {
		const { running, cpus } = this.root;
		const cycles = Math.max(...cpus.map((cpu) => cpu.cycles));
		return { ticks: running.loop.ticks, cycles, cpus: cpus.length };
	}

	private text(name: string): string {
		const known = this.texts.get(name);
		if (known !== undefined) return known;
		const text = this.root.proc(name);
		this.texts.set(name, text);
		return text;
	}
}

const fact = (value: number | string, whole = 0, scale = 1): Fact => ({
	value,
	whole,
	scale,
});

function pick(
	report: string,
	values: Named,
	name: string,
	whole = 0,
	scale = 1,
): readonly Fact[] | string {
	const value = Object.hasOwn(values, name) ? values[name] : undefined;
	if (value === undefined) return none(report, name, Object.keys(values));
	return [fact(value, whole, scale)];
}

function none(report: string, name: string, known: readonly string[]): string {
	return `${report} has no "${name}"${didYouMean(name, known)}`;
}

function noZone(
	zone: string,
	lines: readonly { readonly zone: string }[],
): string {
	const names = [...new Set(lines.map((line) => line.zone))];
	return `there is no zone "${zone}"; there are ${names.join(", ")}`;
}

/** Free blocks by order, and all their pages. */
function blocks(counts: readonly number[]): Named {
	const values: Record<string, number> = {};
	let pages = 0;
	counts.forEach((count, order) => {
		values[`order${order}`] = count;
		pages += count * 2 ** order;
	});
	return { ...values, pages };
}

function zoneValues(zone: ZoneInfo): Named {
	const values: Record<string, number> = {};
	for (const [name, value] of Object.entries(zone))
		if (typeof value === "number") values[name] = value;
	Object.assign(values, zone.nodeStats, zone.stats);
	for (const { cpu, count, high, batch } of zone.pagesets) {
		values[`cpu${cpu}.count`] = count;
		values[`cpu${cpu}.high`] = high;
		values[`cpu${cpu}.batch`] = batch;
	}
	return values;
}

function stateWord(state: number): string {
	if (state === TASK_RUNNING) return "running";
	return state === EXIT_ZOMBIE ? "zombie" : "sleeping";
}
