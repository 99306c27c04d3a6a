import { expect } from "chai";
import fc from "fast-check";
import type { Pfn } from "../../hw/units";
import { GIVE_FREE, GIVE_TAIL, hasPcpList } from "../../mm/buddy";
import { checkBuddy } from "../../mm/check/buddy-check";
import { ALLOC_KSWAPD, ALLOC_NOFRAGMENT } from "../../mm/gfp";
import {
	MIGRATE_HIGHATOMIC,
	MIGRATE_MOVABLE,
	MIGRATE_RECLAIMABLE,
	MIGRATE_UNMOVABLE,
} from "../../mm/pageblock";
import { WMARK_HIGH } from "../../mm/zone";
import { BuddyModel, chunks } from "../models/buddy-model";
import {
	freeBlocks,
	freeLists,
	panicOf,
	type ZoneWorld,
	zoneWorld,
} from "./world";

const NONE = 0; // no allocation flags
const M = MIGRATE_MOVABLE;
const U = MIGRATE_UNMOVABLE;
const R = MIGRATE_RECLAIMABLE;
const pfn = (n: number) => n as Pfn;

/** A zone from frame 1024 on, free, in one order-10 block for each 1024 frames. */
function fresh(frames = 1024, start = 1024): ZoneWorld {
	const world = zoneWorld({ zones: [{ start, frames }] });
	adopt(world, start, start + frames);
	return world;
}
function adopt({ allocator }: ZoneWorld, start: number, end: number): void {
	for (const chunk of chunks(start, end))
		allocator.adopt(pfn(chunk.pfn), chunk.order);
}
/** Takes a block as the page allocator does: with a user, so that the auditor sees whose it is. */
function take(
	{ buddy, pages }: ZoneWorld,
	order: number,
	type = M,
	flags = NONE,
): Pfn {
	const block = buddy.take(order, type, flags);
	if (block !== 0) pages.claim(block, type, order, 0);
	return block;
}
function give(
	{ buddy, pages, blocks }: ZoneWorld,
	block: number,
	order: number,
	why = GIVE_FREE,
): void {
	pages.setRefcount(pfn(block), 0);
	buddy.give(pfn(block), order, blocks.type(pfn(block)), why);
}
/** Takes a whole zone in single frames and gives back those of a range. */
function holdAllBut(world: ZoneWorld, free: readonly number[]): void {
	const { zone } = world;
	for (let i = zone.free; i > 0; i--) take(world, 0);
	for (const frame of free) give(world, frame, 0);
}

describe("buddy: boot", () => {
	it("golden vector 1: [3, 42) becomes six blocks, pushed to the tails in that order", () => {
		expect(chunks(3, 42).map(({ pfn, order }) => [pfn, order])).to.deep.equal([
			[3, 0],
			[4, 2],
			[8, 3],
			[16, 4],
			[32, 3],
			[40, 1],
		]);
		const world = zoneWorld({ zones: [{ start: 3, frames: 39 }] });
		adopt(world, 3, 42);
		expect(freeLists(world)).to.deep.equal({
			0: [3],
			1: [40],
			2: [4],
			3: [8, 32],
			4: [16],
		});
		expect(world.zone.managed).to.equal(39);
		expect(checkBuddy(world)).to.deep.equal([]);
	});

	it("blocks are listed by rising address, so the lowest order-10 block goes first", () => {
		const world = fresh(4096);
		expect(freeBlocks(world, 10, M)).to.deep.equal([1024, 2048, 3072, 4096]);
		expect(take(world, 10)).to.equal(1024);
	});
});

describe("buddy: taking", () => {
	it("golden vector 2: the lowest piece is taken, the upper halves stay", () => {
		const world = fresh();
		expect(take(world, 0)).to.equal(1024);
		expect(freeLists(world)).to.deep.equal({
			0: [1025],
			1: [1026],
			2: [1028],
			3: [1032],
			4: [1040],
			5: [1056],
			6: [1088],
			7: [1152],
			8: [1280],
			9: [1536],
		});
		expect(checkBuddy(world)).to.deep.equal([]);
	});

	it("frame after frame comes in ascending order", () => {
		const world = fresh();
		const taken = Array.from({ length: 1024 }, () => take(world, 0));
		expect(taken).to.deep.equal(taken.map((_, i) => 1024 + i));
		expect(world.zone.free).to.equal(0);
		expect(take(world, 0)).to.equal(0);
		expect(checkBuddy(world)).to.deep.equal([]);
	});

	it("the smallest sufficient block is taken, even if a larger one is lower", () => {
		const world = zoneWorld({ zones: [{ start: 1024, frames: 2048 }] });
		adopt(world, 1024, 2048);
		adopt(world, 3064, 3072);
		expect(take(world, 2)).to.equal(3064);
		expect(take(world, 2)).to.equal(3068);
		expect(take(world, 2)).to.equal(1024);
	});

	it("an order that no block has gives NIL, and nothing changes", () => {
		const world = fresh(512);
		expect(take(world, 10)).to.equal(0);
		expect(freeLists(world)).to.deep.equal({ 9: [1024] });
	});
});

