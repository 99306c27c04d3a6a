import { expect } from "chai";
import { ACCESS_READ, ACCESS_WRITE } from "../../hw/mmu";
import {
	asPhys,
	asVirt,
	DIRECT_MAP_BASE,
	directMap,
	MIB,
} from "../../hw/units";
import { boot } from "../../kernel/boot";
import type { Kernel } from "../../kernel/kernel";
import {
	MAP_HUGE,
	map,
	PROT_READ,
	PROT_WRITE,
	read,
	type Steps,
	sleep,
	unmap,
	write,
} from "../../kernel/program";
import { GFP_KERNEL } from "../../mm/gfp";
import { NR_ANON_PAGES, NR_KERNEL_STACK } from "../../mm/vmstat-names";

/** Runs one program to its end; what it returned. */
function runToEnd(kernel: Kernel, body: () => Steps): number {
	const pid = kernel.spawn("program", body);
	kernel.run({ ticks: 200, whileTasks: true });
	const { tasks } = kernel.running;
	return tasks.exitCode(tasks.find(pid));
}

describe("paging of a booted kernel", () => {
	it("shows all RAM at the direct map", () => {
		const kernel = boot({ memory: "16M" });
		const p = kernel.kmalloc(64, GFP_KERNEL);
		kernel.memory.writeU32(p, 0xfeed);
		const mmu = kernel.machine.mmus[0]!;
		expect(mmu.translate(directMap(p), ACCESS_READ)).to.equal(p);
		const { tables } = kernel.paging;
		const { root } = kernel.parts.statics;
		for (const at of [0, 0xa0000, MIB, 5 * MIB, 16 * MIB - 4096])
			expect(tables.resolve(root, directMap(asPhys(at)))).to.equal(at);
		const end = asVirt(DIRECT_MAP_BASE + 16 * MIB);
		expect(tables.resolve(root, end)).to.equal(0);
	});

	it("uses pages of 2 MiB where RAM allows it", () => {
		const text = boot({ memory: "16M" }).proc("meminfo");
		expect(text).to.match(/DirectMap4k: +2048 kB\nDirectMap2M: +14336 kB/);
	});

	it("keeps the kernel's half from programs", () => {
		const kernel = boot({ memory: "16M" });
		kernel.machine.turn.cpu.setUserMode(true);
		const mmu = kernel.machine.mmus[0]!;
		expect(mmu.translate(DIRECT_MAP_BASE, ACCESS_WRITE)).to.be.lessThan(0);
	});

	it("gives a task memory that it can use, and takes all of it back", () => {
		const kernel = boot({ memory: "16M", cpus: 2 });
		const before = kernel.mm.counters.node(NR_ANON_PAGES);
		const code = runToEnd(kernel, function* () {
			const at = yield map(16 * 4096);
			yield write(at + 4096, 42);
			yield unmap(at + 8 * 4096, 4096);
			return yield read(at + 4096);
		});
		expect(code).to.equal(42);
		expect(kernel.mm.counters.node(NR_ANON_PAGES)).to.equal(before);
		expect(kernel.check()).to.deep.equal([]);
	});

	it("maps pages of 2 MiB when asked to", () => {
		const kernel = boot({ memory: "32M" });
		kernel.spawn("huge", function* () {
			yield map(2 * MIB, PROT_READ | PROT_WRITE | MAP_HUGE);
			yield sleep(100);
		});
		kernel.run({ ticks: 5 });
		expect(kernel.check()).to.deep.equal([]);
		const run = kernel.frames().find(({ use }) => use === "user");
		expect(run).to.include({ count: 512, owner: "pid 1" });
	});

	it("writes into the frames whose they are, and counts stacks", () => {
		const kernel = boot({ memory: "16M" });
		const body = function* (): Steps {
			yield map(3 * 4096);
			yield sleep(100);
		};
		kernel.spawn("one", body);
		kernel.spawn("two", body);
		kernel.run({ ticks: 5 });
		const pages = (owner: string): number =>
			kernel
				.frames()
				.filter((run) => run.owner === owner)
				.reduce((sum, { count }) => sum + count, 0);
		expect([pages("pid 1"), pages("pid 2")]).to.deep.equal([3, 3]);
		expect(pages("stack of pid 2")).to.equal(4);
		expect(kernel.mm.counters.node(NR_KERNEL_STACK)).to.equal(32);
		expect(kernel.proc("meminfo")).to.match(/KernelStack: +32 kB/);
		expect(kernel.check()).to.deep.equal([]);
	});
});
