import { expect } from "chai";
import type { PageTypes } from "../../../../kernel/proc/pagetypeinfo";
import { stateScore } from "../../../../kernel/replay/score/state";
import { buddy, stateInput, tallies, zoneInfo } from "./sample";

const types = (counts: number[], blocks: number[]): PageTypes => ({
	blockOrder: 9,
	pagesPerBlock: 512,
	types: ["Unmovable", "Movable"],
	free: [{ node: 0, zone: "DMA32", type: "Movable", counts }],
	blocks: [{ node: 0, zone: "DMA32", counts: blocks }],
});
const known = tallies();

describe("kernel/replay/score/state", () => {
	it("counts free pages from free blocks (ST1)", () => {
		const { zones } = stateScore(stateInput("a", [1, 2, 3], [3, 1, 3]));
		expect(zones).to.deep.equal([
			{
				zone: "DMA32",
				recorded: [1, 2, 3],
				ours: [3, 1, 3],
				pages: { recorded: 17, ours: 17 },
			},
		]);
	});

	it("compares the blocks of every order", () => {
		const { blocks } = stateScore(stateInput("a", [100, 2, 0], [106, 1, 0]));
		expect(blocks?.sum).to.deep.include({ recorded: 102, count: 2, apart: 7 });
		expect(blocks?.within).to.equal(1); // 2 against 1 is within one block
		expect(blocks?.rows).to.deep.equal([
			row(0, 100, 106, { unseen: 0, start: 0, model: 6 }),
			row(1, 2, 1, { unseen: 0, start: 0, model: 1 }),
		]);
	});

	const row = (
		order: number,
		recorded: number,
		ours: number,
		causes: object,
	) => ({ zone: "DMA32", type: null, order, recorded, ours, causes });

	it("bounds each order by the page events that are not known (ST3)", () => {
		const unknown = tallies({
			pages: { unknownFrees: 2, lostRequests: 0, unknownStart: 0 },
		});
		const { blocks, isKnown } = stateScore(
			stateInput("a", [10, 4], [13, 5], unknown),
		);
		expect(isKnown).to.equal(false);
		expect(blocks?.causes).to.deep.equal({ unseen: 3, start: 0, model: 1 });
	});

	it("compares types and pageblocks", () => {
		const score = stateScore({
			snapshot: "a",
			recorded: { pagetypeinfo: types([4, 2], [1, 7]) },
			ours: { pagetypeinfo: types([4, 3], [2, 6]) },
			tallies: known,
		});
		expect(score.types?.rows.map(({ type, order }) => [type, order])).to.eql([
			["Movable", 1],
		]);
		expect(score.pageblocks?.sum).to.deep.include({ count: 2, apart: 2 });
		expect(score.pageblocks?.rows[0]?.order).to.equal(null);
	});

	it("compares pages on the lists of every CPU that the recording knows", () => {
		const [set] = zoneInfo().pagesets;
		const two = zoneInfo({
			pagesets: [set!, { ...set!, cpu: 1, count: 5 }],
		});
		const { cpus } = stateScore({
			snapshot: "a",
			recorded: { zoneinfo: [two] },
			ours: { zoneinfo: [zoneInfo()] },
			tallies: known,
		});
		expect(cpus).to.deep.equal([
			{ zone: "DMA32", cpu: 0, recorded: 7, ours: 7 },
			{ zone: "DMA32", cpu: 1, recorded: 5, ours: 0 },
		]);
	});

	it("has no parts whose texts are missing on one side", () => {
		const { snapshot, ...parts } = stateScore({
			snapshot: "a",
			recorded: { buddyinfo: [buddy("DMA", 1)] },
			ours: { zoneinfo: [zoneInfo()], frames: [] },
			tallies: known,
		});
		expect(snapshot).to.equal("a");
		expect(parts).to.deep.equal({
			isKnown: true,
			zones: null,
			blocks: null,
			types: null,
			pageblocks: null,
			cpus: null,
			frames: null,
		});
	});

	it("compares zones and orders that only one side lists (ST2)", () => {
		const { zones, blocks } = stateScore({
			snapshot: "a",
			recorded: { buddyinfo: [buddy("DMA", 1)] },
			ours: { buddyinfo: [buddy("Normal", 0, 2)] },
			tallies: known,
		});
		expect(zones?.map(({ pages }) => pages)).to.deep.equal([
			{ recorded: 1, ours: 0 },
			{ recorded: 0, ours: 4 },
		]);
		expect(blocks?.sum.apart).to.equal(3);
	});

	it("adds up the nodes of a zone", () => {
		const two = [buddy("DMA32", 1, 1), { ...buddy("DMA32", 2), node: 1 }];
		const { zones, blocks } = stateScore({
			snapshot: "a",
			recorded: { buddyinfo: two },
			ours: { buddyinfo: [buddy("DMA32", 3, 1)] },
			tallies: known,
		});
		expect(zones?.[0]?.recorded).to.deep.equal([3, 1]);
		expect(blocks?.rows).to.deep.equal([]);
	});

	it("compares frames where both sides have them", () => {
		const { frames } = stateScore(stateInput("a", [], []));
		expect(frames).to.include({ frames: 20, same: 19 });
	});
});
