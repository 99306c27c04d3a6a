import { join } from "node:path";
import { expect } from "chai";
import { type Locks, ThreadLocks, TurnLocks } from "../../hw/lock";
import { KernelPanic } from "../../hw/panic";
import { startThread, threadProgram } from "../thread";
import { ADDED, GUARDED, LOCK, type Task } from "./lock-thread";

const INT_MAX = 2 ** 31 - 1;
const PROGRAM = threadProgram(join(__dirname, "lock-thread.ts"));

const memory = (): Int32Array => new Int32Array(new SharedArrayBuffer(64));

const DESIGNS: readonly [string, () => Locks][] = [
	["turn locks", () => new TurnLocks()],
	["thread locks", () => new ThreadLocks(3)],
	["thread locks that must not sleep", () => new ThreadLocks(3, false)],
];

for (const [name, make] of DESIGNS)
	describe(name, () => {
		it("are taken and released", () => {
			const [locks, words] = [make(), memory()];
			locks.lock(words, 5);
			expect(words[5]).to.be.greaterThan(0);
			locks.unlock(words, 5);
			expect(words[5]).to.equal(0);
			locks.lock(words, 5);
			locks.unlock(words, 5);
		});

		it("touch no other word", () => {
			const [locks, words] = [make(), memory()];
			locks.lock(words, 5);
			expect(words.filter((word) => word !== 0).length).to.equal(1);
			locks.lock(words, 6);
			locks.unlock(words, 5);
			expect([words[5] === 0, words[6] === 0]).to.deep.equal([true, false]);
		});

		it("can be tried", () => {
			const [locks, words] = [make(), memory()];
			expect(locks.tryLock(words, 0)).to.equal(true);
			expect(locks.tryLock(words, 0)).to.equal(false);
			locks.unlock(words, 0);
			expect(locks.tryLock(words, 0)).to.equal(true);
		});

		it("panic when one CPU takes a lock twice", () => {
			const [locks, words] = [make(), memory()];
			locks.lock(words, 0);
			expect(() => locks.lock(words, 0)).to.throw(KernelPanic, "L2");
		});

		it("L1: panic when what nobody took is released", () => {
			const [locks, words] = [make(), memory()];
			expect(() => locks.unlock(words, 0)).to.throw(KernelPanic, "L1");
		});

		it("add, and wrap as a word does", () => {
			const [locks, words] = [make(), memory()];
			expect(locks.add(words, 2, 5)).to.equal(5);
			expect(locks.add(words, 2, -7)).to.equal(-2);
			words[2] = INT_MAX;
			expect(locks.add(words, 2, 1)).to.equal(-INT_MAX - 1);
			expect(words[2]).to.equal(-INT_MAX - 1);
		});

		it("load and store", () => {
			const [locks, words] = [make(), memory()];
			locks.store(words, 4, -3);
			expect(locks.load(words, 4)).to.equal(-3);
			expect(words[4]).to.equal(-3);
		});

		it("swap only what is expected", () => {
			const [locks, words] = [make(), memory()];
			expect(locks.swap(words, 1, 0, 9)).to.equal(true);
			expect(locks.swap(words, 1, 0, 7)).to.equal(false);
			expect(words[1]).to.equal(9);
			expect(locks.swap(words, 1, 9, -1)).to.equal(true);
			expect(words[1]).to.equal(-1);
		});
	});

describe("the two designs of locks", () => {
	it("say whether threads share the memory", () => {
		expect(new TurnLocks().shared).to.equal(false);
		expect(new ThreadLocks(0).shared).to.equal(true);
	});
});

describe("locks of CPUs that are threads", () => {
	it("L1: are marked with their CPU, and only that one releases them", () => {
		const words = memory();
		const [one, two] = [new ThreadLocks(0), new ThreadLocks(1)];
		one.lock(words, 0);
		expect(words[0]).to.equal(1);
		expect(two.tryLock(words, 0)).to.equal(false);
		expect(() => two.unlock(words, 0)).to.throw(KernelPanic, "L1");
	});

	it("lose no addition when two threads contend", () => contend(true));
	it("lose none either when they may not sleep", () => contend(false));
});

async function contend(mayWait: boolean): Promise<void> {
	const words = memory();
	const times = 20_000;
	const tasks = [0, 1].map((cpu) => ({ words, cpu, cpus: 2, times, mayWait }));
	await Promise.all(tasks.map(run));
	expect(words[GUARDED]).to.equal(2 * times);
	expect(words[ADDED]).to.equal(2 * times);
	expect(words[LOCK]).to.equal(0);
}

function run(task: Task): Promise<void> {
	const worker = startThread(PROGRAM, task);
	return new Promise((resolve, reject) => {
		worker.on("error", reject);
		worker.on("exit", () => resolve());
	});
}