describe("buddy: giving back", () => {
	it("golden vector 4: heads, tails and merges", () => {
		const world = fresh(1024);
		holdAllBut(world, [1028, 1029, 1030, 1031]);
		expect(freeLists(world)).to.deep.equal({ 2: [1028] });
		give(world, 1500, 0); // somebody is on the list already
		give(world, 1024, 0);
		expect(freeLists(world)).to.deep.equal({ 0: [1024, 1500], 2: [1028] });
		give(world, 1502, 0);
		give(world, 1503, 0); // and on the list of order 1
		give(world, 1025, 0);
		expect(
			freeLists(world)[1],
			"tail: 1024..1031 may merge soon",
		).to.deep.equal([1502, 1024]);
		give(world, 1026, 0);
		expect(freeLists(world)[0], "tail: 1024, order 1, is free").to.deep.equal([
			1500, 1026,
		]);
		give(world, 1027, 0);
		expect(freeLists(world)).to.deep.equal({
			0: [1500],
			1: [1502],
			3: [1024],
		});
		expect(checkBuddy(world)).to.deep.equal([]);
	});

	it("golden vector 5: blocks never merge across zones", () => {
		const world = zoneWorld({
			zones: [
				{ start: 16, frames: 6 },
				{ start: 22, frames: 10 },
			],
		});
		adopt(world, 20, 22);
		const [below, above] = world.allocator.zones;
		world.allocator.adopt(pfn(22), 1);
		expect(freeLists({ pages: world.pages, zone: below!.zone })).to.deep.equal({
			1: [20],
		});
		expect(freeLists({ pages: world.pages, zone: above!.zone })).to.deep.equal({
			1: [22],
		});
		expect(checkBuddy(world)).to.deep.equal([]);
	});

	it("neighbours that are not buddies stay apart", () => {
		const world = fresh();
		holdAllBut(world, [1025, 1026]);
		expect(freeLists(world)).to.deep.equal({ 0: [1026, 1025] });
	});

	it("a buddy of another order is no buddy", () => {
		const world = fresh();
		holdAllBut(world, [1026]);
		take(world, 0);
		give(world, 1026, 0);
		give(world, 1024, 0);
		give(world, 1025, 0);
		expect(freeLists(world)).to.deep.equal({ 0: [1026], 1: [1024] });
	});

	it("merging ends at order 10, head first", () => {
		const world = fresh(2048);
		const one = take(world, 10);
		const other = take(world, 10);
		give(world, one, 10);
		give(world, other, 10);
		expect(freeLists(world)).to.deep.equal({ 10: [2048, 1024] });
	});

	it("the tail is for those who ask (boot)", () => {
		const world = fresh(2048);
		const one = take(world, 10);
		give(world, one, 10, GIVE_TAIL);
		expect(freeLists(world)).to.deep.equal({ 10: [2048, 1024] });
	});

	it("at order 9 a likely merge no longer means the tail", () => {
		const world = fresh(4096);
		const blocks = Array.from({ length: 8 }, () => take(world, 9));
		give(world, 3072, 9);
		give(world, 3584, 9); // order 10 at 3072
		give(world, 1024, 9);
		give(world, 2048, 9); // merged with 2560, it could merge with 3072
		expect(blocks).to.include.members([2048, 2560]);
		expect(freeLists(world)).to.deep.equal({ 9: [2048, 1024], 10: [3072] });
	});

	it("ordinary pageblocks merge to order 10 whatever their types", () => {
		const world = fresh();
		const low = take(world, 9);
		const high = take(world, 9);
		world.blocks.setType(low, U);
		world.blocks.setType(high, R);
		give(world, low, 9);
		give(world, high, 9);
		expect(freeLists(world, R)).to.deep.equal({ 10: [1024] });
	});

	it("B5: a reserved pageblock does not merge with an ordinary one", () => {
		const world = fresh();
		const low = take(world, 9);
		const high = take(world, 9);
		world.blocks.setType(high, MIGRATE_HIGHATOMIC);
		give(world, low, 9);
		give(world, high, 9);
		expect(freeLists(world, M)).to.deep.equal({ 9: [1024] });
		expect(freeLists(world, MIGRATE_HIGHATOMIC)).to.deep.equal({ 9: [1536] });
		expect(checkBuddy(world)).to.deep.equal([]);
	});

	it("B3: what is free cannot be given again", () => {
		const world = fresh();
		const block = take(world, 3);
		give(world, block, 3);
		holdAllBut(world, [1024]);
		expect(panicOf(() => give(world, 1024, 0))).to.include("B3");
	});
});

