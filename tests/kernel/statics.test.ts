import { expect } from "chai";
import { DEFAULT_IMAGE, layOutImage } from "../../hw/memory-map";
import { KernelPanic } from "../../hw/panic";
import { ringBytes } from "../../hw/recorder";
import { KIB, MIB, PAGE_SIZE, physOf } from "../../hw/units";
import { Statics } from "../../kernel/statics";

const SIZES = {
	code: MIB,
	rodata: 4096,
	data: 64 * KIB,
	init: 4096,
	bss: 64 * KIB,
};

describe("the kernel's static variables", () => {
	const { data, bss } = DEFAULT_IMAGE;

	it("begin the data section with those of the memory manager", () => {
		expect(new Statics(DEFAULT_IMAGE).globals).to.equal(data.start);
	});

	it("lie in the data section, one behind the other", () => {
		const { globals, memblock, slabScratch, record, root } = new Statics(
			DEFAULT_IMAGE,
		);
		const places = [globals, memblock, slabScratch, record, physOf(root)];
		expect(places).to.deep.equal([...places].sort((a, b) => a - b));
		expect(physOf(root) + PAGE_SIZE).to.be.at.most(data.start + data.bytes);
	});

	it("have the log in bss", () => {
		const { log, logBytes } = new Statics(DEFAULT_IMAGE);
		expect(log).to.equal(bss.start);
		expect(logBytes).to.equal(64 * KIB);
	});

	it("have a log of the largest power of two that fits, up to 128 KiB", () => {
		const logOf = (bytes: number): number =>
			new Statics(layOutImage(MIB, { ...SIZES, bss: bytes })).logBytes;
		expect(logOf(100 * KIB)).to.equal(64 * KIB);
		expect(logOf(128 * KIB)).to.equal(128 * KIB);
		expect(logOf(16 * MIB)).to.equal(128 * KIB);
	});

	it("have the recorder's first ring in the init section, as large as fits", () => {
		const { init } = DEFAULT_IMAGE;
		const { earlyRing, earlyRecords } = new Statics(DEFAULT_IMAGE);
		expect([earlyRing, earlyRecords]).to.deep.equal([init.start, 1024]);
		expect(ringBytes(earlyRecords)).to.be.at.most(init.bytes);
		const recordsOf = (bytes: number): number =>
			new Statics(layOutImage(MIB, { ...SIZES, init: bytes })).earlyRecords;
		expect(recordsOf(4 * KIB)).to.equal(64);
		expect(recordsOf(4 * MIB)).to.equal(1024);
	});

	it("are the same for whoever asks again", () => {
		expect(new Statics(DEFAULT_IMAGE)).to.deep.equal(
			new Statics(DEFAULT_IMAGE),
		);
	});

	it("end the boot when a section is too small for them", () => {
		const small = layOutImage(MIB, { ...SIZES, data: 8 * KIB });
		expect(() => new Statics(small)).to.throw(KernelPanic, "data section");
		const noLog = layOutImage(MIB, { ...SIZES, bss: 1024 });
		expect(() => new Statics(noLog)).to.throw(KernelPanic, "bss section");
	});
});
