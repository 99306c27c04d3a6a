// Holds a fold against the machine whose events it got: every sentence is a difference.

import { asPfn, type Pfn } from "../../../../hw/units";
import type { Kernel } from "../../../../kernel";
import type { Fold } from "../../../../kernel/trace/fold/fold";
import { STATE_NAMES } from "../../../../kernel/trace/fold/frames";
import {
	PG_ANON,
	PG_BUDDY,
	PG_LARGE,
	PG_PCP,
	PG_SLAB,
	PG_STACK,
	PG_TABLE,
} from "../../../../mm/page";

const ORDERS = 11;
const TYPES = 5;
const PCP_LISTS = 14;

/** What the fold believes otherwise than the machine is. */
export function differences(fold: Fold, kernel: Kernel): string[] {
	return [
		...freeLists(fold, kernel),
		...cpuLists(fold, kernel),
		...blocks(fold, kernel),
		...caches(fold, kernel),
		...tables(fold, kernel),
		...tasks(fold, kernel),
		...memblock(fold, kernel),
	];
}

function memblock({ memblock }: Fold, { parts }: Kernel): string[] {
	const real = parts.memblock;
	const words = ({ base, end }: { base: number; end: number }) => [base, end];
	return [
		...same("memory", memblock.memory, real.memoryRanges().map(words)),
		...same("reserved", memblock.reserved, real.reservedRanges().map(words)),
		...same("handed over", memblock.isHandedOver, real.isHandedOver),
	];
}

function freeLists({ frames }: Fold, { mm }: Kernel): string[] {
	return mm.allocator.zones.flatMap(({ zone }, index) =>
		pairs(ORDERS, TYPES).flatMap(([order, type]) => {
			const real: Pfn[] = [];
			mm.lists.each(zone.words, zone.listAt(order, type), (pfn) => {
				real.push(pfn);
				return true;
			});
			const folded = frames.lists.members(frames.freeList(index, order, type));
			return same(`${zone.name} order ${order} type ${type}`, folded, real);
		}),
	);
}

function cpuLists({ frames }: Fold, { mm }: Kernel): string[] {
	return mm.allocator.zones.flatMap(({ zone, pcp }, index) =>
		mm.turn.cpus.flatMap(({ id }) => {
			const real: Pfn[][] = Array.from({ length: PCP_LISTS }, () => []);
			pcp.each(id, (pfn, list) => real[list]?.push(pfn));
			return real.flatMap((list, i) => {
				const at = frames.cpuList(id, index, i);
				const name = `${zone.name} cpu ${id} list ${i}`;
				return same(name, frames.lists.members(at), list);
			});
		}),
	);
}

/** State, order and context of each block, and the type of each pageblock. */
function blocks({ frames }: Fold, { mm }: Kernel): string[] {
	const found: string[] = [];
	const { pages } = mm;
	frames.eachBlock((head, count) => {
		const state = STATE_NAMES[frames.state[head] as number] as string;
		if (state === "reserved") return;
		const pfn = asPfn(head);
		const real = useOf(pages.flags(pfn));
		const name = `pfn ${head}`;
		found.push(...same(`${name} use`, state, real));
		found.push(...same(`${name} frames`, count, 2 ** pages.order(pfn)));
		if (real !== "free" && real !== "pcp")
			found.push(
				...same(`${name} context`, frames.context[head], pages.context(pfn)),
			);
		if (real === "user")
			found.push(
				...same(`${name} owner`, frames.owner[head], pages.private_(pfn)),
			);
	});
	for (let pfn = 0; pfn < frames.frames; pfn++) {
		if (!pages.has(pfn)) continue;
		const page = asPfn(pfn);
		if (pages.refcount(page) > 0 && frames.headOf(pfn) < 0)
			found.push(`pfn ${pfn} is in use, and the fold knows nothing of it`);
		if (pfn % 512 === 0)
			found.push(
				...same(
					`pageblock ${pfn}`,
					frames.blockTypes[pfn >>> 9],
					mm.blocks.type(page),
				),
			);
	}
	return found;
}