describe("buddy: what is counted", () => {
	it("Z6: every halving, every joining and every block of another type", () => {
		const made = fresh();
		const { zone } = made;
		const counts = () => [zone.splits, zone.merges, zone.fallbacks];
		expect(counts()).to.deep.equal([0, 0, 0]);
		const page = take(made, 0, U);
		expect(counts()).to.deep.equal([10, 0, 1]);
		give(made, page, 0);
		expect(counts()).to.deep.equal([10, 10, 1]);
	});
});

describe("buddy: falling back to other types", () => {
	it("everything is movable at first; the first unmovable request takes the largest block over", () => {
		const world = fresh(2048);
		expect(take(world, 0, U)).to.equal(1024);
		expect(world.blocks.type(pfn(1024))).to.equal(U);
		expect(world.blocks.type(pfn(1536)), "both pageblocks of it").to.equal(U);
		expect(world.blocks.type(pfn(2048))).to.equal(M);
		expect(freeLists(world, U)[9]).to.deep.equal([1536]);
		expect(freeLists(world, M)).to.deep.equal({ 10: [2048] });
	});

	it("the table decides which type is robbed first", () => {
		const robbed = (wanted: number, others: readonly number[]) => {
			const world = fresh(3072);
			const blocks = Array.from({ length: 6 }, () => take(world, 9));
			others.forEach((type, i) => {
				world.blocks.setType(blocks[2 * i]!, type);
				give(world, blocks[2 * i]!, 9);
			});
			const got = take(world, 9, wanted);
			return others[blocks.indexOf(got) / 2];
		};
		expect(robbed(U, [M, R])).to.equal(R);
		expect(robbed(M, [U, R])).to.equal(R);
		expect(robbed(R, [M, U])).to.equal(U);
	});

	it("HIGHATOMIC is never robbed", () => {
		const world = fresh();
		const block = take(world, 10);
		world.blocks.setType(block, MIGRATE_HIGHATOMIC);
		give(world, block, 10);
		expect(take(world, 0, M)).to.equal(0);
		expect(world.buddy.takeOfType(0, MIGRATE_HIGHATOMIC)).to.equal(1024);
	});

	/** One unmovable pageblock at 1024 with free frames `free`, everything else held. */
	function unmovableWorld(free: readonly number[]): ZoneWorld {
		const world = fresh(1024);
		for (let i = 0; i < 1024; i++) take(world, 0, M);
		world.blocks.setType(pfn(1024), U);
		for (const frame of free) give(world, frame, 0);
		return world;
	}
	const span = (from: number, frames: number) =>
		Array.from({ length: frames }, (_, i) => from + i);

	it("a movable request takes one small block, the smallest, when it may not claim the pageblock", () => {
		const world = unmovableWorld([1026, ...span(1032, 8)]);
		expect(take(world, 0, M)).to.equal(1026);
		expect(world.blocks.type(pfn(1024))).to.equal(U);
		expect(freeLists(world, U)).to.deep.equal({ 3: [1032] });
	});

	it("from order 4 on it may, and takes all that is free; below half the pageblock keeps its type", () => {
		const world = unmovableWorld([1026, ...span(1040, 16)]);
		expect(take(world, 0, M)).to.equal(1026);
		expect(freeLists(world, M)).to.deep.equal({ 4: [1040] });
		expect(world.blocks.type(pfn(1024))).to.equal(U);
	});

	it("when half is free, the pageblock changes hands", () => {
		const world = unmovableWorld(span(1024, 256));
		expect(take(world, 0, M)).to.equal(1024);
		expect(world.blocks.type(pfn(1024))).to.equal(M);
	});

	it("an unmovable request counts what is not movable in a movable pageblock as its own", () => {
		const world = unmovableWorld([]);
		world.blocks.setType(pfn(1024), M);
		give(world, 1030, 0);
		expect(take(world, 0, U), "511 frames may be kernel memory").to.equal(1030);
		expect(world.blocks.type(pfn(1024))).to.equal(U);
	});

	it("pages of user programs are movable: they keep the pageblock from changing hands", () => {
		const world = unmovableWorld([]);
		world.blocks.setType(pfn(1024), M);
		for (const frame of span(1040, 300)) world.pages.setMapcount(pfn(frame), 1);
		give(world, 1030, 0);
		expect(take(world, 0, U)).to.equal(1030);
		expect(world.blocks.type(pfn(1024))).to.equal(M);
	});

	it("NOFRAGMENT takes whole pageblocks or nothing", () => {
		const world = unmovableWorld(span(1024, 256));
		expect(take(world, 0, M, ALLOC_NOFRAGMENT)).to.equal(0);
		const whole = fresh();
		expect(take(whole, 0, U, ALLOC_NOFRAGMENT)).to.equal(1024);
	});

	it("a pageblock that the zone's end cuts is not taken over, only the block is", () => {
		const world = fresh(300);
		expect(freeLists(world, M)).to.deep.equal({
			2: [1320],
			3: [1312],
			5: [1280],
			8: [1024],
		});
		expect(take(world, 0, U)).to.equal(1024);
		expect(world.blocks.type(pfn(1024))).to.equal(M);
		expect(freeLists(world, M)).to.deep.equal({
			2: [1320],
			3: [1312],
			5: [1280],
		});
	});

	it("on a machine too small to group, every pageblock follows whoever comes", () => {
		const world = zoneWorld({
			zones: [{ start: 1024, frames: 1024 }],
			grouping: false,
		});
		adopt(world, 1024, 2048);
		holdAllBut(world, []);
		world.blocks.setType(pfn(1024), U);
		give(world, 1024, 0);
		expect(take(world, 0, M)).to.equal(1024);
		expect(world.blocks.type(pfn(1024))).to.equal(M);
	});

	it("stealing from a pageblock boosts the marks, 512 frames at a time, up to 1.5 times high", () => {
		const world = zoneWorld({ zones: [{ start: 1024, frames: 4096 }] });
		adopt(world, 1024, 5120);
		world.zone.setWatermark(WMARK_HIGH, 1000);
		const steal = () => {
			holdAllBut(world, []);
			world.blocks.setType(pfn(1024), U);
			give(world, 1024, 0);
			expect(take(world, 0, M, ALLOC_KSWAPD)).to.equal(1024);
			return world.zone.boost;
		};
		expect([steal(), steal(), steal(), steal()]).to.deep.equal([
			512, 1024, 1500, 1500,
		]);
		expect(world.zone.isBoosted).to.equal(true);
	});

	it("a zone of less than four pageblocks is never boosted", () => {
		const world = unmovableWorld([1030]);
		world.zone.setWatermark(WMARK_HIGH, 1000);
		take(world, 0, M);
		expect(world.zone.boost).to.equal(0);
	});
});

