// The objects of whole recordings, replayed on our caches: how many new slabs the two kernels made, and how many there were.
// The limits are what is reached, and a little more; each recording's new slabs are beside it.

import { expect } from "chai";
import { total } from "../../../../kernel/replay/objects/object-counts";
import { traceNames } from "../snapshot/traces";
import { replayObjects } from "./recorded-objects";

const RECORDINGS: readonly (readonly [
	name: string,
	file: string,
	recordedSlabs: number,
	newSlabs: number,
	slabsAtEnd: number,
])[] = [
	["m1-boot-256m", "trace.txt", 266, 3, 3],
	["m5-files-512m", "trace.txt", 1123, 14, 9],
	["m7-pressure-256m", "trace.txt", 1707, 3, 2],
	["m9-zones-dma32-normal", "trace.txt", 167, 6, 6],
	["m11-slubdebugF", "trace.txt", 416, 8, 6],
	["m12-net-2cpu-counterclock", "trace.txt", 490, 16, 9],
	["l2-mixed-nomerge-1cpu", "trace.txt", 1932, 20, 20],
	["s1-pipes-late-hashed", "report.txt", 46, 8, 6],
	["s3-small-late-nohashopt", "report.txt", 69, 6, 12],
	["s5-tracecmd-small-2cpu", "report.txt", 62, 9, 12],
];

describe("the objects of a recording", () => {
	for (const [name, file, recorded, newSlabs, slabsAtEnd] of RECORDINGS) {
		if (!traceNames().includes(name)) continue;
		it(`of ${name} make the slabs here that they made there`, function () {
			this.timeout(180_000);
			const outcome = replayObjects(name, file);
			expect(outcome.recordedSlabs).to.equal(recorded);
			expect(outcome.newSlabs).to.be.at.most(newSlabs);
			expect(outcome.slabsAt.get("c")).to.be.at.most(slabsAtEnd);
			expect(outcome.leftOver).to.equal(0);
			expect(outcome.problems).to.deep.equal([]);
			const { counts } = outcome.player;
			expect(total(counts.failed)).to.equal(0);
			expect(counts.misattributed).to.equal(0);
		});
	}

	if (traceNames().includes("s1-pipes-late-hashed"))
		it("are played without addresses where pointers are hashed", () => {
			const outcome = replayObjects("s1-pipes-late-hashed", "trace.txt");
			expect(outcome.recordedSlabs).to.equal(0); // the recording does not tell
			expect(outcome.ownSlabs).to.be.within(40, 60);
			expect(outcome.slabsAt.get("c")).to.be.at.most(12);
			expect(outcome.player.counts.unknownOld).to.be.greaterThan(0);
			expect(outcome.problems).to.deep.equal([]);
		});
});
