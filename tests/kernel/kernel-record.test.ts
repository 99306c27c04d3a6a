import { expect } from "chai";
import { PhysicalMemory } from "../../hw/memory";
import { asPhys } from "../../hw/units";
import {
	COMMAND_LINE_MAX,
	KERNEL_RECORD_BYTES,
	KernelRecord,
} from "../../kernel/kernel-record";
import { AddressSpaces } from "../../mm/address-space";

const AT = asPhys(4096);

function makeRecord(): KernelRecord {
	return new KernelRecord(
		new PhysicalMemory(new ArrayBuffer(16384), 16384),
		AT,
	);
}

describe("the kernel's static record", () => {
	it("is not valid before a boot began", () => {
		const record = makeRecord();
		expect(record.isValid).to.equal(false);
		record.init(1, "");
		expect(record.isValid).to.equal(true);
		expect(record.isRunning).to.equal(false);
		record.setRunning();
		expect(record.isRunning).to.equal(true);
	});

	it("keeps what was written", () => {
		const record = makeRecord();
		record.init(2 ** 40 + 7, "quiet mem=64M");
		record.setLog(asPhys(0x5000), 65536);
		record.setKernelTables(9);
		record.setRunningBlock(asPhys(0x6000));
		record.setCaches(
			asPhys(0x100),
			asPhys(0x200),
			asPhys(0x300),
			asPhys(0x400),
		);
		record.setAliases(asPhys(0x700));
		expect([record.design, record.designRoot]).to.deep.equal([0, 0]);
		record.setDesign(3, asPhys(0x8000));
		expect([record.design, record.designRoot]).to.deep.equal([3, 0x8000]);
		expect(record.seed).to.equal(2 ** 40 + 7);
		expect(record.commandLine).to.equal("quiet mem=64M");
		expect([record.log, record.logBytes]).to.deep.equal([0x5000, 65536]);
		expect(record.kernelTables).to.equal(9);
		expect(record.running).to.equal(0x6000);
		expect(record.mmCache).to.equal(0x100);
		expect(record.vmaCache).to.equal(0x200);
		expect(record.taskCache).to.equal(0x300);
		expect(record.holdingCache).to.equal(0x400);
		expect(record.aliases).to.equal(0x700);
	});

	it("keeps the ranges that the loader left, beyond 4 GiB too", () => {
		const record = makeRecord();
		const ranges = [
			{ start: 0x1000, end: 0x3000 },
			{ start: 2 ** 33, end: 2 ** 33 + 512 },
		];
		record.setLateRanges(ranges);
		expect(record.lateRanges).to.deep.equal(ranges);
	});

	it("has room for the longest command line and cuts longer ones", () => {
		const record = makeRecord();
		record.init(1, "x".repeat(COMMAND_LINE_MAX + 10));
		expect(record.commandLine).to.equal("x".repeat(COMMAND_LINE_MAX));
	});

	it("has parts that do not overlap", () => {
		const record = makeRecord();
		const parts = [
			record.spaces,
			record.faults(0),
			record.faults(1),
			record.complaints,
		];
		parts.forEach((part, index) => {
			part.fill(index + 1);
		});
		record.setLateRanges(
			Array.from({ length: 8 }, () => ({ start: 1, end: 2 })),
		);
		record.init(1, "y".repeat(COMMAND_LINE_MAX));
		expect(record.spaces.length).to.equal(AddressSpaces.STATE_WORDS);
		parts.forEach((part, index) => {
			expect(part.every((word) => word === index + 1)).to.equal(true);
		});
		expect(record.words.length * 4).to.equal(KERNEL_RECORD_BYTES);
	});
});
