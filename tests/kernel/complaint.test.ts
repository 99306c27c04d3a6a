import { expect } from "chai";
import { CPU_BYTES, Cpu, Turn } from "../../hw/cpu";
import { TurnLocks } from "../../hw/lock";
import { PhysicalMemory } from "../../hw/memory";
import { asPhys } from "../../hw/units";
import { boot } from "../../kernel/boot";
import { Complaints } from "../../kernel/complaint";
import { KernelLog } from "../../kernel/printk";
import { GFP_ATOMIC, GFP_KERNEL } from "../../mm/gfp";

const SECOND = 1_000_000_000;

function setUp() {
	const buffer = new ArrayBuffer(65536 + CPU_BYTES);
	const memory = new PhysicalMemory(buffer, 65536);
	const turn = new Turn([new Cpu(buffer, 65536, 0)]);
	const log = new KernelLog(memory, new TurnLocks(), turn, asPhys(0), 16384);
	const complaints = new Complaints(
		new Int32Array(8),
		turn,
		log,
		() => "swapper/0",
	);
	return { turn, log, complaints };
}

const lineCount = (log: KernelLog): number => log.text().split("\n").length - 1;

describe("complaints about failed page allocations", () => {
	it("name the task, the order and the flags", () => {
		const { log, complaints } = setUp();
		complaints.pages(4, GFP_KERNEL);
		expect(log.text()).to.contain(
			"swapper/0: page allocation failure: order:4, mode:0xcc0(GFP_KERNEL), nodemask=(null)",
		);
	});

	it("come ten in five seconds, the others are counted", () => {
		const { turn, log, complaints } = setUp();
		turn.cpu.charge(SECOND);
		for (let i = 0; i < 25; i++) complaints.pages(0, GFP_ATOMIC);
		expect(lineCount(log)).to.equal(10);
		turn.cpu.charge(6 * SECOND);
		complaints.pages(0, GFP_ATOMIC);
		expect(lineCount(log)).to.equal(12);
		expect(log.text()).to.contain("warn_alloc: 15 callbacks suppressed");
	});

	it("reach the log of a kernel whose memory is used up", () => {
		const kernel = boot({ memory: "8M" });
		while (kernel.allocPages(3, GFP_KERNEL) !== 0);
		expect(kernel.logLines().at(-1)).to.contain(
			"swapper/0: page allocation failure: order:3",
		);
	});
});