describe("buddy: small things", () => {
	it("orders 0 to 3 and 9 of ordinary types have per-CPU lists", () => {
		const orders = (type: number) =>
			Array.from({ length: 11 }, (_, order) => order).filter((order) =>
				hasPcpList(order, type),
			);
		expect(orders(M)).to.deep.equal([0, 1, 2, 3, 9]);
		expect(orders(MIGRATE_HIGHATOMIC)).to.deep.equal([]);
	});

	it("knows whether a block of some order could be taken", () => {
		const { buddy } = fresh(512);
		const found = (order: number) => buddy.hasBlock(order, false);
		expect([found(0), found(9), found(10)]).to.deep.equal([true, true, false]);
	});
});

/** What both sides look like: free lists and types of pageblocks. */
function stateOf(world: ZoneWorld): unknown {
	return [0, 1, 2, 3, 4].map((type) => freeLists(world, type));
}
function modelState({ lists }: BuddyModel): unknown {
	return [0, 1, 2, 3, 4].map((type) => {
		const found: Record<number, number[]> = {};
		lists.forEach((types, order) => {
			if (types[type]!.length > 0) found[order] = types[type]!;
		});
		return found;
	});
}

describe("buddy: any sequence of commands", () => {
	const START = 1000; // cuts a pageblock, as does the end
	const FRAMES = 2900;
	const command = fc.record({
		verb: fc.constantFrom("take", "take", "give", "give", "reserve"),
		order: fc.oneof(
			fc.integer({ min: 0, max: 4 }),
			fc.integer({ min: 0, max: 10 }),
		),
		type: fc.integer({ min: 0, max: 2 }),
		whole: fc.boolean(),
		pick: fc.nat(),
	});

	for (const grouping of [true, false])
		it(`gives the very frames that the literal rules give (grouping ${grouping ? "on" : "off"})`, () => {
			fc.assert(
				fc.property(fc.array(command, { maxLength: 90 }), (commands) => {
					const world = zoneWorld({
						zones: [{ start: START, frames: FRAMES }],
						grouping,
					});
					adopt(world, START, START + FRAMES);
					const model = new BuddyModel(START, FRAMES, grouping);
					model.adoptAll();
					const held: { pfn: number; order: number }[] = [];
					for (const { verb, order, type, whole, pick } of commands) {
						if (verb === "take") {
							const flags = whole ? ALLOC_NOFRAGMENT : NONE;
							const got = take(world, order, type, flags);
							expect(got).to.equal(model.take(order, type, whole));
							if (got !== 0) held.push({ pfn: got, order });
						} else if (held.length > 0) {
							const at = pick % held.length;
							const block = held[at]!;
							if (verb === "reserve") {
								world.blocks.setType(pfn(block.pfn), MIGRATE_HIGHATOMIC);
								model.setType(block.pfn, MIGRATE_HIGHATOMIC);
								continue;
							}
							held.splice(at, 1);
							give(world, block.pfn, block.order);
							model.give(block.pfn, block.order, model.typeOf(block.pfn));
						}
						expect(world.zone.free).to.equal(model.freeFrames);
					}
					expect(stateOf(world)).to.deep.equal(modelState(model));
					expect(checkBuddy(world)).to.deep.equal([]);
				}),
				{ numRuns: 150 },
			);
		});
});

