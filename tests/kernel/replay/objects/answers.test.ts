import { expect } from "chai";
import { Answers } from "../../../../kernel/replay/objects/answers";
import { SlabLives } from "../../../../kernel/replay/objects/slab-lives";
import { SLAB_GFP } from "./support";

describe("what a recorded kernel did with slabs", () => {
	const lives = new SlabLives(100, null);
	const born = (pfn: number, order: number, cache: number): void => {
		lives.allocate(pfn, order, SLAB_GFP);
		lives.setCache(lives.ofObject(pfn * 4096), cache);
	};
	born(8, 0, 1);
	lives.epoch = 1;
	born(9, 0, 1);
	born(16, 2, 1);
	lives.allocate(30, 0, SLAB_GFP); // no slab
	lives.free(8, 0);
	lives.epoch = 2;
	born(10, 0, 0);
	lives.free(9, 0);

	it("is counted by cache and order, between two epochs", () => {
		const answers = new Answers(lives, 1, 2);
		expect(answers.caches()).to.deep.equal([1]);
		expect(answers.of(1)).to.deep.equal({
			made: 2,
			madeByOrder: [1, 0, 1],
			freed: 1,
		});
		expect(answers.unknown.made).to.equal(0);
	});

	it("knows of slabs without a cache", () => {
		const answers = new Answers(lives, 2, 3);
		expect(answers.unknown.made).to.equal(1);
		expect(answers.of(1)).to.include({ made: 0, freed: 1 });
		expect(answers.of(77)).to.deep.equal({
			made: 0,
			madeByOrder: [],
			freed: 0,
		});
	});
});
