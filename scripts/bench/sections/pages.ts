// The page allocator: order-0 pairs beside kmalloc pairs, and blocks of random orders on a small and a large machine.
//
// The bare buddy is the floor: it does the least that a page allocator in JavaScript can do (bare-buddy.ts), and the aims
// show what it reaches.

import { subjectEntry } from "../contestant";
import { race } from "../race";
import type { Aim, Findings, Series } from "../report";
import { churnStream, pairStream } from "../streams";
import {
	aimsOf,
	best,
	both,
	joined,
	type Plan,
	ratio,
	seriesOf,
	writeOps,
} from "./section";

const SECTION = "pages";
const ORDER_MAX = 10;
const SLOTS = 12; // 2200 pages on average, a seventh of the small machine
const SMALL = "64M";
const LARGE = "8G";
const PAIR_RATIO = 1.5;
const RANDOM_NS = 60;
const SIZE_RATIO = 1.3;
const BARE = "bare buddy";

const aim = aimsOf(SECTION);

/** What the two kinds of pairs are held against. */
export function pairAims(series: readonly Series[]): Aim[] {
	const object = best(series, "kmalloc");
	const share = both(best(series, "pages"), object, ratio);
	const floor = both(best(series, BARE), object, ratio);
	const text = "order-0 pair of a kmalloc pair";
	return [{ ...aim(text, "ratio", PAIR_RATIO, share), floor }];
}

/** What random orders on the two machines are held against. */
export function orderAims(series: readonly Series[]): Aim[] {
	const small = best(series, SMALL);
	const large = best(series, LARGE);
	const slower = both(small, large, Math.max);
	const share = both(large, small, ratio);
	const floor = best(series, BARE);
	const text = "random orders, the slower machine";
	return [
		{ ...aim(text, "ns", RANDOM_NS, slower), floor },
		aim(`random orders, ${LARGE} of ${SMALL}`, "ratio", SIZE_RATIO, share),
	];
}

async function pairs(plan: Plan): Promise<Findings> {
	plan.progress("order-0 pairs");
	const pairCount = Math.ceil(500_000 * plan.scale);
	const page = pairStream(0, pairCount); // order 0
	const pageFile = writeOps(plan, "page-pair", page);
	const objectFile = writeOps(plan, "kmalloc-pair", pairStream(64, pairCount));
	const entries = [
		subjectEntry("pages", "page-ops", "1G", pageFile),
		subjectEntry("kmalloc", "kmalloc", objectFile),
		subjectEntry(BARE, "bare-buddy", "1G", pageFile),
	];
	const results = await race(entries, plan.rounds);
	const ops = page.opCount;
	const series = seriesOf(SECTION, "order-0 pair", "ns/op", ops, results);
	return { series, aims: pairAims(series) };
}

async function randomOrders(plan: Plan): Promise<Findings> {
	plan.progress("random orders");
	const stream = churnStream({
		name: "orders 0-10",
		slotCount: SLOTS,
		bytesMin: 0, // orders
		bytesMax: ORDER_MAX,
		opCount: Math.ceil(500_000 * plan.scale),
		seed: 3,
	});
	const opFile = writeOps(plan, "orders", stream);
	const entries = [
		...[SMALL, LARGE].map((memory) =>
			subjectEntry(memory, "page-ops", memory, opFile),
		),
		subjectEntry(BARE, "bare-buddy", SMALL, opFile),
	];
	const results = await race(entries, plan.rounds);
	const ops = stream.opCount;
	const series = seriesOf(SECTION, stream.name, "ns/op", ops, results);
	return { series, aims: orderAims(series) };
}

/** Measures the page allocator. */
export async function pagesSection(plan: Plan): Promise<Findings> {
	return joined([await pairs(plan), await randomOrders(plan)]);
}
