// What boot takes before there is a page allocator, stage by stage.

import { expect } from "chai";
import { MIB, PAGE_SIZE } from "../../hw/units";
import { Bringup } from "../../kernel/bringup";
import * as arch from "../../kernel/setup-arch";

function upTo(
	options: ConstructorParameters<typeof Bringup>[0],
	...stages: ((bringup: Bringup) => void)[]
): Bringup {
	const bringup = new Bringup(options);
	for (const stage of stages) stage(bringup);
	return bringup;
}

const reserved = ({ early }: Bringup): number => early.memblock.reservedBytes;
const text = ({ log }: Bringup): string => log.text();

describe("the first stages of boot", () => {
	it("reserve low memory, the image and what the loader left", () => {
		const disk = { start: 6 * MIB, end: 7 * MIB };
		const bringup = upTo(
			{ memory: "8M", reserved: [disk] },
			arch.reserveMemory,
			arch.findRamDisk,
		);
		expect(reserved(bringup)).to.equal(3 * MIB);
		expect(bringup.early.record.lateRanges.at(-1)).to.deep.equal(disk);
		expect(text(bringup)).to.contain("RAMDISK: [mem 0x00600000-0x006fffff]");
	});

	it("map all RAM with as few tables as can be", () => {
		const bringup = upTo({ memory: "8M" }, arch.reserveMemory);
		const before = reserved(bringup);
		arch.mapDirectly(bringup);
		expect(reserved(bringup) - before).to.equal(3 * PAGE_SIZE); // PUD, PMD, and one PTE below 2 MiB
		expect(bringup.early.record.kernelTables).to.equal(4);
		const { root } = bringup.early.statics;
		expect(bringup.machine.turn.cpu.root).to.equal(root);
	});

	it("make the zones and say what is where", () => {
		const bringup = upTo(
			{ memory: "32M" },
			arch.reserveMemory,
			arch.makeZones,
			arch.makePageRecords,
		);
		expect(text(bringup)).to.match(
			/Zone ranges:\n.*DMA .*\n.*DMA32 .*0x0000000001ffffff\]\n.*Normal {3}empty/,
		);
		expect(text(bringup)).to.contain("zone DMA: 97 pages in unavailable");
	});

	it("take a per-CPU area for each CPU", () => {
		const one = upTo({ memory: "8M" }, arch.reserveMemory);
		const four = upTo({ memory: "8M", cpus: 4 }, arch.reserveMemory);
		const [a, b] = [reserved(one), reserved(four)];
		arch.makePerCpuAreas(one);
		arch.makePerCpuAreas(four);
		expect(reserved(four) - b).to.equal((reserved(one) - a) * 4);
	});

	it("take a recorder only if somebody wants one, sized by who asks", () => {
		const records = (
			options: ConstructorParameters<typeof Bringup>[0],
		): number =>
			upTo({ memory: "32M", ...options }, arch.reserveMemory, arch.makeRecorder)
				.early.globals.ringRecords;
		expect(records({})).to.equal(0);
		expect(records({ recorder: { records: 1000 } })).to.equal(1024);
		expect(records({ cmdline: "trace_buf_size=4K" })).to.equal(128);
		expect(records({ recorder: true })).to.equal(8192); // as much as a cache holds
		expect(records({ recorder: true, cpus: 8 })).to.equal(2048); // a 32nd of the RAM
	});

	it("move the log only to a larger place", () => {
		const logBytes = (cmdline: string): number =>
			upTo({ memory: "8M", cmdline }, arch.reserveMemory, arch.growLog).early
				.record.logBytes;
		expect(logBytes("")).to.equal(65536);
		expect(logBytes("log_buf_len=16K")).to.equal(65536);
		expect(logBytes("log_buf_len=256K")).to.equal(262144);
		const all = upTo(
			{ memory: "8M", cmdline: "log_buf_len=1G" },
			arch.reserveMemory,
			arch.growLog,
		);
		expect(text(all)).to.contain("bytes not available");
	});

	it("turn grouping by mobility off on a machine of few pageblocks", () => {
		const line = (memory: string): string =>
			text(
				upTo(
					{ memory },
					arch.reserveMemory,
					arch.makeZones,
					arch.makePageRecords,
					arch.buildZonelists,
				),
			);
		expect(line("8M")).to.contain("mobility grouping off");
		expect(line("16M")).to.contain("mobility grouping on");
	});
});