describe("buddy: a world of 8 frames", () => {
	const DEPTH = 5;
	const START = 8;

	/** Everything that can be done next, to both sides. */
	const deeds: ((
		world: ZoneWorld,
		model: BuddyModel,
		held: { pfn: number; order: number }[],
	) => void)[] = [
		...[0, 1, 2].map(
			(order) =>
				(
					world: ZoneWorld,
					model: BuddyModel,
					held: { pfn: number; order: number }[],
				) => {
					const got = take(world, order, M);
					expect(got).to.equal(model.take(order, M));
					if (got !== 0) held.push({ pfn: got, order });
				},
		),
		(world, model, held) => {
			const got = take(world, 0, U);
			expect(got).to.equal(model.take(0, U));
			if (got !== 0) held.push({ pfn: got, order: 0 });
		},
		...[0, 1, -1].map(
			(which) =>
				(
					world: ZoneWorld,
					model: BuddyModel,
					held: { pfn: number; order: number }[],
				) => {
					const block = held.at(which);
					if (block === undefined) return;
					held.splice(held.indexOf(block), 1);
					give(world, block.pfn, block.order);
					model.give(block.pfn, block.order, model.typeOf(block.pfn));
				},
		),
	];

	it("every sequence of 5 operations keeps every invariant and agrees with the rules", () => {
		const world = zoneWorld({ zones: [{ start: START, frames: 8 }] });
		adopt(world, START, START + 8);
		const first = new BuddyModel(START, 8);
		first.adoptAll();
		let visited = 0;
		const explore = (
			model: BuddyModel,
			held: readonly { pfn: number; order: number }[],
			depth: number,
		) => {
			if (depth === DEPTH) return;
			const pages = world.pages.words.slice();
			const zone = world.zone.words.slice();
			const types = world.blocks.type(pfn(START));
			for (const deed of deeds) {
				const next = model.clone();
				const mine = [...held];
				deed(world, next, mine);
				visited++;
				expect(world.zone.free).to.equal(next.freeFrames);
				expect(checkBuddy(world)).to.deep.equal([]);
				explore(next, mine, depth + 1);
				world.pages.words.set(pages);
				world.zone.words.set(zone);
				world.blocks.setType(pfn(START), types);
			}
		};
		explore(first, [], 0);
		expect(visited).to.equal(7 + 7 ** 2 + 7 ** 3 + 7 ** 4 + 7 ** 5);
	});
});
