// Every cache of every recorded kernel, against the formulas.

import { expect } from "chai";
import {
	mergedName,
	SLAB_CONSISTENCY_CHECKS,
	slabGeometry,
} from "../../mm/slab-geometry";
import { recorded, recordedNames } from "../fixtures";

for (const name of recordedNames()) {
	describe(`caches of the recorded machine ${name}`, () => {
		const recording = recorded(name);
		const tuning = { cpuCount: recording.cpuCount() };
		const isChecked = recording.commandLine().includes("slub_debug=F");
		const debugFlags = isChecked ? SLAB_CONSISTENCY_CHECKS : 0;

		it("have the slots, orders and partial lists that the formulas give", () => {
			for (const slab of recording.slabs()) {
				const flags = slab.flags | debugFlags;
				const geometry = slabGeometry({ ...slab, flags }, tuning);
				expect(geometry, slab.name).to.include({
					objectSize: slab.objectSize,
					size: slab.size,
					align: slab.align,
					order: slab.order,
					objectCount: slab.objectCount,
					minPartial: slab.minPartial,
					cpuPartial: slab.cpuPartial,
				});
			}
		});

		it("have the shared names that flags and size give", () => {
			const shared = recording.slabs().filter((it) => it.name.startsWith(":"));
			const isMerging = !recording.commandLine().includes("slab_nomerge");
			expect(shared.length > 0).to.equal(isMerging);
			for (const slab of shared) {
				const flags = slab.flags | debugFlags;
				const geometry = slabGeometry({ ...slab, flags }, tuning)!;
				expect(mergedName(geometry)).to.equal(slab.name);
			}
		});

		it("say the same in /proc/slabinfo", () => {
			const slabs = recording.slabs();
			for (const line of recording.slabinfo("c")) {
				const slab = slabs.find(
					(it) => it.name === line.name || it.aliasNames.includes(line.name),
				);
				expect(slab, line.name).to.not.equal(undefined);
				expect(line.size, line.name).to.equal(slab!.size);
				expect(line.objectCount, line.name).to.equal(slab!.objectCount);
				expect(line.pageCount, line.name).to.equal(1 << slab!.order);
			}
		});
	});
}
