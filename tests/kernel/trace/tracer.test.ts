import { expect } from "chai";
import { boot } from "../../../kernel";
import type { TracedMachine } from "../../../kernel/trace/tracer";
import { EV_BOOT_FREE, EV_MEMBLOCK } from "../../../mm/events";

function hear(options: Parameters<typeof boot>[0]) {
	const machines: TracedMachine[] = [];
	const codes: number[] = [];
	const kernel = boot({
		...options,
		tracer: {
			begin: (machine) => machines.push(machine),
			event: (_cycles, code) => codes.push(code),
		},
	});
	machines[0]?.flush();
	return { kernel, machines, codes };
}

describe("a tracer", () => {
	it("is told of the machine once, before the first event", () => {
		const { kernel, machines } = hear({ memory: "64M", cpus: 2 });
		expect(machines.length).to.equal(1);
		const [machine] = machines as [TracedMachine];
		expect(machine.cpus).to.equal(2);
		expect(machine.frames).to.equal(kernel.memory.frameCount);
		expect(machine.contexts).to.equal(kernel.machine.contexts);
	});

	it("hears first what memblock knows, then the first free page", () => {
		const { codes, kernel } = hear({ memory: "64M" });
		const ranges =
			kernel.parts.memblock.memoryRanges().length +
			kernel.parts.memblock.reservedRanges().length;
		const told = codes.filter((code) => code === EV_MEMBLOCK).length;
		expect(told).to.be.within(1, ranges + 2);
		expect(codes.lastIndexOf(EV_MEMBLOCK)).to.be.lessThan(
			codes.indexOf(EV_BOOT_FREE),
		);
	});

	it("TR1: hears everything, though its rings are small", () => {
		const large = hear({ memory: "64M" }).codes;
		const small = hear({ memory: "64M", recorder: { records: 64 } }).codes;
		expect(small.length).to.be.closeTo(large.length, 20); // other rings, other free blocks
		expect(small.length).to.be.greaterThan(200);
	});

	it("changes nothing but that the machine records", () => {
		const heard = hear({ memory: "64M" }).kernel;
		const alone = boot({ memory: "64M", recorder: true });
		expect(heard.proc("buddyinfo")).to.equal(alone.proc("buddyinfo"));
		expect(heard.proc("slabinfo")).to.equal(alone.proc("slabinfo"));
	});
});
