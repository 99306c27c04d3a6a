// Specification of recordings: the small ones of the fixtures, and the large ones where they are.
//
// What only the large ones have is checked here over all of them: frame flags against buddyinfo and slabinfo, machines
// that were recorded with the kernel at a random place, caches of two CPUs, snapshots between.

import { expect } from "chai";
import { boot } from "../../../../kernel/boot";
import type { Kernel } from "../../../../kernel/kernel";
import {
	cacheWishes,
	geometryDifferences,
} from "../../../../kernel/replay/snapshot/caches";
import { zoneDifferences } from "../../../../kernel/replay/snapshot/force-zones";
import { KPF_RESERVED } from "../../../../kernel/replay/snapshot/kpageflags";
import {
	machineOptions,
	machineTuning,
} from "../../../../kernel/replay/snapshot/machine";
import { Recording } from "../../../../kernel/replay/snapshot/recording";
import type { Snapshot } from "../../../../kernel/replay/snapshot/snapshot";
import { textSource } from "../../../../kernel/replay/snapshot/source";
import { GFP_KERNEL } from "../../../../mm/gfp";
import { SLAB_DEBUG_FLAGS } from "../../../../mm/slab-geometry";
import { recorded } from "../../../fixtures";
import { traceNames, traceRecording } from "./traces";

const SLABS_APART_MAX = 8; // slabs that come or go between slabinfo and the flags

/** Slabs by order, from the frame flags and from slabinfo. */
function slabCounts(snapshot: Snapshot): {
	flags: number[];
	slabinfo: number[];
} {
	const flags = new Array<number>(11).fill(0);
	for (const order of snapshot.slabBlocks!.blocks.orders) flags[order]!++;
	const slabinfo = new Array<number>(11).fill(0);
	for (const { pagesPerSlab, slabs } of snapshot.slabinfo!)
		slabinfo[Math.log2(pagesPerSlab)]! += slabs;
	return { flags, slabinfo };
}

describe("kernel/replay/snapshot/recording", () => {
	it("has a machine, caches and snapshots, each made once", () => {
		const { whole } = recorded("m5-files-512m");
		expect(whole.machine).to.equal(whole.machine);
		expect(whole.caches).to.equal(whole.caches);
		expect(whole.snapshot("c")).to.equal(whole.snapshots[1]);
		expect(whole.snapshot("b")).to.equal(undefined);
		expect(whole.attributes!.length).to.equal(162);
	});

	it("may have nothing", () => {
		const empty = new Recording("empty", textSource({}));
		expect(empty.snapshots).to.deep.equal([]);
		expect(empty.caches).to.deep.equal([]);
		expect(empty.attributes).to.equal(undefined);
		expect(() => empty.machine).to.throw("The recording tells nothing");
	});
});

for (const name of traceNames())
	describe(`the large recording ${name}`, () => {
		let recording: Recording;
		let kernel: Kernel;
		before(() => {
			recording = traceRecording(name);
			kernel = boot(machineOptions(recording.machine, { traceBuffer: false }));
		});

		it("tells everything but the kernel's configuration", () => {
			expect(recording.machine.lacks).to.have.length(1);
			expect(recording.machine.lacks[0]).to.include(
				"There is no configuration",
			);
		});

		it("makes a machine whose zones have the recorded sizes, but for the managed pages", () => {
			expect(kernel.check()).to.deep.equal([]);
			const differ = zoneDifferences(kernel.mm.zones, recording.machine.zones);
			expect(differ.filter(({ what }) => what !== "managed")).to.deep.equal([]);
		});

		it("makes caches of the recorded geometry under the recorded names", () => {
			const { caches, machine } = recording;
			const made = (name: string): boolean => kernel.findCache(name) !== null;
			const byBoot = new Set(caches.map((it) => it.name).filter(made));
			const { wishes, cacheOf } = cacheWishes(caches, made);
			for (const wish of wishes) kernel.createCache(wish);
			const tuning = machineTuning(machine);
			for (const cache of caches) {
				const own = kernel.findCache(cacheOf.get(cache.name)!)!;
				const differ = geometryDifferences(cache, tuning, own.geometry).filter(
					({ what }) => {
						const isChecked = (cache.flags & SLAB_DEBUG_FLAGS) !== 0;
						const isOwn = byBoot.has(cache.name);
						return !(isChecked && isOwn && what.startsWith("cpuPartial"));
					},
				);
				expect(differ).to.deep.equal([]);
				const object = own.alloc(GFP_KERNEL);
				expect(object).to.not.equal(0);
				own.free(object);
			}
			expect(kernel.check()).to.deep.equal([]);
		});

		it("has whole snapshots in the order of time", () => {
			const { snapshots } = recording;
			expect(snapshots[0]!.name).to.equal("a");
			for (const [at, snapshot] of snapshots.entries()) {
				const { marks, nanoseconds } = snapshot;
				if (at > 0)
					expect(nanoseconds).to.be.above(snapshots[at - 1]!.nanoseconds!);
				const told = marks.map(({ text }) => text);
				expect(told).to.include(snapshot.doneText("kpageflags"));
				expect(snapshot.pagetypeinfo!.free.length).to.be.above(0);
				expect(snapshot.meminfo!.MemTotal).to.be.above(0);
				expect(snapshot.vmstat!.nr_free_pages).to.be.above(0);
				expect(snapshot.iomem!.length).to.be.above(5);
				for (const slab of snapshot.slabs ?? [])
					expect(slab.use).to.not.equal(null);
			}
		});

		it("has the free blocks that buddyinfo counts, in every snapshot", () => {
			for (const snapshot of recording.snapshots)
				expect(snapshot.freeDifferences(), snapshot.name).to.deep.equal([]);
		});

		it("has as many frames as the zones have pages, and slabs as slabinfo has, give or take a few", () => {
			const present = recording.machine.zones.reduce(
				(sum, zone) => sum + zone.present,
				0,
			);
			for (const snapshot of recording.snapshots) {
				const flags = snapshot.flags!;
				expect(flags.frameCount).to.equal(present);
				expect(flags.framesWith(KPF_RESERVED)).to.be.above(0);
				expect(snapshot.slabBlocks!.torn).to.deep.equal([]);
				const counts = slabCounts(snapshot);
				counts.flags.forEach((slabs, order) => {
					const theirs = counts.slabinfo[order]!;
					const apart = Math.abs(slabs - theirs);
					expect(apart, snapshot.name).to.be.at.most(SLABS_APART_MAX);
				});
			}
		});
	});
