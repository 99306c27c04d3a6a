import { expect } from "chai";
import {
	blockAt,
	mayBeSlab,
	NEVER,
	NO_LIFE,
	SlabLives,
} from "../../../../kernel/replay/objects/slab-lives";
import { blocksOf } from "../../../../kernel/replay/snapshot/kpageflags";
import { GFP_KERNEL } from "../../../../mm/gfp";
import { SLAB_GFP } from "./support";

const at = (pfn: number): number => pfn * 4096 + 64;

describe("lives of slabs", () => {
	it("begin as candidates, and are slabs from their first object on (SV2)", () => {
		const lives = new SlabLives(1000, null);
		expect(lives.allocate(8, 2, SLAB_GFP)).to.equal(true);
		expect(lives.allocate(16, 0, SLAB_GFP)).to.equal(true);
		const life = lives.ofObject(at(10));
		expect(lives.isSlab(life)).to.equal(true);
		expect([lives.pfn(life), lives.order(life)]).to.deep.equal([8, 2]);
		expect(lives.isSlab(lives.candidate(1))).to.equal(false);
		expect(lives.candidate(0)).to.equal(life);
	});

	it("end with their pages, and an epoch tells when", () => {
		const lives = new SlabLives(1000, null);
		lives.allocate(8, 1, SLAB_GFP);
		const life = lives.ofObject(at(9));
		lives.epoch++;
		expect(lives.isAliveAt(life, 1)).to.equal(true);
		expect(lives.isAliveAt(life, 0)).to.equal(false);
		lives.free(8, 1);
		expect([lives.birth(life), lives.death(life)]).to.deep.equal([0, 1]);
		expect(lives.isAliveAt(life, 1)).to.equal(true);
		expect(lives.isAliveAt(life, 2)).to.equal(false);
		lives.allocate(8, 0, SLAB_GFP);
		expect(lives.ofObject(at(8))).to.not.equal(life);
	});

	it("SV1: another block on the frames ends what was there, though no free was seen", () => {
		const lives = new SlabLives(1000, null);
		lives.allocate(8, 0, SLAB_GFP);
		const life = lives.ofObject(at(8));
		expect(lives.allocate(8, 0, GFP_KERNEL)).to.equal(false);
		expect(lives.ofObject(at(8))).to.not.equal(life);
	});

	it("of slabs older than the trace take their blocks from the frame flags", () => {
		const lives = new SlabLives(1000, blocksOf([4, 32], [0, 3]));
		const life = lives.ofObject(at(37));
		expect([lives.pfn(life), lives.order(life)]).to.deep.equal([32, 3]);
		expect(lives.birth(life)).to.equal(NEVER);
		expect(lives.ofObject(at(39))).to.equal(life);
		lives.free(4, 0);
		expect(lives.death(lives.size - 1)).to.equal(0);
		const unknown = lives.ofObject(at(50));
		expect([lives.pfn(unknown), lives.order(unknown)]).to.deep.equal([50, 0]);
	});

	it("may be many, on frames that nobody told of", () => {
		const lives = new SlabLives(10, null);
		for (let n = 1; n <= 3000; n++) lives.allocate(n, 0, SLAB_GFP);
		expect(lives.size).to.equal(3001);
		expect(lives.pfn(lives.ofObject(at(2999)))).to.equal(2999);
		expect(lives.candidateCount).to.equal(3000);
		lives.free(9_999_999, 0);
		expect(lives.allocate(0, 0, SLAB_GFP)).to.equal(false);
	});

	it("can be of blocks whose flags are blank", () => {
		expect(mayBeSlab(-1)).to.equal(true);
		expect(mayBeSlab(SLAB_GFP)).to.equal(true);
		expect(mayBeSlab(GFP_KERNEL)).to.equal(false);
	});

	it("finds the block that holds a frame", () => {
		const blocks = blocksOf([4, 8, 32], [0, 2, 3]);
		expect(
			[3, 4, 5, 8, 11, 12, 39, 40].map((pfn) => blockAt(blocks, pfn)),
		).to.deep.equal([-1, 0, -1, 1, 1, -1, 2, -1]);
		expect(NO_LIFE).to.equal(0);
	});
});
