import { expect } from "chai";
import { CYCLES_PER_TICK } from "../../hw/costs";
import { IRQ_RESCHEDULE } from "../../hw/cpu";
import { FOREVER } from "../../kernel/program";
import { clampNice, sliceCycles } from "../../kernel/scheduler";
import { NO_TASK, TASK_RUNNING, type Task } from "../../kernel/task";
import { World } from "./support";

describe("kernel/scheduler", () => {
	let world: World;
	const start = (name: string, cpu?: number): Task => {
		const spec = cpu === undefined ? {} : { cpu };
		return world.tasks.find(world.thread(name, function* () {}, spec));
	};
	const waiting = (cpu: number): string[] => {
		const names: string[] = [];
		world.scheduler.forEachWaiting(cpu, (task) => {
			names.push(world.tasks.name(task));
		});
		return names;
	};
	const sleepers = (cpu: number): string[] => {
		const names: string[] = [];
		world.scheduler.forEachSleeper(cpu, (task) => {
			names.push(world.tasks.name(task));
		});
		return names;
	};

	beforeEach(() => {
		world = new World(2);
	});

	describe("slices", () => {
		it("are one tick at nice 0, longer below, shorter above", () => {
			expect(sliceCycles(0)).to.equal(CYCLES_PER_TICK);
			expect(sliceCycles(-20)).to.equal(
				Math.floor((CYCLES_PER_TICK * 88761) / 1024),
			);
			expect(sliceCycles(19)).to.equal(
				Math.floor((CYCLES_PER_TICK * 15) / 1024),
			);
		});
		it("differ by about a quarter from one nice value to the next", () => {
			for (let nice = -20; nice < 19; nice++)
				expect(sliceCycles(nice) / sliceCycles(nice + 1)).to.be.within(
					1.15,
					1.3,
				);
		});
		it("know only nice values from -20 to 19", () => {
			expect([-100, -20.5, 3.9, 40].map(clampNice)).to.deep.equal([
				-20, -20, 3, 19,
			]);
		});
	});

	it("puts a new task where the fewest are runnable, the lower number first", () => {
		const cpus = ["a", "b", "c", "d"].map((name) =>
			world.tasks.cpu(start(name)),
		);
		expect(cpus).to.deep.equal([0, 1, 0, 1]);
	});

	it("puts a task on the CPU that it asks for", () => {
		expect(world.tasks.cpu(start("a", 1))).to.equal(1);
		expect(world.tasks.cpu(start("b", 1))).to.equal(1);
		expect(waiting(1)).to.deep.equal(["a", "b"]);
		expect(world.tasks.cpu(start("c", 9))).to.equal(0);
	});

	it("tells another CPU that it has work", () => {
		start("a", 0);
		expect(world.turn.cpus[0]?.pending).to.equal(0);
		start("b", 1);
		expect(world.turn.cpus[1]?.pending).to.equal(IRQ_RESCHEDULE);
	});

	it("takes the head and puts back at the tail", () => {
		const a = start("a", 0);
		start("b", 0);
		expect(world.scheduler.takeNext(0)).to.equal(a);
		expect(world.scheduler.runnable(0)).to.equal(2);
		world.scheduler.putBack(a);
		expect(waiting(0)).to.deep.equal(["b", "a"]);
	});

	it("answers no task when nobody waits", () => {
		expect(world.scheduler.takeNext(0)).to.equal(NO_TASK);
		expect(world.scheduler.hasWaiting(0)).to.equal(false);
	});

	it("gives a new slice only when the old one is used", () => {
		const a = start("a", 0);
		world.scheduler.takeNext(0);
		world.tasks.setSlice(a, 77);
		world.scheduler.putBack(a);
		expect(world.tasks.slice(a)).to.equal(77);
		world.scheduler.takeNext(0);
		world.tasks.setSlice(a, 0);
		world.scheduler.putBack(a);
		expect(world.tasks.slice(a)).to.equal(CYCLES_PER_TICK);
	});

	it("keeps sleepers by wake tick, equal ticks in order of falling asleep", () => {
		const order: [string, number][] = [
			["late", 30],
			["soon", 10],
			["middle", 20],
			["middle too", 20],
			["never", FOREVER],
		];
		for (const [name, tick] of order) {
			const task = start(name, 0);
			world.scheduler.takeNext(0);
			world.scheduler.sleep(task, tick);
		}
		expect(sleepers(0)).to.deep.equal([
			"soon",
			"middle",
			"middle too",
			"late",
			"never",
		]);
		expect(world.scheduler.nextWake(0)).to.equal(10);
		world.scheduler.wakeDue(0, 9);
		expect(waiting(0)).to.deep.equal([]);
		world.scheduler.wakeDue(0, 20);
		expect(waiting(0)).to.deep.equal(["soon", "middle", "middle too"]);
		world.scheduler.wakeDue(0, 1_000_000);
		expect(sleepers(0)).to.deep.equal(["never"]);
		expect(world.scheduler.nextWake(0)).to.equal(0);
	});

	it("wakes a sleeper before its time, once", () => {
		const a = start("a", 0);
		world.scheduler.takeNext(0);
		world.scheduler.sleep(a, FOREVER);
		expect(world.scheduler.runnable(0)).to.equal(0);
		expect(world.scheduler.wake(a)).to.equal(true);
		expect(world.scheduler.wake(a)).to.equal(false);
		expect(world.tasks.state(a)).to.equal(TASK_RUNNING);
		expect(world.scheduler.runnable(0)).to.equal(1);
		expect(world.scheduler.wakes(0)).to.equal(1);
	});
});
