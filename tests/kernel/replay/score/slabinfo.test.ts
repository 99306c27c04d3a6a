import { expect } from "chai";
import {
	type SlabinfoInput,
	slabinfoScores,
} from "../../../../kernel/replay/score/slabinfo";
import { cacheLine, tallies } from "./sample";

type Slabs = Readonly<Record<string, number>>;
const lines = (slabs: Slabs) =>
	Object.entries(slabs).map(([name, count]) => cacheLine(name, count));
const at = (snapshot: string, recorded: Slabs, ours: Slabs): SlabinfoInput => ({
	snapshot,
	recorded: lines(recorded),
	ours: lines(ours),
	tallies: tallies(),
});

describe("kernel/replay/score/slabinfo", () => {
	it("compares slabs and objects of every cache", () => {
		const [score] = slabinfoScores([
			at("a", { dentry: 10, inode: 4 }, { dentry: 9, inode: 5 }),
		]);
		expect(score?.now.slabs).to.deep.include({ recorded: 14, apart: 2 });
		expect(score?.now.objects.apart).to.equal(20);
		expect(score?.now.activeObjects.apart).to.equal(20);
		expect(score?.caches).to.equal(2);
		expect(score?.rows.map(({ cache }) => cache)).to.deep.equal([
			"dentry",
			"inode",
		]);
	});

	it("compares changes since the first snapshot (SI3)", () => {
		const [first, second] = slabinfoScores([
			at("a", { dentry: 10 }, { dentry: 12 }),
			at("c", { dentry: 5 }, { dentry: 8 }),
		]);
		expect(first?.changes).to.equal(null);
		expect(first?.rows[0]?.slabsChange).to.equal(null);
		expect(second?.changes?.slabs).to.deep.include({
			recorded: -5,
			ours: -4,
			apart: 1,
			error: 0.2,
		});
		expect(second?.rows[0]?.slabsChange).to.deep.equal({
			recorded: -5,
			ours: -4,
		});
	});

	it("names caches that only one side has, and compares the recorded ones (SI1)", () => {
		const [score] = slabinfoScores([
			at("a", { dentry: 3, gone: 2, empty: 0 }, { dentry: 3, flagstone: 7 }),
		]);
		expect(score?.onlyRecorded).to.deep.equal(["gone", "empty"]);
		expect(score?.onlyOurs).to.deep.equal(["flagstone"]);
		expect(score?.now.slabs.apart).to.equal(2);
		expect(score?.caches).to.equal(2);
	});

	it("takes off what caches held before anything was filled in (SI2)", () => {
		const [score] = slabinfoScores(
			[at("a", { dentry: 10 }, { dentry: 12 })],
			lines({ dentry: 2, flagstone: 5 }),
		);
		expect(score?.now.slabs.apart).to.equal(0);
		expect(score?.rows).to.deep.equal([]);
	});

	it("puts slabs before objects, however many", () => {
		const recorded = lines({ a: 1, b: 1 });
		const ours = [{ ...cacheLine("a", 1), objects: 900 }, cacheLine("b", 2)];
		const [score] = slabinfoScores([
			{ snapshot: "a", recorded, ours, tallies: tallies() },
		]);
		expect(score?.rows.map(({ cache }) => cache)).to.deep.equal(["b", "a"]);
	});

	it("divides the differences in slabs by cause", () => {
		const known = tallies({
			caches: { dentry: { unknownFrees: 0, lostRequests: 1, unknownStart: 0 } },
		});
		const [score] = slabinfoScores([
			{ ...at("a", { dentry: 3 }, { dentry: 6 }), tallies: known },
		]);
		expect(score?.causes).to.deep.equal({ unseen: 1, start: 0, model: 2 });
	});

	it("takes recordings without slabinfo and empty texts", () => {
		expect(slabinfoScores([])).to.deep.equal([]);
		const [score] = slabinfoScores([at("a", {}, {})]);
		expect(score?.now.slabs.error).to.equal(null);
	});
});
