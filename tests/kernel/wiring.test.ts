import { expect } from "chai";
import { Machine } from "../../hw/machine";
import { boot } from "../../kernel/boot";
import { parseCommandLine } from "../../kernel/command-line";
import { EarlyParts, wireKernel, wireMemory } from "../../kernel/wiring";
import { GFP_KERNEL } from "../../mm/gfp";

const CMDLINE = "slub_max_order=1 failslab=2,100,0,1";

describe("wiring", () => {
	it("finds every part of a running kernel from the machine, and changes nothing", () => {
		const kernel = boot({ memory: "16M", cpus: 2, cmdline: CMDLINE });
		const hash = kernel.stateHash();
		const early = new EarlyParts(Machine.attach(kernel.machine.buffer));
		const commandLine = parseCommandLine(early.record.commandLine);
		const memory = wireMemory(early, commandLine);
		const again = wireKernel(early, memory, early.log(), commandLine);
		expect(again.stateHash()).to.equal(hash);
		expect(again.parts.slabFaults?.failed).to.equal(0);
		expect(again.check()).to.deep.equal([]);
		const names = (of: typeof kernel): string[] =>
			of.caches().map(({ name }) => name);
		expect(names(again)).to.deep.equal(names(kernel));
	});

	it("gives the slab formulas what the command line says", () => {
		const kernel = boot({ memory: "16M", cmdline: CMDLINE });
		const size = { name: "large", size: 1500 };
		expect(kernel.createCache(size).geometry.order).to.equal(1);
	});

	it("names the task that could not get memory", () => {
		const kernel = boot({ memory: "8M" });
		while (kernel.allocPages(0, GFP_KERNEL) !== 0);
		expect(kernel.logLines().at(-1)).to.contain("swapper/0: page allocation");
	});
});
