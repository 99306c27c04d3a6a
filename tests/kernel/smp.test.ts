// CPUs among themselves. What threads do to each other is in threads.test.ts; here one host thread looks at both sides.

import { expect } from "chai";
import { COST_IPI, COST_TLB_FLUSH } from "../../hw/costs";
import { asPfn, asVirt } from "../../hw/units";
import { attach, boot } from "../../kernel/boot";
import type { Kernel } from "../../kernel/kernel";
import { GFP_KERNEL } from "../../mm/gfp";

const ASID = 5;
const PAGE = asVirt(0x400000);
const NEXT = asVirt(0x401000);

/** A kernel on three CPUs whose TLBs all know two pages of one address space. */
function threeCpus(): Kernel {
	const kernel = boot({ memory: "8M", cpus: 3 });
	for (const tlb of kernel.machine.tlbs)
		for (const va of [PAGE, NEXT])
			tlb.fill(va, ASID, asPfn(va / 4096), 1, false, false);
	return kernel;
}

/** On which CPUs a translation is left, as digits. */
const knowing = ({ machine }: Kernel, va: typeof PAGE): string =>
	machine.tlbs
		.map((tlb, cpu) => (tlb.lookup(va, ASID) >= 0 ? cpu : ""))
		.join("");

describe("CPUs among themselves", () => {
	it("forget a page everywhere", () => {
		const kernel = threeCpus();
		kernel.parts.smp.flushPage(ASID, PAGE);
		expect(knowing(kernel, PAGE)).to.equal("");
		expect(knowing(kernel, NEXT)).to.equal("012");
	});

	it("forget a range and a space everywhere", () => {
		const kernel = threeCpus();
		kernel.parts.smp.flushRange(ASID, PAGE, asVirt(0x402000));
		expect(knowing(kernel, PAGE) + knowing(kernel, NEXT)).to.equal("");
		const other = threeCpus();
		other.parts.smp.flushSpace(ASID);
		expect(knowing(other, PAGE) + knowing(other, NEXT)).to.equal("");
	});

	it("interrupt only the CPUs on which the space is loaded", () => {
		const kernel = threeCpus();
		const { cpus } = kernel.machine;
		cpus[1]?.setRoot(asPfn(9), ASID);
		const before = cpus.map(({ cycles }) => cycles);
		kernel.parts.smp.flushSpace(ASID);
		const spent = cpus.map(({ cycles }, id) => cycles - before[id]!);
		expect(spent).to.deep.equal([COST_TLB_FLUSH + COST_IPI, COST_TLB_FLUSH, 0]);
	});

	it("stand still for each other at once where they take turns", () => {
		let worked = 0;
		const stopped = boot({ memory: "8M", cpus: 2 }).parts.smp.stopOthers(() => {
			worked++;
		});
		expect([stopped, worked]).to.deep.equal([true, 1]);
	});

	it("give back the pages on their lists", () => {
		const kernel = boot({ memory: "16M", cpus: 2 });
		kernel.onCpu(1, () =>
			kernel.freePages(kernel.allocPages(0, GFP_KERNEL), 0),
		);
		const waiting = (): number =>
			kernel.mm.allocator.zones.reduce(
				(sum, { pcp }) => sum + pcp.state(1).count,
				0,
			);
		expect(waiting()).to.be.greaterThan(0);
		kernel.parts.smp.drainOthers();
		expect(waiting()).to.equal(0);
		expect(kernel.check()).to.deep.equal([]);
	});

	describe("that are threads", () => {
		it("are served by whoever asks while nobody sits at them", () => {
			const turns = threeCpus();
			turns.onCpu(1, () => turns.freePages(turns.allocPages(0, GFP_KERNEL), 0));
			const thread = attach(turns.machine.buffer, 0);
			thread.parts.smp.flushPage(ASID, PAGE);
			expect(knowing(turns, PAGE)).to.equal("");
			let worked = false;
			const stopped = thread.parts.smp.stopOthers(() => {
				worked = true;
			});
			expect([stopped, worked]).to.deep.equal([true, true]);
			thread.parts.smp.drainOthers();
			expect(turns.mm.allocator.zones[0]?.pcp.state(1).count).to.equal(0);
			thread.detach();
			expect(turns.check()).to.deep.equal([]);
		});

		it("cannot be stopped while they do not poll, and nothing is done then", () => {
			const { buffer } = boot({ memory: "8M", cpus: 2 }).machine;
			const one = attach(buffer, 0);
			const other = attach(buffer, 1); // sits there and never answers
			let worked = false;
			const stopped = one.parts.smp.stopOthers(() => {
				worked = true;
			});
			expect([stopped, worked]).to.deep.equal([false, false]);
			other.poll(); // the request was taken back
			other.detach();
			expect(one.parts.smp.stopOthers(() => {})).to.equal(true);
		});

		it("do not let time pass, and are one CPU only", () => {
			const { buffer } = boot({ memory: "8M", cpus: 2 }).machine;
			const thread = attach(buffer, 1);
			expect(() => thread.run({ ticks: 1 })).to.throw("gives turns");
			expect(() => thread.onCpu(0, () => {})).to.throw("CPU 1 and no other");
			expect(thread.onCpu(1, () => 7)).to.equal(7);
		});
	});
});
