import { expect } from "chai";
import { NULL } from "../../hw/units";
import { ECHILD, ENOMEM } from "../../kernel/errno";
import { STACK_ORDER } from "../../kernel/life";
import {
	allocPages,
	exit,
	generatorCode,
	kmalloc,
	map,
	sleep,
	spawn,
	wait,
} from "../../kernel/program";
import { EXIT_ZOMBIE, NO_TASK } from "../../kernel/task";
import { World } from "./support";

describe("kernel/life", () => {
	let world: World;
	let before: number;

	beforeEach(() => {
		world = new World();
		before = world.fake.live.size;
	});
	const reapAll = (): void => {
		for (let at = world.tasks.first(); at !== NO_TASK; ) {
			const next = world.tasks.next(at);
			world.life.reap(at);
			at = next;
		}
	};

	it("gives a kernel thread a record and a stack, and a user task an address space too", () => {
		world.thread("thread", function* () {});
		expect(world.fake.live.size - before).to.equal(2);
		world.user("user", function* () {});
		expect(world.fake.live.size - before).to.equal(5);
		const user = world.tasks.find(2);
		expect(world.tasks.mm(user)).not.to.equal(NULL);
		expect(world.tasks.mm(world.tasks.find(1))).to.equal(NULL);
	});

	it("marks the bottom of the stack", () => {
		world.thread("thread", function* () {});
		const stack = world.tasks.stack(world.tasks.find(1));
		expect(world.memory.readU32(stack)).to.equal(0x57ac6e9d);
		expect(world.fake.live.get(stack)).to.equal(4096 << STACK_ORDER);
	});

	it("takes nothing when any part of a new task cannot be had", () => {
		for (let n = 0; n < 3; n++) {
			world.fake.failIn = n;
			expect(world.user("user", function* () {})).to.equal(-ENOMEM);
			world.fake.failIn = -1;
			expect(world.fake.live.size).to.equal(before);
			expect(world.tasks.count).to.equal(0);
		}
	});

	it("gives every task a chance of its own that the seed decides", () => {
		const draw = (seed: number): number[] => {
			const other = new World(1, seed);
			const draws: number[] = [];
			for (const name of ["a", "b"])
				other.thread(name, function* (self) {
					draws.push(self.rng.next());
					yield sleep(1);
				});
			other.loop.run({ ticks: 2 });
			return draws;
		};
		expect(draw(1)).to.deep.equal(draw(1));
		expect(draw(1)[0]).not.to.equal(draw(1)[1]);
		expect(draw(2)[0]).not.to.equal(draw(1)[0]);
	});

	it("frees everything that a task held when it ends, and says so", () => {
		world.thread("keeper", function* () {
			for (let i = 0; i < 10; i++) yield kmalloc(100);
			yield allocPages(3);
			return 7;
		});
		world.user("mapper", function* () {
			yield map(10 * 4096);
		});
		world.loop.run({ ticks: 5 });
		expect(world.exitCode(1)).to.equal(7);
		expect(world.fake.live.size - before).to.equal(2); // two records
		expect(world.lines).to.deep.equal([
			"keeper[1]: ended holding 10 objects and 8 pages, freed",
		]);
		reapAll();
		expect(world.fake.live.size).to.equal(before);
	});

	it("keeps a dead task as a zombie until it is reaped", () => {
		world.thread("brief", function* () {
			yield exit(5);
		});
		world.loop.run({ ticks: 2 });
		const task = world.tasks.find(1);
		expect(world.tasks.state(task)).to.equal(EXIT_ZOMBIE);
		expect(world.tasks.stack(task)).to.equal(NULL);
		expect(world.life.reap(task)).to.equal(1 * 256 + 5);
		expect(world.tasks.count).to.equal(0);
		expect(world.tasks.ended).to.equal(1);
	});

	it("answers a parent that waits before and after its child's end", () => {
		const child = (ticks: number, code: number) =>
			generatorCode("child", function* () {
				yield sleep(ticks);
				return code;
			});
		const statuses: number[] = [];
		world.thread("parent", function* () {
			const spec = { name: "child", kernelThread: true };
			yield spawn({ ...spec, code: child(1, 11) });
			yield spawn({ ...spec, code: child(5, 12) });
			yield sleep(3);
			for (let i = 0; i < 3; i++) statuses.push(yield wait());
		});
		world.loop.run({ ticks: 20 });
		expect(statuses).to.deep.equal([2 * 256 + 11, 3 * 256 + 12, -ECHILD]);
		expect(world.tasks.count).to.equal(1);
	});

	it("buries orphans as soon as they end, and the dead children of a parent that ends", () => {
		const child = (ticks: number) =>
			generatorCode("child", function* () {
				yield sleep(ticks);
			});
		world.thread("parent", function* () {
			const spec = { name: "child", kernelThread: true };
			yield spawn({ ...spec, code: child(1) });
			yield spawn({ ...spec, code: child(9) });
			yield sleep(3);
		});
		world.loop.run({ ticks: 6 });
		expect(world.tasks.count).to.equal(2); // the parent's zombie and the sleeper
		world.loop.run({ ticks: 10 });
		expect(world.tasks.count).to.equal(1);
		reapAll();
		expect(world.fake.live.size).to.equal(before);
	});
});
