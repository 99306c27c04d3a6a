import { expect } from "chai";
import fc from "fast-check";
import { COST_INTERRUPT, CYCLES_PER_TICK } from "../../hw/costs";
import type { Cpu } from "../../hw/cpu";
import {
	compute,
	generatorCode,
	kfree,
	kmalloc,
	relinquish,
	type Steps,
	sleep,
	spawn,
	wait,
} from "../../kernel/program";
import { World } from "./support";

describe("kernel/loop", () => {
	const cpuOf = (world: World, id = 0): Cpu => world.turn.cpus[id] as Cpu;
	const spin = function* (): Steps {
		for (;;) {
			yield compute(20_000);
			yield relinquish();
		}
	};
	const burn = function* (): Steps {
		for (;;) yield compute(10_000);
	};

	it("counts ticks, and time passes on every CPU", () => {
		const world = new World(2);
		expect(world.loop.run({ ticks: 10 })).to.equal(10);
		expect(world.loop.ticks).to.equal(10);
		for (const cpu of world.turn.cpus) {
			expect(cpu.cycles).to.equal(10 * CYCLES_PER_TICK);
			expect(cpu.idleCycles).to.equal(10 * (CYCLES_PER_TICK - COST_INTERRUPT));
			expect(cpu.systemCycles).to.equal(10 * COST_INTERRUPT);
		}
	});

	it("begins where boot left the clocks", () => {
		const world = new World(2);
		cpuOf(world).charge(123_456);
		world.loop.run({ ticks: 1 });
		expect(cpuOf(world).cycles).to.equal(123_456 + CYCLES_PER_TICK);
		expect(cpuOf(world, 1).cycles).to.equal(123_456 + CYCLES_PER_TICK);
	});

	it("stops when it is told to", () => {
		const world = new World();
		const { loop } = world;
		expect(loop.run({ ticks: 9, until: () => loop.ticks === 4 })).to.equal(4);
	});

	it("stops when no task is left that could run, if asked", () => {
		const world = new World();
		world.thread("short", function* () {
			yield sleep(3);
		});
		expect(world.loop.run({ ticks: 100, whileTasks: true })).to.equal(4);
		expect(world.loop.run({ ticks: 7 })).to.equal(7);
	});

	it("does not wait for a task that nothing can wake", () => {
		const world = new World();
		world.thread("parent", function* () {
			const code = generatorCode("child", function* () {
				yield sleep(1);
				yield wait();
			});
			yield spawn({ name: "child", code, kernelThread: true });
			yield wait();
		});
		expect(world.loop.run({ ticks: 50, whileTasks: true })).to.be.below(10);
	});

	it("shares a CPU fairly between tasks of the same priority", () => {
		const world = new World();
		for (const name of ["a", "b", "c"]) world.thread(name, burn);
		world.loop.run({ ticks: 90 });
		const spent = [1, 2, 3].map((pid) =>
			world.tasks.systemCycles(world.tasks.find(pid)),
		);
		for (const cycles of spent)
			expect(cycles / (30 * CYCLES_PER_TICK)).to.be.within(0.95, 1.05);
		expect(world.scheduler.switches(0)).to.be.at.least(89);
	});

	it("shares by weight between tasks of different priority", () => {
		const world = new World();
		world.thread("nice 0", burn);
		world.thread("nice 5", burn, { nice: 5 });
		world.loop.run({ ticks: 400 });
		const [normal, nicer] = [1, 2].map((pid) =>
			world.tasks.systemCycles(world.tasks.find(pid)),
		);
		expect((normal as number) / (nicer as number)).to.be.within(2.8, 3.3); // 1024 to 335
	});

	it("runs tasks on two CPUs side by side", () => {
		const world = new World(2);
		for (const name of ["a", "b"]) world.thread(name, burn);
		world.loop.run({ ticks: 10 });
		for (const pid of [1, 2])
			expect(
				world.tasks.systemCycles(world.tasks.find(pid)) / CYCLES_PER_TICK,
			).to.be.within(9.8, 10);
	});

	it("keeps a task alone on its CPU without switching", () => {
		const world = new World();
		world.thread("alone", spin);
		world.loop.run({ ticks: 20 });
		expect(world.scheduler.switches(0)).to.equal(1);
	});

	it("lets a task that yields wait for the others", () => {
		const world = new World();
		const order: string[] = [];
		for (const name of ["a", "b"])
			world.thread(name, function* () {
				for (let i = 0; i < 3; i++) {
					order.push(name + i);
					yield relinquish();
				}
			});
		world.loop.run({ ticks: 2 });
		expect(order).to.deep.equal(["a0", "b0", "a1", "b1", "a2", "b2"]);
	});

	it("runs deferred work on its tick", () => {
		const world = new World();
		const ticks: number[] = [];
		const kind = world.work.register("beat", () => {
			ticks.push(world.loop.ticks);
			world.work.queue(0, kind, world.loop.ticks + 3);
		});
		world.work.queue(0, kind, 2);
		world.loop.run({ ticks: 10 });
		expect(ticks).to.deep.equal([2, 5, 8]);
	});

	it("accounts every cycle, whatever the tasks do", () => {
		fc.assert(
			fc.property(
				fc.array(fc.tuple(fc.nat(4), fc.integer({ min: -20, max: 19 })), {
					maxLength: 5,
				}),
				fc.integer({ min: 1, max: 3 }),
				(kinds, cpus) => {
					const world = new World(cpus);
					const bodies = [spin, burn, sleeper(1), sleeper(7), brief];
					for (const [kind, nice] of kinds)
						world.thread("t", bodies[kind] as () => Steps, { nice });
					world.loop.run({ ticks: 1 });
					let own = 0;
					world.loop.run({ ticks: 12 });
					for (let pid = 1; pid <= kinds.length; pid++)
						own += world.tasks.systemCycles(world.tasks.find(pid));
					for (const cpu of world.turn.cpus) {
						own += cpu.idleCycles + cpu.systemCycles;
						own -= cpu.cycles;
					}
					expect(own).to.be.at.most(0);
					expect(own).to.be.at.least(-1500 * kinds.length - 300 * cpus); // spawned from outside
				},
			),
			{ numRuns: 30 },
		);
	});

	it("has one history for one seed", () => {
		const history = (): string => {
			const world = new World(2, 7);
			for (const name of ["a", "b", "c", "d", "e"])
				world.thread(name, function* (self) {
					for (let i = 0; i < 200; i++) {
						const p = yield kmalloc(1 + self.rng.below(4000));
						if (self.rng.below(3) === 0) yield sleep(1 + self.rng.below(3));
						yield kfree(p);
					}
				});
			world.loop.run({ ticks: 100 });
			let hash = 0;
			for (const word of world.memory.words)
				hash = (Math.imul(hash, 31) + word) | 0;
			return `${hash} ${world.turn.cpus.map((cpu) => cpu.cycles)}`;
		};
		expect(history()).to.equal(history());
	});

	const sleeper = (ticks: number) =>
		function* (): Steps {
			for (;;) yield sleep(ticks);
		};
	const brief = function* (): Steps {
		yield kfree(yield kmalloc(8));
	};
});
