import { expect } from "chai";
import { layGround } from "../../../kernel/replay/ground";
import { geometryDifferences } from "../../../kernel/replay/snapshot/caches";
import {
	type FrameFlags,
	KPF_RESERVED,
} from "../../../kernel/replay/snapshot/kpageflags";
import { machineTuning } from "../../../kernel/replay/snapshot/machine";
import { traceNames, traceRecording } from "./snapshot/traces";

/** Whether a frame was handed out in the recording. */
function isHandedOut(flags: FrameFlags, pfn: number): boolean {
	const run = flags.runOf(pfn);
	return run >= 0 && !flags.has(run, KPF_RESERVED);
}

describe("the ground of a replay", () => {
	for (const name of traceNames())
		it(`of ${name} is a sound kernel beside what was handed out there`, () => {
			const recording = traceRecording(name);
			const flags = recording.snapshot("a")!.flags!;
			const { kernel, cacheOf } = layGround(recording, flags);
			expect(kernel.check()).to.deep.equal([]);
			const { pages, zones } = kernel.mm;
			const inUse: number[] = [];
			for (const zone of zones) {
				expect(zone.free, "GR2").to.equal(0);
				for (let pfn: number = zone.start; pfn < zone.end; pfn++)
					if (pages.has(pfn) && isHandedOut(flags, pfn))
						if (pages.refcount(pfn as never) !== 0) inUse.push(pfn);
			}
			expect(inUse, "GR1").to.deep.equal([]);
			const tuning = machineTuning(recording.machine);
			for (const cache of recording.caches) {
				const made = kernel.findCache(cacheOf.get(cache.name)!)!;
				const differences = geometryDifferences(
					cache,
					tuning,
					made.geometry,
				).filter(({ what }) => !what.startsWith("cpuPartial"));
				expect(differences, `GR3 ${cache.name}`).to.deep.equal([]);
			}
		});
});
