import { expect } from "chai";
import { attach, boot } from "../../../kernel/boot";
import type { Kernel } from "../../../kernel/kernel";
import { scenarioKernel } from "../../../kernel/scenario/kernel-view";
import { bootOptionsOf } from "../../../kernel/scenario/machine";
import { registerPrograms, runScenario } from "../../../kernel/scenario/runner";
import { loadScenario, shippedNames } from "../../../scripts/scenario-files";
import { recorded } from "../../fixtures";

describe("kernel/scenario/shipped", () => {
	const run = (name: string) => {
		const scenario = loadScenario(name);
		const kernel: Kernel = boot(bootOptionsOf(scenario));
		const result = runScenario(scenarioKernel(kernel), scenario);
		return { kernel, result };
	};

	for (const name of shippedNames())
		it(`${name}: boots, runs, and every expectation holds`, () => {
			const { kernel, result } = run(name);
			const broken = result.outcomes
				.filter(({ held }) => !held)
				.map(({ text, detail }) => `${text}: ${detail}`);
			expect(broken, kernel.log.text()).to.deep.equal([]);
			expect(kernel.check()).to.deep.equal([]);
		});

	it("the same scenario and seed leave the same memory behind", () => {
		for (const name of ["per-cpu", "page-tables"])
			expect(run(name).kernel.stateHash()).to.equal(
				run(name).kernel.stateHash(),
			);
	});

	it("a copy of the memory, taken in the middle, goes on to the same end", () => {
		for (const [name, first, rest] of [
			["memory-full", 15, 26],
			["per-cpu", 1, 2],
			["time-slices", 40, 50],
		] as const) {
			const scenario = { ...loadScenario(name), expectations: [] };
			const kernel = boot(bootOptionsOf(scenario));
			runScenario(scenarioKernel(kernel), scenario, first);
			const copy = kernel.memory.buffer.slice(0);
			kernel.run({ ticks: rest });
			const other = attach(copy);
			registerPrograms(scenarioKernel(other), scenario);
			other.run({ ticks: rest });
			expect(other.ticks).to.equal(first + rest);
			expect(other.stateHash(), name).to.equal(kernel.stateHash());
		}
	});

	it("debian-boot has the recorded machine's caches, object by object", () => {
		const scenario = { ...loadScenario("debian-boot"), tasks: [], ticks: 0 };
		const kernel = boot(bootOptionsOf(scenario));
		runScenario(scenarioKernel(kernel), { ...scenario, expectations: [] });
		const known = new Map(
			kernel
				.proc("slabinfo")
				.split("\n")
				.map((line) => line.split(/\s+/))
				.map((words) => [words[0], words.slice(2, 6).join(" ")]),
		);
		const text = recorded("m12-net-2cpu-counterclock").text("slabinfo", "a");
		const different = text
			.trim()
			.split("\n")
			.slice(2)
			.map((line) => line.split(/\s+/))
			.filter(([name = ""]) => !/^((dma-)?kmalloc|kmem_cache)/.test(name))
			.filter(
				(words) =>
					known.get(words[0] as string) !== words.slice(2, 6).join(" "),
			)
			.map((words) => words[0]);
		expect(different).to.deep.equal([]);
	});
});
