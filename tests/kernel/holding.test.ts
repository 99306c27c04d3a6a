import { expect } from "chai";
import fc from "fast-check";
import { asPhys, NULL, PAGE_SIZE } from "../../hw/units";
import {
	HELD_KMALLOC,
	HELD_MAPPING,
	HELD_OBJECT,
	HELD_PAGES,
	holdingTableBytes,
} from "../../kernel/holding";
import type { Task } from "../../kernel/task";
import { World } from "./support";

describe("kernel/holding", () => {
	let world: World;
	let task: Task;
	const hold = (
		address: number,
		group = 0,
		kind = HELD_KMALLOC,
		size = 8,
		order = 0,
	) =>
		world.holdings.add(
			task,
			kind,
			address,
			size,
			order,
			asPhys(0x9000),
			group,
			0,
		);
	const addressAt = (group: number, index: number): number =>
		world.holdings.address(world.holdings.groupAt(task, group, index));

	beforeEach(() => {
		world = new World();
		world.thread("holder", function* () {});
		task = world.tasks.first();
	});

	it("says again what was recorded", () => {
		const holding = hold(0x5000, 3, HELD_OBJECT, 24, 0);
		const { holdings } = world;
		expect(holdings.address(holding)).to.equal(0x5000);
		expect(holdings.owner(holding)).to.equal(task);
		expect(holdings.kind(holding)).to.equal(HELD_OBJECT);
		expect(holdings.cache(holding)).to.equal(0x9000);
		expect(holdings.groupOf(holding)).to.equal(3);
		expect(holdings.size(holding)).to.equal(24);
	});

	it("counts objects and pages for the owner", () => {
		hold(0x1000);
		hold(0x2000, 0, HELD_OBJECT);
		const block = hold(0x10000, 0, HELD_PAGES, 0, 3);
		hold(0x7f0000000000, 0, HELD_MAPPING, 5);
		expect(world.tasks.objects(task)).to.equal(2);
		expect(world.tasks.pages(task)).to.equal(8 + 5);
		world.holdings.remove(block);
		expect(world.tasks.pages(task)).to.equal(5);
	});

	it("is found by its address until it is removed", () => {
		const holding = hold(0x5000);
		expect(world.holdings.find(asPhys(0x5000))).to.equal(holding);
		expect(world.holdings.find(asPhys(0x5008))).to.equal(NULL);
		world.holdings.remove(holding);
		expect(world.holdings.find(asPhys(0x5000))).to.equal(NULL);
	});

	it("keeps mappings of different tasks apart, and apart from kernel memory", () => {
		const va = 0x7f0000000000;
		hold(va, 0, HELD_MAPPING, 1);
		expect(world.holdings.findMapping(task, va)).not.to.equal(NULL);
		expect(world.holdings.findMapping(asPhys(64), va)).to.equal(NULL);
		expect(world.holdings.find(asPhys(va))).to.equal(NULL);
	});

	it("keeps groups in the order of allocation", () => {
		for (let i = 1; i <= 5; i++) hold(i * 4096, 2);
		hold(0x100000, 4);
		expect(world.holdings.groupSize(task, 2)).to.equal(5);
		expect([0, 1, 2, 3, 4].map((i) => addressAt(2, i) / 4096)).to.deep.equal([
			1, 2, 3, 4, 5,
		]);
		world.holdings.remove(world.holdings.groupAt(task, 2, 2));
		expect([0, 1, 2, 3].map((i) => addressAt(2, i) / 4096)).to.deep.equal([
			1, 2, 4, 5,
		]);
		expect(world.holdings.groupSize(task, 4)).to.equal(1);
	});

	it("follows memory that krealloc moved", () => {
		const holding = hold(0x5000, 1);
		world.holdings.move(holding, asPhys(0x6000), 100);
		expect(world.holdings.find(asPhys(0x5000))).to.equal(NULL);
		expect(world.holdings.find(asPhys(0x6000))).to.equal(holding);
		expect(world.holdings.size(holding)).to.equal(100);
	});

	it("answers 0 and changes nothing when there is no memory for the record", () => {
		world.fake.failIn = 0;
		expect(hold(0x5000, 1)).to.equal(NULL);
		expect(world.tasks.objects(task)).to.equal(0);
		expect(world.holdings.groupSize(task, 1)).to.equal(0);
	});

	it("cuts mappings at the front, at the end, in the middle and whole", () => {
		const page = (n: number): number => (0x7f0000000 + n) * PAGE_SIZE;
		const left = (): string[] => {
			const found: string[] = [];
			let at = world.tasks.firstHolding(task);
			for (; at !== NULL; at = world.holdings.next(at)) {
				const first = world.holdings.address(at) / PAGE_SIZE - 0x7f0000000;
				found.push(`${first}+${world.holdings.size(at)}`);
			}
			return found.sort();
		};
		const cut = (from: number, end: number): boolean =>
			world.holdings.cutMappings(
				task,
				0x7f0000000 + from,
				0x7f0000000 + end,
				0,
			);
		hold(page(0), 1, HELD_MAPPING, 10);
		cut(0, 2);
		expect(left()).to.deep.equal(["2+8"]);
		cut(9, 20);
		expect(left()).to.deep.equal(["2+7"]);
		cut(4, 6);
		expect(left()).to.deep.equal(["2+2", "6+3"]);
		expect(world.tasks.pages(task)).to.equal(5);
		expect(world.holdings.groupSize(task, 1)).to.equal(2);
		cut(0, 100);
		expect(left()).to.deep.equal([]);
		expect(world.tasks.pages(task)).to.equal(0);
	});

	it("sizes its table by the machine", () => {
		expect(holdingTableBytes(1024)).to.equal(2048);
		expect(holdingTableBytes(16384)).to.equal(16384);
		expect(holdingTableBytes(2 ** 22)).to.equal(65536 * 8);
	});

	it("behaves as a Map would, under random commands", () => {
		fc.assert(
			fc.property(
				fc.array(fc.tuple(fc.nat(40), fc.nat(3)), { maxLength: 120 }),
				(commands) => {
					world = new World();
					world.thread("holder", function* () {});
					task = world.tasks.first();
					const model = new Map<number, number>();
					for (const [slot, group] of commands) {
						const address = 0x200000 + slot * 64;
						const known = world.holdings.find(asPhys(address));
						expect(known !== NULL).to.equal(model.has(address));
						if (known !== NULL) {
							world.holdings.remove(known);
							model.delete(address);
						} else {
							hold(address, group);
							model.set(address, group);
						}
					}
					for (const group of [1, 2, 3]) {
						const expected = [...model].filter(([, g]) => g === group);
						expect(world.holdings.groupSize(task, group)).to.equal(
							expected.length,
						);
						expected.forEach(([address], index) => {
							expect(addressAt(group, index)).to.equal(address);
						});
					}
					expect(world.tasks.objects(task)).to.equal(model.size);
				},
			),
			{ numRuns: 100 },
		);
	});
});
