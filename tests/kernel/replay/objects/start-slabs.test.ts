import { expect } from "chai";
import { Attribution } from "../../../../kernel/replay/objects/attribution";
import { CacheList } from "../../../../kernel/replay/objects/cache-list";
import {
	FREE,
	findStartSlabs,
	IN_USE,
	type RecordedUse,
	type SlotShape,
	UNSEEN,
} from "../../../../kernel/replay/objects/start-slabs";
import { Survey } from "../../../../kernel/replay/objects/survey";
import type { KmemEvent } from "../../../../kernel/replay/reading/event";
import { blocksOf } from "../../../../kernel/replay/snapshot/kpageflags";
import { EventMaker } from "./support";

const START = "start";
const SHAPES: Readonly<Record<string, SlotShape>> = {
	dentry: { size: 1024, redLeftPad: 0, order: 0, objectCount: 4 },
	pid: { size: 1024, redLeftPad: 64, order: 1, objectCount: 7 },
	filp: { size: 2048, redLeftPad: 0, order: 0, objectCount: 2 },
};

function find(
	make: EventMaker,
	events: readonly KmemEvent[],
	blocks: ReturnType<typeof blocksOf>,
	uses: Readonly<Record<string, RecordedUse>> = {},
) {
	const caches = new CacheList(
		Object.entries(SHAPES).map(([name, { size }]) => ({
			name,
			aliases: [],
			size,
		})),
	);
	const attribution = new Attribution(make.names, caches, { sites: new Map() });
	const facts = { startMark: START, blocks, ramEnd: 2 ** 20 };
	const survey = new Survey(make.names, attribution, facts);
	for (const event of events) survey.event(event);
	survey.finish();
	const found = findStartSlabs({
		survey,
		blocks,
		shape: (cache) => SHAPES[caches.name(cache)] ?? null,
		uses: new Map(
			Object.entries(uses).map(([name, use]) => [caches.find(name), use]),
		),
	});
	const slabs = found.slabs.map((it) => ({
		...it,
		name: caches.name(it.cache),
		slots: [...it.slots],
	}));
	return { ...found, slabs };
}

describe("the slabs of the start", () => {
	it("older than the trace: what no event touched is unseen", () => {
		const make = new EventMaker();
		const { slabs } = find(
			make,
			[
				make.mark(START),
				make.free("dentry", 8 * 4096),
				make.alloc("f+0x1", 1024, 8 * 4096 + 2048, { cpu: 1 }),
			],
			blocksOf([8], [0]),
		);
		expect(slabs).to.have.length(1);
		expect(slabs[0]).to.include({
			name: "dentry",
			pfn: 8,
			firstUse: 3,
			cpu: 1,
		});
		expect(slabs[0]!.slots).to.deep.equal([IN_USE, UNSEEN, FREE, UNSEEN]);
	});

	it("made in the trace: what no event touched is free", () => {
		const make = new EventMaker();
		const { slabs } = find(
			make,
			[
				make.pages(8),
				make.alloc("f+0x1", 1024, 8 * 4096),
				make.alloc("f+0x1", 1024, 8 * 4096 + 1024),
				make.free("dentry", 8 * 4096),
				make.mark(START),
			],
			blocksOf([8], [0]),
		);
		expect(slabs[0]!.slots).to.deep.equal([FREE, IN_USE, FREE, FREE]);
		expect(slabs[0]).to.include({ firstUse: 0, lastUse: 3 });
	});

	describe("made in the trace, with slots that no event ever touched", () => {
		const make = new EventMaker();
		const before = [
			make.pages(8),
			make.alloc("f+0x1", 1024, 8 * 4096),
			make.alloc("f+0x1", 1024, 8 * 4096 + 1024),
			make.mark(START),
		];
		const another = (cpu: number) => [
			make.pages(9),
			make.alloc("f+0x1", 1024, 9 * 4096, { cpu }),
			make.free("dentry", 9 * 4096),
			make.mark("later"),
		];
		const slots = (after: readonly KmemEvent[]): number[] =>
			find(make, [...before, ...after], blocksOf([8], [0])).slabs[0]!.slots;

		it("they were in use when their CPU made another slab", () => {
			expect(slots(another(0))).to.deep.equal([IN_USE, IN_USE, IN_USE, IN_USE]);
		});

		it("so were those that were freed before the start and never seen again", () => {
			const freed = make.free("dentry", 8 * 4096 + 1024);
			const events = [...before.slice(0, 3), freed, ...before.slice(3)];
			const { slabs } = find(
				make,
				[...events, ...another(0)],
				blocksOf([8], [0]),
			);
			expect(slabs[0]!.slots[1]).to.equal(IN_USE);
			const quiet = find(make, events, blocksOf([8], [0]));
			expect(quiet.slabs[0]!.slots[1]).to.equal(FREE);
		});

		it("another CPU did not see them", () => {
			expect(slots(another(1))).to.deep.equal([IN_USE, IN_USE, FREE, FREE]);
		});

		it("they were free when the slab was given back before", () => {
			const isGone = [make.freePages(8), make.mark("gone")];
			expect(slots([...isGone, ...another(0)])).to.deep.equal([
				...[IN_USE, IN_USE, FREE, FREE],
			]);
		});
	});

	it("objects begin behind the red zone", () => {
		const make = new EventMaker();
		const { slabs } = find(
			make,
			[make.mark(START), make.free("pid", 8 * 4096 + 64 + 5 * 1024)],
			blocksOf([8], [1]),
		);
		expect(slabs[0]!.slots.indexOf(IN_USE)).to.equal(5);
	});

	it("SS1: untouched blocks go to caches that lack slabs of their order", () => {
		const make = new EventMaker();
		const { slabs, leftOver, missing } = find(
			make,
			[make.mark(START), make.free("dentry", 8 * 4096)],
			blocksOf([8, 9, 10, 16, 20], [0, 0, 0, 1, 2]),
			{
				dentry: { slabs: 2, freeObjects: 0 },
				filp: { slabs: 3, freeObjects: 0 },
				pid: { slabs: 1, freeObjects: 0 },
			},
		);
		expect(slabs.map(({ name, pfn }) => `${name} ${pfn}`)).to.deep.equal([
			...["dentry 8", "dentry 9", "filp 10", "pid 16"],
		]);
		expect(leftOver).to.equal(1);
		expect([...missing.values()]).to.deep.equal([2]);
	});
});
