import { expect } from "chai";
import fc from "fast-check";
import type { Pfn } from "../../hw/units";
import {
	MIGRATE_ISOLATE,
	MIGRATE_MOVABLE,
	MIGRATE_TYPES,
	MIGRATE_UNMOVABLE,
	MIGRATETYPE_NAMES,
	PAGEBLOCK_FRAMES,
	PAGEBLOCK_ORDER,
	Pageblocks,
	pageblockWords,
} from "../../mm/pageblock";

const pfn = (n: number) => n as Pfn;

describe("pageblocks", () => {
	it("are 2 MiB, the size of a huge page", () => {
		expect(PAGEBLOCK_FRAMES).to.equal(2 ** PAGEBLOCK_ORDER);
		expect(PAGEBLOCK_FRAMES * 4096).to.equal(2 * 1024 * 1024);
	});

	it("P1: those that begin where there is memory start movable, the others unmovable", () => {
		const blocks = new Pageblocks(new Int32Array(2));
		blocks.makeMovable(1, 159);
		blocks.makeMovable(256, 14 * 512 + 1);
		const types = Array.from({ length: 16 }, (_, block) =>
			blocks.type(pfn(block * 512)),
		);
		expect(types[0]).to.equal(MIGRATE_UNMOVABLE);
		expect(types.slice(1, 15)).to.deep.equal(Array(14).fill(MIGRATE_MOVABLE));
		expect(types[15]).to.equal(MIGRATE_UNMOVABLE);
	});

	it("P1: whole words are no different from single blocks, wherever a range begins and ends", () => {
		const frame = fc.nat(40 * 512);
		fc.assert(
			fc.property(frame, frame, (first, end) => {
				const blocks = new Pageblocks(new Int32Array(6));
				blocks.makeMovable(first, end);
				for (let block = 0; block < 48; block++) {
					const begins = block * 512;
					const isMovable = begins >= first && begins < end;
					expect(blocks.type(pfn(begins))).to.equal(
						isMovable ? MIGRATE_MOVABLE : MIGRATE_UNMOVABLE,
					);
				}
			}),
		);
	});

	it("every frame has the type of its block", () => {
		const blocks = new Pageblocks(new Int32Array(1));
		blocks.makeMovable(0, 4096);
		blocks.setType(pfn(700), MIGRATE_UNMOVABLE);
		expect(blocks.type(pfn(511))).to.equal(MIGRATE_MOVABLE);
		expect(blocks.type(pfn(512))).to.equal(MIGRATE_UNMOVABLE);
		expect(blocks.type(pfn(1023))).to.equal(MIGRATE_UNMOVABLE);
		expect(blocks.type(pfn(1024))).to.equal(MIGRATE_MOVABLE);
	});

	it("eight blocks share a word: 16 MiB of RAM", () => {
		expect(pageblockWords(4096)).to.equal(1);
		expect(pageblockWords(4097)).to.equal(2);
	});

	it("have the names that /proc/pagetypeinfo prints", () => {
		expect(MIGRATETYPE_NAMES).to.have.lengthOf(MIGRATE_TYPES);
		expect(MIGRATETYPE_NAMES[MIGRATE_ISOLATE]).to.equal("Isolate");
	});

	it("keep what was set, each for itself", () => {
		const change = fc.tuple(fc.nat(31), fc.nat(MIGRATE_TYPES - 1));
		fc.assert(
			fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
				const blocks = new Pageblocks(new Int32Array(4));
				blocks.makeMovable(0, 4 * 4096);
				const model = new Array<number>(32).fill(MIGRATE_MOVABLE);
				for (const [block, type] of changes) {
					blocks.setType(pfn(block * 512 + 17), type);
					model[block] = type;
				}
				const types = model.map((_, block) => blocks.type(pfn(block * 512)));
				expect(types).to.deep.equal(model);
			}),
		);
	});
});
