// The difference between two moments, signed: after minus before.
//
//   A (before) ---- B (after)        +  came between them        -  went
//
// CH1: the order is that of time, whichever marker was set first: a number with + is always growth.

import type { Fold } from "../../../kernel/trace/fold/fold";
import { USER } from "../../../kernel/trace/fold/frames";

/** A number at both moments. */
export interface Change {
	readonly group: "memory" | "cache" | "task";
	readonly name: string;
	readonly unit: string;
	readonly before: number;
	readonly after: number;
	/** Slot or pid, for those that have one. */
	readonly key: number;
}

/** Everything that is not the same at both moments, the largest change of each group first. */
export function changesBetween(
	before: Fold,
	after: Fold,
	taskName: (pid: number) => string,
): Change[] {
	return [
		...memoryChanges(before, after),
		...sorted(cacheChanges(before, after)),
		...sorted(taskChanges(before, after, taskName)),
	].filter((change) => change.before !== change.after);
}

function memoryChanges(before: Fold, after: Fold): Change[] {
	const free = before.frames.zones.map(({ name }, zone) => ({
		...memory(`free ${name}`, "pages"),
		before: before.frames.freeFrames(zone),
		after: after.frames.freeFrames(zone),
	}));
	const both = (name: string, unit: string, of: (fold: Fold) => number) => ({
		...memory(name, unit),
		before: of(before),
		after: of(after),
	});
	return [
		...free,
		both("slab", "pages", (fold) => sum(fold, "frames")),
		both("objects in use", "objects", (fold) => sum(fold, "active")),
		both("page tables", "pages", ({ tasks }) => tasks.tableFrames().length),
		both("tasks", "tasks", ({ tasks }) => tasks.tasks.size),
		both("faults", "faults", ({ tasks }) => tasks.faults),
	];
}

const memory = (name: string, unit: string) =>
	({ group: "memory", name, unit, key: -1 }) as const;

const sum = ({ objects }: Fold, field: "frames" | "active"): number =>
	objects.all().reduce((total, cache) => total + cache[field], 0);

function cacheChanges(before: Fold, after: Fold): Change[] {
	const slots = new Set([...before.objects.ages, ...after.objects.ages]);
	return [...slots].map((key) => {
		const old = before.objects.cache(key);
		const young = after.objects.cache(key);
		return {
			group: "cache" as const,
			name: (young ?? old)?.name ?? "",
			unit: "objects",
			before: old?.active ?? 0,
			after: young?.active ?? 0,
			key,
		};
	});
}

function taskChanges(
	before: Fold,
	after: Fold,
	taskName: (pid: number) => string,
): Change[] {
	const old = pagesByTask(before);
	const young = pagesByTask(after);
	return [...new Set([...old.keys(), ...young.keys()])].map((key) => ({
		group: "task" as const,
		name: `${taskName(key)} (${key})`,
		unit: "pages",
		before: old.get(key) ?? 0,
		after: young.get(key) ?? 0,
		key,
	}));
}

/** Pages of each task's memory. */
export function pagesByTask({ frames }: Fold): Map<number, number> {
	const pages = new Map<number, number>();
	frames.eachBlock((head, count) => {
		if (frames.state[head] !== USER) return;
		const pid = frames.owner[head] as number;
		pages.set(pid, (pages.get(pid) ?? 0) + count);
	});
	return pages;
}

const sorted = (changes: Change[]): Change[] =>
	changes.sort(
		(one, other) =>
			Math.abs(other.after - other.before) - Math.abs(one.after - one.before),
	);
