import { expect } from "chai";
import { CallTree, CONTEXT_BYTES } from "../../hw/context";
import { CPU_BYTES, Cpu, Turn } from "../../hw/cpu";
import { EV_TEXT, pageAddress } from "../../hw/events";
import { Recorder, ringBytes } from "../../hw/recorder";
import { boot, GFP_KERNEL } from "../../kernel";
import { EV_FAULT, EV_LOG, EV_SWITCH, LEFT_WAITING } from "../../kernel/events";
import { Witness } from "../../kernel/witness";

const RECORDS = 64;

function create(records = true) {
	const cpu = new Cpu(new ArrayBuffer(CPU_BYTES), 0, 0);
	cpu.powerOn();
	const turn = new Turn([cpu]);
	const contexts = new CallTree(new ArrayBuffer(CONTEXT_BYTES), 0);
	const ring = new Int32Array(ringBytes(RECORDS) / 4);
	const recorder = records ? new Recorder(turn, [ring], RECORDS) : null;
	const heard: number[][] = [];
	recorder?.listen((_cycles, code, _cpu, _context, a, b, c, d) =>
		heard.push([code, a, b, c, d]),
	);
	return {
		cpu,
		contexts,
		witness: new Witness(contexts, turn, recorder),
		heard: () => {
			recorder?.flush();
			return heard;
		},
	};
}

describe("the witness", () => {
	it("keeps the context of tasks and their requests, and goes back", () => {
		const { cpu, contexts, witness } = create();
		const task = witness.contextOf("worker");
		witness.enter(task);
		const own = witness.enterCall(1, "kmalloc");
		expect(contexts.path(cpu.context)).to.deep.equal(["worker", "kmalloc"]);
		witness.enter(own);
		expect(cpu.context).to.equal(task);
		const again = witness.enterCall(1, "kmalloc");
		expect(again).to.equal(task);
		expect(contexts.size).to.equal(3);
	});

	it("keeps the context of what the kernel does for itself, and goes back", () => {
		const { cpu, contexts, witness } = create();
		const stage = contexts.child(0, "rest_init");
		cpu.setContext(stage);
		const path = witness.within("kernel_clone", () =>
			contexts.path(cpu.context),
		);
		expect(path).to.deep.equal(["rest_init", "kernel_clone"]);
		expect(cpu.context).to.equal(stage);
	});

	it("tells what happens, texts first", () => {
		const { witness, heard } = create();
		witness.log(6, "hello");
		witness.switches(3, 7, LEFT_WAITING);
		witness.fault(9, 0x7f00_1234_5678, 6);
		const [text, log, change, fault] = heard() as number[][];
		expect(text?.[0]).to.equal(EV_TEXT);
		expect(log).to.deep.equal([EV_LOG, 6, 5, 0, 0]);
		expect(change).to.deep.equal([EV_SWITCH, 3, 7, LEFT_WAITING, 0]);
		const [code, low, high, pid] = fault as [number, number, number, number];
		expect([code, pid, high >>> 8]).to.deep.equal([EV_FAULT, 9, 6]);
		expect(pageAddress(low, high)).to.equal(0x7f00_1234_5000);
	});

	it("WT2: keeps contexts when nobody records", () => {
		const { cpu, witness, heard } = create(false);
		witness.enter(witness.contextOf("worker"));
		witness.tick(1);
		witness.taskBegins(1, 0, "worker", true);
		expect(heard()).to.deep.equal([]);
		expect(cpu.context).to.equal(1);
	});

	it("WT1: outside tasks and stages nobody works", () => {
		const kernel = boot({ memory: "16M" });
		expect(kernel.machine.turn.cpu.context).to.equal(0);
		const pfn = kernel.allocPages(0, GFP_KERNEL);
		expect(kernel.mm.pages.context(pfn)).to.equal(0);
	});
});
