import { expect } from "chai";
import { mapsMemory } from "../../../kernel/scenario/compile";
import { problemsOf, runTasks } from "./support";

describe("kernel/scenario/compile", () => {
	const problems = (...steps: unknown[]): string[] =>
		problemsOf({ tasks: [{ name: "t", steps }] });

	it("accepts steps of every kind", () => {
		expect(
			problems(
				{ create: { name: "c", size: 64, flags: ["hwcache_align"] } },
				{ alloc: { size: 8, count: 2, as: "a", gfp: "GFP_ATOMIC|__GFP_ZERO" } },
				{ alloc: { cache: "c", as: "b" } },
				{ alloc: { order: 2, as: "c", until_failure: true } },
				{ realloc: { what: "a", size: 99 } },
				{ touch: "a" },
				{ touch: { what: "c", pages: 2, order: "random", write: false } },
				{ read: { what: "a", count: 2 } },
				{ write: { what: "a", offset: 4, value: 7 } },
				{ read: { address: "0x1000" } },
				{ repeat: { times: 2, steps: [{ choose: [{ steps: ["yield"] }] }] } },
				{ free: { what: "a", order: "lifo", count: 1 } },
				{ spawn: { name: "child", steps: [{ exit: 3 }] } },
				{ wait: "all" },
				"wait",
				{ compute: 1000 },
				{ log: "{a} left" },
				{ expect: "no leaks" },
				{ shrink: "c" },
				{ destroy: "c" },
			),
		).to.deep.equal([]);
	});

	it("wants exactly one of size, cache and order", () => {
		expect(problems({ alloc: { count: 3 } })).to.deep.equal([
			"tasks.0.steps.0.alloc: alloc needs exactly one of size, cache and order, found none",
		]);
		expect(problems({ alloc: { size: 3, order: 1 } })).to.deep.equal([
			"tasks.0.steps.0.alloc: alloc needs exactly one of size, cache and order, found size and order",
		]);
	});

	it("knows the names of GFP flags", () => {
		expect(problems({ alloc: { size: 3, gfp: "GFP_KERNAL" } })).to.deep.equal([
			'tasks.0.steps.0.alloc.gfp: no GFP flag is called "GFP_KERNAL" (did you mean "GFP_KERNEL"?)',
		]);
	});

	it("wants a group to be filled somewhere, before or after in the text", () => {
		expect(
			problems({ alloc: { size: 3, as: "objects" } }, { free: "object" }),
		).to.deep.equal([
			'tasks.0.steps.1.free: nothing is called "object" in this task (did you mean "objects"?); give it a name with "as" where it is allocated or mapped',
		]);
		expect(
			problems({
				repeat: {
					times: 2,
					steps: [{ free: "x" }, { alloc: { size: 1, as: "x" } }],
				},
			}),
		).to.deep.equal([]);
	});

	it("wants a place for a read, and no value", () => {
		expect(problems({ read: {} })[0]).to.match(
			/exactly one of what and address/,
		);
		expect(problems({ read: { address: 4, value: 1 } })[0]).to.equal(
			"tasks.0.steps.0.read.value: a read has no value",
		);
	});

	it("passes on what is wrong with an amount", () => {
		expect(problems({ sleep: { uniform: [4, 2] } })).to.deep.equal([
			"tasks.0.steps.0.sleep: uniform: the first amount, 4, is above the second, 2",
		]);
	});

	it("passes on what is wrong with an expectation", () => {
		expect(problems({ expect: ["no leaks", "vmstat.x"] })[0]).to.match(
			/^tasks\.0\.steps\.0\.expect\.1: expected a comparison/,
		);
	});

	it("finds mistakes inside of loops, choices and children", () => {
		expect(
			problems({
				repeat: {
					times: 2,
					steps: [
						{
							choose: [
								{ steps: [{ spawn: { name: "c", steps: [{ free: "x" }] } }] },
							],
						},
					],
				},
			})[0],
		).to.match(
			/^tasks\.0\.steps\.0\.repeat\.steps\.0\.choose\.0\.steps\.0\.spawn\.steps\.0\.free: nothing is called "x"/,
		);
	});

	it("knows which steps need an address space", () => {
		expect(mapsMemory(["yield", { alloc: { size: 1 } }])).to.equal(false);
		expect(mapsMemory([{ map: { size: 1 } }])).to.equal(true);
		expect(
			mapsMemory([
				{
					repeat: {
						times: 1,
						steps: [{ choose: [{ steps: [{ map: { size: 1 } }] }] }],
					},
				},
			]),
		).to.equal(true);
	});

	it("ends a task that names a cache which is not there", () => {
		const { world } = runTasks({
			tasks: [{ name: "t", steps: [{ alloc: { cache: "nothing" } }] }],
		});
		expect(world.exitCode(1)).to.equal(1);
		expect(world.lines).to.deep.equal([
			't[1]: there is no cache called "nothing"',
		]);
	});
});
