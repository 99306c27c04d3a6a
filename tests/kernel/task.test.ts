import { expect } from "chai";
import { asPhys } from "../../hw/units";
import {
	NO_TASK,
	PF_KTHREAD,
	stateLetter,
	stateText,
	TASK_BYTES,
	TASK_RUNNING,
	type Task,
	type Tasks,
} from "../../kernel/task";
import { World } from "./support";

describe("kernel/task", () => {
	let world: World;
	let tasks: Tasks;
	const record = (): Task => asPhys(world.fake.take(TASK_BYTES, 64));
	const add = (name: string, parent: Task = NO_TASK): Task => {
		const task = record();
		tasks.add(task, name, parent);
		return task;
	};
	const names = (): string[] => {
		const found: string[] = [];
		for (let at = tasks.first(); at !== NO_TASK; at = tasks.next(at))
			found.push(tasks.name(at));
		return found;
	};

	beforeEach(() => {
		world = new World();
		tasks = world.tasks;
	});

	it("numbers tasks from 1", () => {
		expect(tasks.pid(add("a"))).to.equal(1);
		expect(tasks.pid(add("b"))).to.equal(2);
	});

	it("keeps every task on the list in the order of birth, until it is removed", () => {
		add("a");
		const b = add("b");
		add("c");
		tasks.remove(b);
		expect(names()).to.deep.equal(["a", "c"]);
		expect(tasks.count).to.equal(2);
		tasks.remove(tasks.first());
		tasks.remove(tasks.first());
		expect(names()).to.deep.equal([]);
		add("d");
		expect(names()).to.deep.equal(["d"]);
	});

	it("cuts names to 15 characters", () => {
		expect(tasks.name(add("a-very-long-name-of-a-task"))).to.equal(
			"a-very-long-nam",
		);
	});

	it("finds a task by its pid, and none by an unused one", () => {
		const a = add("a");
		expect(tasks.find(1)).to.equal(a);
		expect(tasks.find(2)).to.equal(NO_TASK);
	});

	it("begins with a clean record where an old one lay", () => {
		const a = add("a");
		tasks.setExitCode(a, 3);
		tasks.setFlag(a, PF_KTHREAD);
		tasks.addObjects(a, 7);
		tasks.remove(a);
		tasks.add(a, "b", NO_TASK);
		expect(tasks.exitCode(a)).to.equal(0);
		expect(tasks.isKernelThread(a)).to.equal(false);
		expect(tasks.objects(a)).to.equal(0);
		expect(tasks.state(a)).to.equal(TASK_RUNNING);
	});

	it("keeps results of both signs and of more than 32 bits", () => {
		const a = add("a");
		for (const result of [0, -12, 0x7f1234567000, 2 ** 40, -10_001]) {
			tasks.setResult(a, result);
			expect(tasks.result(a)).to.equal(result);
		}
	});

	it("uses no pid twice when the numbers begin again", () => {
		const a = add("a");
		const seen = new Set<number>();
		for (let i = 0; i < 33000; i++) {
			const task = add("b", NO_TASK);
			expect(tasks.pid(task)).to.be.within(2, 32767);
			if (i >= 32760) seen.add(tasks.pid(task));
			if (i % 1000 !== 0) {
				tasks.remove(task);
				world.fake.give(task);
			}
		}
		expect(tasks.pid(a)).to.equal(1);
		const pids = new Set<number>();
		for (let at = tasks.first(); at !== NO_TASK; at = tasks.next(at))
			pids.add(tasks.pid(at));
		expect(pids.size).to.equal(tasks.count);
		expect(Math.min(...seen)).to.be.at.least(300);
	});

	it("counts children and the dead among them", () => {
		const parent = add("parent");
		const child = add("child", parent);
		expect(tasks.children(parent)).to.equal(1);
		tasks.addZombie(parent);
		expect(tasks.zombies(parent)).to.equal(1);
		tasks.removeZombie(parent);
		expect(tasks.children(parent)).to.equal(0);
		expect(tasks.parent(child)).to.equal(parent);
	});

	it("makes orphans of the children of a task that goes", () => {
		const parent = add("parent");
		const first = add("first", parent);
		const second = add("second", parent);
		const visited: Task[] = [];
		tasks.orphan(parent, (child) => visited.push(child));
		expect(visited).to.deep.equal([first, second]);
		expect(tasks.parent(first)).to.equal(NO_TASK);
		expect(tasks.children(parent)).to.equal(0);
	});

	it("tells states as ps and /proc do", () => {
		expect([0, 1, 0x20].map(stateLetter)).to.deep.equal(["R", "S", "Z"]);
		expect(stateText(0)).to.equal("R (running)");
		expect(stateText(1)).to.equal("S (sleeping)");
		expect(stateText(0x20)).to.equal("Z (zombie)");
	});
});
