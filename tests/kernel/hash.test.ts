import { expect } from "chai";
import { asPhys, physOf } from "../../hw/units";
import { boot } from "../../kernel/boot";
import { hashState } from "../../kernel/hash";
import { GFP_KERNEL } from "../../mm/gfp";

describe("the hash of the state", () => {
	it("is the same for the same history, whatever was looked at meanwhile", () => {
		const [one, two] = [boot({ cpus: 2 }), boot({ cpus: 2 })];
		for (const kernel of [one, two])
			for (let i = 0; i < 500; i++) kernel.kmalloc(i, GFP_KERNEL);
		one.proc("zoneinfo");
		one.check();
		one.frames();
		expect(hashState(one.parts)).to.equal(hashState(two.parts));
	});

	it("notices every word of memory in use", () => {
		const kernel = boot();
		const pfn = kernel.allocPages(1, GFP_KERNEL);
		const before = kernel.stateHash();
		for (const at of [0, 4, 4096, 8188]) {
			const address = asPhys(physOf(pfn) + at);
			const word = kernel.memory.readU32(address);
			kernel.memory.writeU32(address, word ^ 0x100);
			expect(kernel.stateHash(), String(at)).to.not.equal(before);
			kernel.memory.writeU32(address, word);
			expect(kernel.stateHash()).to.equal(before);
		}
	});

	it("does not look into free memory", () => {
		const kernel = boot();
		const run = kernel
			.frames()
			.filter(({ use }) => use === "free")
			.at(-1)!;
		const before = kernel.stateHash();
		kernel.memory.writeU32(asPhys(run.start * 4096), 77);
		expect(kernel.stateHash()).to.equal(before);
	});

	it("notices a register, a translation and a cycle", () => {
		const kernel = boot();
		const { turn } = kernel.machine;
		const seen = new Set([kernel.stateHash()]);
		turn.cpu.charge(1);
		seen.add(kernel.stateHash());
		turn.cpu.setUserMode(true);
		seen.add(kernel.stateHash());
		kernel.machine.tlbs[0]?.countMiss();
		seen.add(kernel.stateHash());
		expect(seen.size).to.equal(4);
	});
});
