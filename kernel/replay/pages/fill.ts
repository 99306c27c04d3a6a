// Filling a ground with the start state of a recorded kernel.
//
//   types of pageblocks
//   free blocks          to the tails of their lists, one after the other
//   pages on lists       to the tails of the CPUs' lists
//   all other frames     that were handed out there: in use, as single pages or, where the flags show them, as compound ones
//
// FI1: afterwards free blocks by zone, order and type are the recorded ones, and the auditors have nothing to say.
// FI2: slabs are left out unless asked for: whoever copies the objects takes them over.

import type { Pfn } from "../../../hw/units";
import { __GFP_COMP, GFP_KERNEL } from "../../../mm/gfp";
import { PAGEBLOCK_FRAMES, PAGEBLOCK_ORDER } from "../../../mm/pageblock";
import type { Kernel } from "../../kernel";
import {
	type FrameFlags,
	KPF_COMPOUND_HEAD,
	KPF_COMPOUND_TAIL,
	KPF_RESERVED,
	KPF_SLAB,
} from "../snapshot/kpageflags";
import { FrameMap } from "./frame-map";
import type { StartState } from "./start-state";

const LIST_ORDER_MAX = 10;

/** How a ground is filled. */
export interface FillOptions {
	/** Takes the frames of slabs too, as nobody's. Default false. */
	readonly withSlabs?: boolean;
}

/** Fills the ground of a kernel; returns the map of its frames. */
export function fillGround(
	kernel: Kernel,
	start: StartState,
	flags: FrameFlags,
	options: FillOptions = {},
): FrameMap {
	const { mm } = kernel;
	const map = new FrameMap(mm.pages.frameCount);
	setTypes(kernel, start);
	for (const { pfn, order, type } of start.blocks)
		mm.allocator.adopt(pfn as Pfn, order, type);
	for (const { cpu, order, type, pfns } of start.stocks)
		for (const pfn of pfns) {
			const { zone, pcp } = mm.allocator.zoneOf(pfn as Pfn);
			zone.setManaged(zone.managed + (1 << order));
			pcp.stock(
				Math.min(cpu, mm.turn.cpus.length - 1),
				pfn as Pfn,
				order,
				type,
			);
		}
	new Occupier(kernel, start, flags, map).run(options.withSlabs === true);
	setThresholds(kernel, start);
	return map;
}

function setTypes(kernel: Kernel, { types, zones }: StartState): void {
	const { blocks } = kernel.mm;
	for (const { start, end } of zones.all) {
		const first = start & ~(PAGEBLOCK_FRAMES - 1);
		for (let pfn = first; pfn < end; pfn += PAGEBLOCK_FRAMES)
			blocks.setType(pfn as Pfn, types[pfn >> PAGEBLOCK_ORDER] as number);
	}
}

/** From here on each CPU tells late of changes of the free frames, as it did there. */
function setThresholds(kernel: Kernel, { zones }: StartState): void {
	for (const { index, info } of zones.all) {
		const threshold = info.pagesets[0]?.statThreshold ?? 0;
		kernel.mm.zones[index]?.setStatThreshold(threshold);
	}
}

/** Puts the frames in use in their places. */
class Occupier {
	constructor(
		private readonly kernel: Kernel,
		private readonly start: StartState,
		private readonly flags: FrameFlags,
		private readonly map: FrameMap,
	) {}

	run(withSlabs: boolean): void {
		const { flags } = this;
		for (let run = 0; run < flags.length; run++) {
			const isSlab = flags.has(run, KPF_SLAB) && !withSlabs;
			if (isSlab || flags.has(run, KPF_RESERVED)) continue;
			if (!this.takeCompound(run)) this.takeSingles(run);
		}
	}

	/** A run that is one compound head, with its tails. */
	private takeCompound(run: number): boolean {
		const { flags } = this;
		const first = flags.starts[run] as number;
		const isHead = flags.has(run, KPF_COMPOUND_HEAD) && flags.counts[run] === 1;
		const hasTails =
			run + 1 < flags.length &&
			flags.starts[run + 1] === first + 1 &&
			flags.has(run + 1, KPF_COMPOUND_TAIL);
		if (!isHead || !hasTails) return false;
		const frames = 1 + (flags.counts[run + 1] as number);
		const order = Math.log2(frames);
		const fits =
			Number.isInteger(order) &&
			order <= LIST_ORDER_MAX &&
			first % frames === 0 &&
			this.areFree(first, frames);
		if (fits) this.seize(first, order, GFP_KERNEL | __GFP_COMP);
		return fits;
	}

	private areFree(first: number, frames: number): boolean {
		for (let pfn = first; pfn < first + frames; pfn++)
			if (!this.isVacant(pfn)) return false;
		return true;
	}

	private takeSingles(run: number): void {
		const first = this.flags.starts[run] as number;
		const end = first + (this.flags.counts[run] as number);
		for (let pfn = first; pfn < end; pfn++)
			if (this.isVacant(pfn)) this.seize(pfn, 0, GFP_KERNEL);
	}

	/** A frame of the zones that nobody has yet. */
	private isVacant(pfn: number): boolean {
		const { pages } = this.kernel.mm;
		return (
			this.start.idle[pfn] === 0 &&
			pages.has(pfn) &&
			pages.refcount(pfn as Pfn) === 0 &&
			pages.flags(pfn as Pfn) === 0
		);
	}

	private seize(pfn: number, order: number, gfp: number): void {
		const type = this.start.types[pfn >> PAGEBLOCK_ORDER] as number;
		this.kernel.mm.allocator.seize(pfn as Pfn, order, type, gfp);
		this.map.keep(pfn, 1 << order);
	}
}
