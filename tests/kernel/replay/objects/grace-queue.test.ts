import { expect } from "chai";
import fc from "fast-check";
import { GraceQueue } from "../../../../kernel/replay/objects/grace-queue";

const pairs = (words: readonly number[]): number[] =>
	words.filter((_, index) => index % 2 === 0);

describe("objects that wait for a grace period", () => {
	it("go with everything older, and with what is old enough, newest first", () => {
		const queue = new GraceQueue();
		for (let n = 1; n <= 6; n++) queue.add(0, n, -1, n * 10);
		expect(queue.takeBatch(2, -1, 40)).to.equal(true);
		expect(queue.batch).to.deep.equal([4, -1, 3, -1, 2, -1, 1, -1]);
		expect(queue.takeBatch(4, -1, 40)).to.equal(false);
		expect(queue.size).to.equal(2);
	});

	it("wait on the CPU that they were allocated on", () => {
		const queue = new GraceQueue();
		queue.add(0, 1, 0, 1);
		queue.add(1, 2, 0, 2);
		queue.add(0, 3, 0, 3);
		expect(queue.takeBatch(3, 0, 100)).to.equal(true);
		expect(queue.batchCpu).to.equal(0);
		expect(pairs(queue.batch)).to.deep.equal([3, 1]);
		expect(queue.takeBatch(2, 0, 0)).to.equal(true);
		expect(queue.batchCpu).to.equal(1);
	});

	it("are forgotten when they are freed otherwise", () => {
		const queue = new GraceQueue();
		for (let n = 1; n <= 3; n++) queue.add(0, n, 0, n);
		queue.forget(2, 0);
		queue.forget(9, 0);
		expect(queue.takeBatch(3, 0, 0)).to.equal(true);
		expect(pairs(queue.batch)).to.deep.equal([3, 1]);
		queue.add(0, 2, 0, 9);
		expect(queue.takeBatch(2, 0, 0)).to.equal(true);
		expect(pairs(queue.batch)).to.deep.equal([2]);
	});

	it("GQ1: are each in one list, as a plain array has them", () => {
		const command = fc.tuple(
			fc.constantFrom("add", "forget", "take"),
			fc.integer({ min: 1, max: 40 }),
			fc.integer({ min: 0, max: 1 }),
		);
		fc.assert(
			fc.property(fc.array(command, { maxLength: 400 }), (commands) => {
				const queue = new GraceQueue();
				let model: { key: number; cpu: number; time: number }[] = [];
				commands.forEach(([what, key, cpu], time) => {
					const entry = model.find((it) => it.key === key);
					if (what === "add" && !entry) {
						queue.add(cpu, key, 0, time);
						model.push({ key, cpu, time });
					} else if (what === "forget") {
						queue.forget(key, 0);
						model = model.filter((it) => it.key !== key);
					} else if (what === "take") {
						const until = time - 20;
						expect(queue.takeBatch(key, 0, until)).to.equal(!!entry);
						const goes = (it: (typeof model)[number]): boolean =>
							!!entry &&
							it.cpu === entry.cpu &&
							(it.time <= entry.time || it.time <= until);
						const taken = model.filter(goes).map((it) => it.key);
						expect(pairs(queue.batch)).to.deep.equal(taken.reverse());
						model = model.filter((it) => !goes(it));
					}
					expect(queue.size).to.equal(model.length);
				});
			}),
			{ seed: 3, numRuns: 80 },
		);
	});
});