function useOf(flags: number): string {
	const uses: [number, string][] = [
		[PG_BUDDY, "free"],
		[PG_PCP, "pcp"],
		[PG_SLAB, "slab"],
		[PG_TABLE, "table"],
		[PG_ANON, "user"],
		[PG_LARGE, "kmalloc"],
		[PG_STACK, "stack"],
	];
	return uses.find(([flag]) => (flags & flag) !== 0)?.[1] ?? "pages";
}

/** First frames of the slabs of each cache, by its slot. */
function slabsByOwner({ objects, frames }: Fold): Map<number, number[]> {
	const found = new Map<number, number[]>();
	objects.eachSlab((slab) => {
		const owner = frames.owner[slab] as number;
		const slabs = found.get(owner);
		if (slabs) slabs.push(slab);
		else found.set(owner, [slab]);
	});
	return found;
}

function caches(fold: Fold, { mm }: Kernel): string[] {
	const { objects } = fold;
	const names = mm.caches.all().map(({ name }) => name);
	const found = same(
		"caches",
		objects.all().map(({ name }) => name),
		names,
	);
	const slabs = slabsByOwner(fold);
	for (const cache of mm.caches.all()) {
		const folded = objects.cache(cache.slot);
		if (folded === null) continue;
		const usage = cache.usage();
		const { name } = cache;
		found.push(...same(`${name} slabs`, folded.slabs, usage.slabs));
		found.push(...same(`${name} objects`, folded.total, usage.total));
		const active = folded.total - objects.freeListed(cache.slot);
		found.push(...same(`${name} active`, active, usage.active));
		const listed: Pfn[] = [];
		const currents: string[] = [];
		const chains = new Map<number, Pfn[]>();
		cache.eachListed((pfn, cpu, current) => {
			if (cpu < 0) listed.push(pfn);
			else if (current) currents.push(`${pfn} on ${cpu}`);
			else chains.set(cpu, [...(chains.get(cpu) ?? []), pfn]);
		});
		found.push(...same(`${name} list`, objects.listed(cache.slot), listed));
		for (const { id } of mm.turn.cpus)
			found.push(
				...same(
					`${name} chain of ${id}`,
					objects.chained(cache.slot, id),
					chains.get(id) ?? [],
				),
			);
		const foldedCurrents: string[] = [];
		for (const slab of slabs.get(cache.slot) ?? []) {
			if (objects.place[slab] === 1)
				foldedCurrents.push(`${slab} on ${objects.cpu[slab]}`);
			const used: number[] = [];
			objects.eachOf(slab, folded, ({ index }) => used.push(index));
			const real = cache
				.objectsInUse(asPfn(slab))
				.map((at) => Math.floor((at - slab * 4096) / folded.size));
			found.push(...same(`${name} slab ${slab}`, used, real));
		}
		found.push(
			...same(
				`${name} current`,
				foldedCurrents.sort().join(),
				currents.sort().join(),
			),
		);
	}
	return found;
}

/** Entries of the page tables that tasks have. */
function tables({ tasks }: Fold, { memory }: Kernel): string[] {
	return tasks.tableFrames().flatMap((pfn) => {
		const real = [...memory.wordsAt((pfn * 4096) as never, 1024)];
		return same(`table ${pfn}`, [...(tasks.table(pfn) ?? [])], real);
	});
}

function tasks({ tasks: folded }: Fold, kernel: Kernel): string[] {
	const { tasks, loop } = kernel.running;
	const real: string[] = [];
	for (let task = tasks.first(); task !== 0; task = tasks.next(task))
		real.push(`${tasks.pid(task)} ${tasks.name(task)}`);
	const known = [...folded.tasks.values()].map((it) => `${it.pid} ${it.name}`);
	return [
		...same("tasks", known.sort(), real.sort()),
		...same("tick", folded.tick, loop.ticks),
	];
}

function same(what: string, folded: unknown, real: unknown): string[] {
	const left = JSON.stringify(folded);
	const right = JSON.stringify(real);
	return left === right
		? []
		: [`${what}: folded ${left.slice(0, 200)}, real ${right.slice(0, 200)}`];
}

const pairs = (rows: number, columns: number): [number, number][] =>
	Array.from({ length: rows * columns }, (_, i) => [
		Math.floor(i / columns),
		i % columns,
	]);
