// The recorded caches, created on the recorded machines: every line of their /proc/slabinfo, oldest first.
//
//   slab.tsv      object size, alignment, flags          --> createCache -->  slot, order, objects per slab,
//                 aliases                                                     cpu_partial, min_partial, who shares
//   slabinfo      order of creation, newest first        <------------------  /proc/slabinfo
//
// What the recording does not tell is asked as it must have been: a cache whose directory is its own name does not merge
// (it has a constructor, or parts that programs may copy), one whose directory is `:A-0000192` or the like does. An alias
// is asked with the size, alignment and flags that the shared cache shows.
//
// slub_debug=F on the command line adds a flag to every cache, those that boot makes too.

import { expect } from "chai";
import type { Kernel } from "../../kernel/kernel";
import { GFP_KERNEL } from "../../mm/gfp";
import { type CacheWish, constructNothing } from "../../mm/slab-caches";
import {
	parseSlabinfo,
	type RecordedSlab,
	type RecordedSlabinfo,
	type Recording,
	recorded,
	recordedNames,
} from "../fixtures";
import { bootOn } from "./recorded";

/** Caches that boot makes for tasks: older here than in the recordings, where files and more come between. */
const MADE_EARLY = ["task_struct", "mm_struct", "vm_area_struct"];

/** The name that /proc/slabinfo has for a directory of /sys/kernel/slab: that of the oldest cache in it. */
function rootName(
	slab: RecordedSlab,
	lines: readonly RecordedSlabinfo[],
): string {
	const names = [slab.name, ...slab.aliasNames];
	const line = lines.find(({ name }) => names.includes(name));
	return line?.name ?? slab.aliasNames[0] ?? slab.name;
}

/**
 * Creates what the recording lists and boot has not made, oldest first, then every further name of a shared cache, and
 * what was made to fetch the recording, when /proc/slabinfo was read already.
 */
function createAll(kernel: Kernel, recording: Recording): void {
	const slabs = recording.slabs();
	const lines = recording.slabinfo("c");
	const byRoot = new Map(slabs.map((slab) => [rootName(slab, lines), slab]));
	const create = (name: string, slab: RecordedSlab): void => {
		if (kernel.findCache(name) === null)
			kernel.createCache(wishFor(name, slab));
	};
	for (const { name } of lines.reverse()) create(name, byRoot.get(name)!);
	for (const [root, slab] of byRoot)
		for (const name of [root, ...slab.aliasNames]) create(name, slab);
}

function wishFor(name: string, slab: RecordedSlab): CacheWish {
	return {
		name,
		size: slab.objectSize,
		align: slab.align,
		flags: slab.flags,
		mayMerge: slab.aliasNames.length > 0,
		...(slab.hasConstructor ? { ctor: constructNothing } : {}),
	};
}

for (const name of recordedNames())
	describe(`the caches of the recorded machine ${name}`, () => {
		const recording = recorded(name);
		const slabs = recording.slabs();
		const lines = recording.slabinfo("c");
		let kernel: Kernel;
		before(() => {
			kernel = bootOn(recording);
			createAll(kernel, recording);
		});

		it("stand in /proc/slabinfo in the recorded order with the recorded slots and slabs", () => {
			const known = lines.map((line) => line.name);
			const listed = (text: string): string[] =>
				parseSlabinfo(text)
					.filter((line) => known.includes(line.name))
					.filter((line) => !MADE_EARLY.includes(line.name))
					.map(
						(it) => `${it.name} ${it.size} ${it.objectCount} ${it.pageCount}`,
					);
			const theirs = listed(recording.text("slabinfo", "c"));
			expect(listed(kernel.proc("slabinfo"))).to.deep.equal(theirs);
			expect(theirs.length).to.be.at.least(140);
		});

		it("have the recorded order, objects, alignment and partial lists", () => {
			for (const slab of slabs) {
				const cache = kernel.findCache(rootName(slab, lines));
				const wanted = {
					objectSize: slab.objectSize,
					size: slab.size,
					align: slab.align,
					order: slab.order,
					objectCount: slab.objectCount,
					minPartial: slab.minPartial,
				};
				expect(cache?.geometry, slab.name).to.include(wanted);
				expect(cache?.geometry.cpuPartial).to.equal(slab.cpuPartial);
			}
		});

		it("share as the recorded ones do: each name leads to the cache that it leads to there", () => {
			const shared = slabs.filter((slab) => slab.aliasNames.length > 0);
			for (const slab of shared) {
				const root = kernel.findCache(rootName(slab, lines))!;
				for (const alias of slab.aliasNames)
					expect(kernel.findCache(alias), alias).to.equal(root);
				expect(root.record.refcount, slab.name).to.equal(
					slab.aliasNames.length,
				);
			}
			const isMerging = !recording.commandLine().includes("slab_nomerge");
			const several = shared.filter((slab) => slab.aliasNames.length > 1);
			expect(several.length > 0).to.equal(isMerging);
		});

		it("give objects and take them back", () => {
			for (const cache of kernel.caches()) {
				const object = cache.alloc(GFP_KERNEL);
				expect(object, cache.name).to.not.equal(0);
				cache.free(object);
			}
			expect(kernel.check()).to.deep.equal([]);
		});
	});
