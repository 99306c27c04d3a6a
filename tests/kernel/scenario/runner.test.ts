import { expect } from "chai";
import { KernelPanic } from "../../../hw/panic";
import { runScenario } from "../../../kernel/scenario/runner";
import { World } from "../support";
import { kernelOf, runTasks, scenarioOf } from "./support";

describe("kernel/scenario/runner", () => {
	const outcomes = (value: object): string[] =>
		runTasks(value).result.outcomes.map(
			({ text, held, detail }) => `${text}: ${held ? "held" : detail}`,
		);

	it("runs until all tasks have ended, or the ticks are over", () => {
		const steps = [{ sleep: 10 }];
		expect(runTasks({ tasks: [{ name: "t", steps }] }).result.ticks).to.equal(
			11,
		);
		expect(
			runTasks({ ticks: 4, tasks: [{ name: "t", steps }] }).result.ticks,
		).to.equal(4);
		expect(runTasks({ ticks: 30 }).result.ticks).to.equal(30);
	});

	it("runs for as long as it is told", () => {
		const world = new World();
		const result = runScenario(kernelOf(world), scenarioOf({ ticks: 30 }), 7);
		expect(result.ticks).to.equal(7);
	});

	it("judges steps where they stand and the rest in the end", () => {
		expect(
			outcomes({
				tasks: [
					{
						name: "t",
						steps: [
							{ alloc: { size: 100, count: 5, as: "x" } },
							{ expect: "growth(vmstat.pgalloc_dma) >= 10" },
							{ free: "x" },
							{ expect: "task.t.objects == 1" },
						],
					},
				],
				expect: ["task.t.objects == 0", "no leaks", "audit clean"],
			}),
		).to.deep.equal([
			"growth(vmstat.pgalloc_dma) >= 10: held",
			"task.t.objects == 1: task.t.objects is 0",
			"task.t.objects == 0: held",
			"no leaks: held",
			"audit clean: held",
		]);
	});

	it("keeps the first failure of a step that is done many times", () => {
		expect(
			outcomes({
				tasks: [
					{
						name: "t",
						steps: [
							{
								repeat: {
									times: 5,
									steps: [
										{ alloc: { size: 8, as: "x" } },
										{ expect: "task.t.objects < 3" },
									],
								},
							},
						],
					},
				],
			}),
		).to.deep.equal(["task.t.objects < 3: task.t.objects is 3"]);
	});

	it("says of a step that was never reached", () => {
		expect(
			outcomes({
				tasks: [{ name: "t", steps: [{ exit: 0 }, { expect: "no leaks" }] }],
			}),
		).to.deep.equal(["no leaks: the step was never reached"]);
	});

	it("finds leaks, but not while somebody still runs", () => {
		expect(
			outcomes({
				ticks: 3,
				tasks: [{ name: "t", count: 2, steps: [{ sleep: 100 }] }],
				expect: ["no leaks"],
			}),
		).to.deep.equal([
			"no leaks: leaks show only when all tasks have ended, and t, t have not",
		]);
		expect(
			outcomes({
				tasks: [{ name: "t", steps: [{ create: { name: "c", size: 8 } }] }],
				expect: ["no leaks"],
			}),
		).to.deep.equal([
			"no leaks: 1 objects of everything else were not given back",
		]);
	});

	it("passes on what the auditors say", () => {
		const scenario = scenarioOf({ ticks: 1, expect: ["audit clean"] });
		const kernel = kernelOf(new World(), ["B1 broken"]);
		expect(runScenario(kernel, scenario).outcomes[0]).to.deep.equal({
			text: "audit clean",
			held: false,
			detail: "B1 broken",
		});
	});

	it("makes caches with their objects first, or takes those that there are", () => {
		const world = new World();
		const known = world.fake.createCache({ name: "known", size: 32 });
		const before = world.fake.live.size;
		const scenario = scenarioOf({
			ticks: 0,
			caches: [
				{ name: "known", size: 32, objects: 2 },
				{ name: "new", size: 64, objects: 3 },
			],
		});
		runScenario(kernelOf(world), scenario);
		expect(world.fake.findCache("known")).to.equal(known);
		expect(world.fake.live.size - before).to.equal(2 + 1 + 3);
	});

	it("panics as a kernel does when a cache cannot be made", () => {
		const world = new World();
		world.fake.failIn = 0;
		const scenario = scenarioOf({ caches: [{ name: "c", size: 8 }] });
		expect(() => runScenario(kernelOf(world), scenario)).to.throw(
			KernelPanic,
			"Failed to create slab 'c'. Error -12",
		);
	});
});
