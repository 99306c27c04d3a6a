import { expect } from "chai";
import { Attribution } from "../../../../kernel/replay/objects/attribution";
import { CacheList } from "../../../../kernel/replay/objects/cache-list";
import { weighGuesses } from "../../../../kernel/replay/objects/guesses";
import { Survey } from "../../../../kernel/replay/objects/survey";
import { EventMaker } from "./support";

const NAMES = ["mnt_cache", "bio-256", "xfrm"];

/** Two slabs whose cache only the size tells, and one with a name; slabinfo counts as given. */
function weigh(counted: readonly number[]) {
	const make = new EventMaker();
	const caches = new CacheList(
		NAMES.map((name) => ({ name, aliases: [], size: 320 })),
	);
	const attribution = new Attribution(make.names, caches, {
		sites: new Map(),
		hadSlabs: () => true,
	});
	const facts = { startMark: "start", blocks: null, ramEnd: 2 ** 20 };
	const survey = new Survey(make.names, attribution, facts);
	const guessed = make.alloc("mempool+0x1", 320, 8 * 4096);
	for (const event of [
		make.pages(8),
		guessed,
		make.pages(9),
		make.alloc("mempool+0x1", 320, 9 * 4096),
		make.pages(10),
		make.alloc("mnt+0x1", 320, 10 * 4096),
		make.free("mnt_cache", 10 * 4096),
		make.mark("start"),
	])
		survey.event(event);
	survey.finish();
	const uses = new Map(
		counted.map((slabs, n) => [n + 1, { slabs, freeObjects: 0 }]),
	);
	weighGuesses(survey, attribution, uses);
	const { lives } = survey;
	return {
		slabs: [0, 1, 2].map((n) => caches.name(lives.cache(lives.candidate(n)))),
		caller: caches.name(attribution.ofCaller(attribution.caller(guessed))),
	};
}

describe("guesses weighed against slabinfo", () => {
	it("move to the cache that lacks slabs, with their caller", () => {
		expect(weigh([1, 2, 0])).to.deep.equal({
			slabs: ["bio-256", "bio-256", "mnt_cache"],
			caller: "bio-256",
		});
	});

	it("stay where slabinfo counts them", () => {
		expect(weigh([3, 0, 0]).slabs).to.deep.equal([
			"mnt_cache",
			"mnt_cache",
			"mnt_cache",
		]);
	});

	it("GU1: move only as far as a cache has too many and another too few", () => {
		expect(weigh([2, 1, 0]).slabs).to.deep.equal([
			"bio-256",
			"mnt_cache",
			"mnt_cache",
		]);
		expect(weigh([0, 1, 0]).slabs).to.deep.equal([
			"bio-256",
			"mnt_cache",
			"mnt_cache",
		]);
	});
});
