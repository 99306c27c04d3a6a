import { expect } from "chai";
import { Interpreter } from "../../../kernel/scenario/interpreter";
import { World } from "../support";
import { runTasks, scenarioOf } from "./support";

describe("kernel/scenario/interpreter", () => {
	/** Lines that one task with these steps logs. */
	const lines = (...steps: unknown[]): string[] =>
		runTasks({ tasks: [{ name: "t", steps }] }).world.lines.map((line) =>
			line.replace("t[1]: ", ""),
		);
	const task = (world: World, pid = 1) => world.tasks.find(pid);

	it("repeats steps, loops inside of loops", () => {
		expect(
			lines({
				repeat: {
					times: 2,
					steps: [
						{ log: "outer" },
						{ repeat: { times: 3, steps: [{ log: "inner" }] } },
					],
				},
			}),
		).to.deep.equal([
			"outer",
			"inner",
			"inner",
			"inner",
			"outer",
			"inner",
			"inner",
			"inner",
		]);
	});

	it("takes nothing 0 times and ends", () => {
		expect(
			lines({ repeat: { times: 0, steps: [{ log: "no" }] } }),
		).to.deep.equal([]);
	});

	it("counts what a group holds, and frees all of it or some", () => {
		expect(
			lines(
				{ alloc: { size: 64, count: 10, as: "x" } },
				{ log: "{x}" },
				{ free: { what: "x", count: 4 } },
				{ log: "{x} of {y}" },
				{ free: "x" },
				{ log: "{x}" },
			),
		).to.deep.equal(["10", "6 of {y}", "0"]);
	});

	it("frees the oldest, the youngest or any, as it is told", () => {
		const left = (order: string): number[] => {
			const { world } = runTasks({
				ticks: 3,
				tasks: [
					{
						name: "t",
						steps: [
							{ alloc: { size: 64, count: 5, as: "x" } },
							{ free: { what: "x", order, count: 2 } },
							{ sleep: 100 },
						],
					},
				],
			});
			const first = world.tasks.firstHolding(task(world));
			const found: number[] = [];
			for (let at = first; at !== 0; at = world.holdings.next(at))
				found.push(world.holdings.address(at));
			return found.map((address) => (address - (found[0] as number)) / 136);
		};
		expect(left("fifo")).to.deep.equal([0, 1, 2]);
		expect(left("lifo")).to.deep.equal([0, 1, 2]);
		expect(left("random")).to.have.length(3);
	});

	it("frees objects, pages and mappings by one word", () => {
		const { world } = runTasks({
			tasks: [
				{
					name: "t",
					steps: [
						{ create: { name: "c", size: 64 } },
						{ alloc: { size: 10, as: "x" } },
						{ alloc: { cache: "c", as: "x" } },
						{ alloc: { order: 1, as: "x" } },
						{ map: { size: "12K", as: "x" } },
						{ free: "x" },
						{ destroy: "c" },
						{ exit: 7 },
					],
				},
			],
		});
		expect(world.exitCode(1)).to.equal(7);
		expect(world.lines).to.deep.equal([]);
		expect(world.tasks.allocations(task(world))).to.equal(4);
	});

	it("chooses by weight, the same way for the same seed", () => {
		const steps = [
			{
				repeat: {
					times: 400,
					steps: [
						{
							choose: [
								{ weight: 3, steps: [{ log: "often" }] },
								{ steps: [{ log: "rarely" }] },
							],
						},
					],
				},
			},
		];
		const chosen = lines(...steps);
		expect(chosen).to.deep.equal(lines(...steps));
		const often = chosen.filter((line) => line === "often").length;
		expect(often).to.be.within(270, 330);
	});

	it("goes on until an allocation fails", () => {
		const { world, result } = runTasks({
			tasks: [
				{
					name: "t",
					steps: [
						{ alloc: { order: 8, as: "x", until_failure: true } },
						{ log: "took {x}" },
					],
				},
			],
		});
		const taken = Number(/took (\d+)/.exec(world.lines[0] as string)?.[1]);
		expect(taken).to.be.at.least(5);
		expect(taken).to.equal(world.tasks.allocations(task(world)));
		expect(world.tasks.failures(task(world))).to.equal(1);
		expect(result.ticks).to.be.below(10);
	});

	it("resizes what came from kmalloc", () => {
		const { world } = runTasks({
			ticks: 2,
			tasks: [
				{
					name: "t",
					steps: [
						{ alloc: { size: 64, as: "x" } },
						{ realloc: { what: "x", size: 5000 } },
						{ log: "{x}" },
						{ sleep: 50 },
					],
				},
			],
		});
		const holding = world.tasks.firstHolding(task(world));
		expect(world.holdings.size(holding)).to.equal(5000);
		expect(world.lines).to.deep.equal(["t[1]: 1"]);
	});

	it("touches every page of a mapping once, and writes real words", () => {
		const { world } = runTasks({
			ticks: 2,
			tasks: [
				{
					name: "t",
					steps: [
						{ map: { size: "16K", as: "x" } },
						{ touch: "x" },
						{ write: { what: "x", offset: 8, value: 1234 } },
						{ sleep: 50 },
					],
				},
			],
		});
		const holding = world.tasks.firstHolding(task(world));
		const va = world.holdings.address(holding);
		world.spaces.activate(world.tasks.mm(task(world)));
		const word = (offset: number): number =>
			world.memory.readU32(
				world.spaces.translate(world.va(va + offset), 0) as never,
			);
		expect([0, 4096, 8192, 12288].map(word)).to.deep.equal([0, 1, 2, 3]);
		expect(word(8)).to.equal(1234);
	});

	it("dies of touching what it made unreadable", () => {
		const { world } = runTasks({
			tasks: [
				{
					name: "t",
					steps: [
						{ map: { size: "16K", protection: "rw", as: "x" } },
						{ protect: { what: "x", protection: "r" } },
						{ touch: { what: "x", write: false } },
						{ touch: "x" },
						{ log: "not reached" },
					],
				},
			],
		});
		expect(world.exitCode(1)).to.equal(139);
	});

	it("spawns children and waits for all of them", () => {
		const { world } = runTasks({
			tasks: [
				{
					name: "t",
					steps: [
						{
							spawn: {
								name: "child",
								count: 3,
								steps: [{ sleep: { uniform: [1, 5] } }, { log: "done" }],
							},
						},
						{ wait: "all" },
						{ log: "all done" },
					],
				},
			],
		});
		expect(world.lines).to.have.length(4);
		expect(world.lines[3]).to.equal("t[1]: all done");
		expect(world.tasks.ended).to.equal(4);
	});

	it("computes for as long as it should, in pieces", () => {
		const { world } = runTasks({
			tasks: [{ name: "t", steps: [{ compute: 950_000 }] }],
		});
		expect(world.tasks.systemCycles(task(world))).to.equal(950_100); // and its exit
	});

	it("does not stand still in time when its loop asks for nothing", () => {
		const { world, result } = runTasks({
			ticks: 3,
			tasks: [
				{
					name: "t",
					steps: [
						{
							repeat: {
								times: "forever",
								steps: [{ choose: [{ steps: [] }] }],
							},
						},
						{ alloc: { size: 1, as: "x" } },
					],
				},
			],
		});
		expect(result.ticks).to.equal(3);
		expect(world.tasks.state(task(world))).to.equal(0);
	});

	it("goes on where another interpreter over the same stack stopped", () => {
		const steps = [
			{
				repeat: {
					times: 50,
					steps: [
						{ alloc: { size: { uniform: [8, 200] }, count: 3, as: "x" } },
						{
							free: { what: "x", order: "random", count: { uniform: [0, 4] } },
						},
						{ log: "{x}" },
						{ compute: 30_000 },
					],
				},
			},
		];
		const whole = lines(...steps);
		const world = new World();
		const scenario = scenarioOf({ tasks: [{ name: "t", steps }] });
		const [first] = scenario.tasks;
		if (!first) throw new Error("no task");
		const makeAnew = {
			name: "t",
			start: (self: never) => ({
				next: (result: number) =>
					(first.spec.code.start(self) as Interpreter).next(result),
			}),
		};
		world.life.spawn({ ...first.spec, code: makeAnew }, 0 as never);
		world.loop.run({ ticks: 1000, whileTasks: true });
		expect(world.lines.map((line) => line.replace("t[1]: ", ""))).to.deep.equal(
			whole,
		);
		expect(first.spec.code.start).to.be.a("function");
		expect(Interpreter.name).to.equal("Interpreter");
	});
});
