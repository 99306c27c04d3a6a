import { expect } from "chai";
import { KernelPanic } from "../../../hw/panic";
import { boot } from "../../../kernel";
import { EventReader } from "../../../kernel/trace/reader";
import { TraceTracer } from "../../../kernel/trace/trace-tracer";
import { recordedRun } from "./recorded";
import { MemorySink, MemorySource, ZLIB } from "./sample";

describe("the tracer that writes", () => {
	it("says in the header what machine it was", () => {
		const { trace, kernel } = recordedRun("buddy");
		const { machine, cyclesPerTick } = trace.header;
		expect(machine.frames).to.equal(kernel.memory.frameCount);
		expect(machine.cpus).to.equal(kernel.machine.cpus.length);
		expect(machine.zones.map(({ name }) => name)).to.deep.equal(
			kernel.mm.allocator.zones.map(({ zone }) => zone.name),
		);
		expect(machine.ranges.length).to.equal(kernel.machine.map.ranges.length);
		expect(cyclesPerTick).to.be.greaterThan(0);
	});

	it("keeps what happened up to a panic of the kernel", () => {
		const sink = new MemorySink();
		const tracer = new TraceTracer(sink, ZLIB, {
			...{ flagstone: "0.1.0", commandLine: "", seed: 1 },
			...{ scenario: null, replay: null },
		});
		const deed = () =>
			boot({ memory: "64M", cmdline: "trace_buf_size=1M", tracer }).kfree(
				(4096 * 4000) as never,
			);
		expect(deed).to.throw(KernelPanic);
		tracer.close();
		const reader = EventReader.open(new MemorySource(sink.bytes), ZLIB);
		expect(reader.isComplete).to.equal(true);
		expect(reader.events).to.equal(tracer.events).and.be.greaterThan(100);
	});

	it("costs at most six bytes an event on every shipped scenario but the shortest", () => {
		for (const name of ["slab-life", "page-tables", "per-cpu", "memory-full"]) {
			const { bytes, trace } = recordedRun(name);
			expect(bytes.length / trace.events, name).to.be.at.most(6);
		}
	});
});
