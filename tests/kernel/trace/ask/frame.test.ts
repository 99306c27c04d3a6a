import { expect } from "chai";
import * as fc from "fast-check";
import { DEFAULT_IMAGE } from "../../../../hw/memory-map";
import { Statics } from "../../../../kernel/statics";
import {
	type FramePeriod,
	frameLife,
} from "../../../../kernel/trace/ask/frame";
import type { Fold } from "../../../../kernel/trace/fold/fold";
import { STATE_NAMES } from "../../../../kernel/trace/fold/frames";
import { EV_PAGE_USE } from "../../../../mm/events";
import { recordedTrace } from "../recorded";

const ROOT = new Statics(DEFAULT_IMAGE).root; // a table that nobody told of: it is part of the image

/** The period that goes on after event `moment`. */
function periodAt(
	periods: readonly FramePeriod[],
	moment: number,
): FramePeriod {
	const begun = periods.filter(({ from }) => (from?.event ?? -1) <= moment);
	return begun.at(-1) as FramePeriod;
}

/** What a fold says of a frame, in the words of a life; null between two states. */
function useAt({ frames, objects, memblock, tasks }: Fold, pfn: number) {
	const head = frames.headOf(pfn);
	if (head < 0) {
		const [start, end] = [pfn * 4096, (pfn + 1) * 4096];
		const isReserved = memblock.isReserved(start, end);
		if (memblock.isHandedOver && !isReserved) return null; // between two states
		if (isReserved && tasks.table(pfn) !== null && pfn !== ROOT)
			return { use: "table", type: null };
		const isUnclaimed = !isReserved && memblock.isMemory(start, end);
		return { use: isUnclaimed ? "memblock" : "reserved" };
	}
	const state = STATE_NAMES[frames.state[head] as number] as string;
	if (state === "transit" || state === "pages") return null;
	const order = frames.order[head] as number;
	if (state === "free" || state === "pcp")
		return { use: "free", list: state === "pcp" ? "cpu" : "zone", head, order };
	const cache =
		state === "slab"
			? objects.cache(frames.owner[head] as number)?.name
			: undefined;
	return { use: state, head, order, ...(cache && { cache }) };
}

describe("the life of a frame", () => {
	for (const name of ["buddy", "slab-life", "page-tables"])
		it(`agrees with the fold of ${name} at any moment`, () => {
			const trace = recordedTrace(name);
			const { frames } = trace.header.machine;
			const any = fc.record({
				pfn: fc.nat(frames - 1),
				moments: fc.array(fc.nat(trace.events - 1), { maxLength: 6 }),
			});
			const busy = [...busyFrames(name)];
			const some = fc.record({
				pfn: fc.constantFrom(...busy),
				moments: fc.array(fc.nat(trace.events - 1), { maxLength: 6 }),
			});
			fc.assert(
				fc.property(fc.oneof(any, some), ({ pfn, moments }) => {
					const { periods } = frameLife(trace, pfn);
					for (const moment of moments.sort((a, b) => a - b)) {
						const use = useAt(trace.foldAt(moment), pfn);
						if (use === null) continue;
						const period = periodAt(periods, moment);
						const { list, ...own } = use as { list?: string; use: string };
						const isToBeTable =
							own.use === "reserved" && period.use === "table";
						if (isToBeTable) continue; // FQ4: from when it was reserved
						if (list === undefined) expect(period).to.include(own);
						else {
							expect(period.use).to.equal("free");
							const place = period.places
								.filter(({ event }) => event <= moment)
								.at(-1);
							const { head, order } = use as { head: number; order: number };
							expect(place).to.include({ list, head, order });
						}
					}
				}),
				{ numRuns: 60 },
			);
		});

	it("FQ1: has no gap", () => {
		const trace = recordedTrace("slab-life");
		for (const pfn of busyFrames("slab-life")) {
			const { periods } = frameLife(trace, pfn);
			expect(periods[0]?.from).to.equal(null);
			expect(periods.at(-1)?.to).to.equal(null);
			for (let i = 1; i < periods.length; i++)
				expect(periods[i]?.from).to.equal(periods[i - 1]?.to);
		}
	});

	it("FQ2: has one owner from page_alloc to page_free", () => {
		const trace = recordedTrace("slab-life");
		for (const pfn of busyFrames("slab-life"))
			for (const { use, from, cache } of frameLife(trace, pfn).periods) {
				if (["reserved", "memblock", "free"].includes(use)) continue;
				expect(from?.name).to.equal("page_alloc");
				expect(cache !== null).to.equal(use === "slab");
			}
	});

	it("names the task of a stack and of its memory", () => {
		const trace = recordedTrace("page-tables");
		const owners = new Set<string>();
		for (const pfn of usedFrames("page-tables"))
			for (const { use, owner } of frameLife(trace, pfn).periods)
				if (owner !== null) owners.add(`${use} ${owner.name}`);
		for (const name of ["tourist", "vandal", "dreamer"])
			expect(owners).to.include(`stack ${name}`);
		expect(owners).to.include("user tourist");
	});

	it("FQ4: begins with memblock, and says who of boot took it", () => {
		const trace = recordedTrace("buddy");
		const uses = (pfn: number) =>
			frameLife(trace, pfn).periods.map(({ use, from }) => [
				use,
				from?.name ?? "",
				from?.path.at(-1) ?? "",
			]);
		const [table] = trace
			.foldAt(trace.events - 1)
			.tasks.tableFrames()
			.filter((pfn) => pfn !== ROOT)
			.slice(-1);
		expect(uses(table as number)).to.deep.equal([
			["reserved", "", ""],
			["memblock", "memblock", "e820__memblock_setup"],
			["table", "memblock", "init_mem_mapping"],
		]);
		expect(uses(4200).slice(0, 3)).to.deep.equal([
			["reserved", "", ""],
			["memblock", "memblock", "e820__memblock_setup"],
			["free", "boot_free", "mem_init"],
		]);
	});

	it("ends at the moment that is asked about", () => {
		const trace = recordedTrace("buddy");
		const { periods } = frameLife(trace, 4200, 10);
		expect(periods).to.have.length(1);
		expect(periods[0]?.use).to.equal("reserved");
	});
});

/** Frames that became a stack or a task's, the first twenty. */
function usedFrames(name: string): number[] {
	const trace = recordedTrace(name);
	const found: number[] = [];
	trace.each(0, trace.events, ({ codes, a }, index) => {
		if (codes[index] === EV_PAGE_USE) found.push(a[index] as number);
		return found.length >= 20;
	});
	return found;
}

/** Frames that somebody allocated, some twenty of them. */
function busyFrames(name: string): Set<number> {
	const trace = recordedTrace(name);
	const found: number[] = [];
	trace.each(0, trace.events, (columns, index) => {
		if (columns.codes[index] === 1) found.push(columns.a[index] as number);
	});
	const step = Math.max(1, Math.floor(found.length / 20));
	return new Set(found.filter((_, at) => at % step === 0));
}
