// The page allocator: order-0 pairs beside kmalloc pairs, and blocks of random orders on a small and a large machine.

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

const aim = aimsOf(SECTION);

/** What the two kinds of pairs are held against. */
export function pairAims(series: readonly Series[]): Aim[] {
	const share = both(best(series, "pages"), best(series, "kmalloc"), ratio);
	return [aim("order-0 pair of a kmalloc pair", "ratio", PAIR_RATIO, share)];
}

/** What random orders on the two machines are held against. */
export function orderAims(series: readonly Series[]): Aim[] {
	const small = best(series, SMALL);
	const large = best(series, LARGE);
	const slower = both(small, large, Math.max);
	const share = both(large, small, ratio);
	return [
		aim("random orders, the slower machine", "ns", RANDOM_NS, slower),
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
	const entries = [SMALL, LARGE].map((memory) =>
		subjectEntry(memory, "page-ops", memory, opFile),
	);
	const results = await race(entries, plan.rounds);
	const ops = stream.opCount;
	const series = seriesOf(SECTION, stream.name, "ns/op", ops, results);
	return { series, aims: orderAims(series) };
}

/** Measures the page allocator. */
export async function pagesSection(plan: Plan): Promise<Findings> {
	return joined([await pairs(plan), await randomOrders(plan)]);
}
