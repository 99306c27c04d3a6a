import { expect } from "chai";
import fc from "fast-check";
import {
	DEFAULT_IMAGE,
	layOutImage,
	MemoryMap,
	type MemoryRange,
	parseSize,
	pcMemoryMap,
} from "../../hw/memory-map";
import { GIB, KIB, MIB } from "../../hw/units";
import { recorded, recordedNames } from "../fixtures";

const usable = (start: number, end: number): MemoryRange => ({
	start,
	end,
	type: "usable",
});

describe("sizes as people write them", () => {
	it("are bytes, or numbers with a suffix", () => {
		expect(parseSize("4194304")).to.equal(4 * MIB);
		expect(parseSize("64K")).to.equal(64 * KIB);
		expect(parseSize("512M")).to.equal(512 * MIB);
		expect(parseSize("512m")).to.equal(512 * MIB);
		expect(parseSize("2GiB")).to.equal(2 * GIB);
		expect(parseSize(" 1TB ")).to.equal(1024 * GIB);
		expect(parseSize("0x100000")).to.equal(MIB);
		expect(parseSize("0")).to.equal(0);
	});

	it("anything else is refused with a sentence", () => {
		for (const text of ["", "M", "-1M", "1.5G", "12Q", "9999999999T"])
			expect(() => parseSize(text), text).to.throw(
				/^Memory size ".*" is not a number .*\.$/,
			);
	});
});

describe("the map of a PC", () => {
	it("has the ranges and the text that a PC of 512 MiB reports", () => {
		expect(pcMemoryMap(512 * MIB).lines()).to.deep.equal([
			"BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable",
			"BIOS-e820: [mem 0x000000000009fc00-0x000000000009ffff] reserved",
			"BIOS-e820: [mem 0x00000000000f0000-0x00000000000fffff] reserved",
			"BIOS-e820: [mem 0x0000000000100000-0x000000001fffffff] usable",
		]);
	});

	it("leaves the fourth GiB to devices", () => {
		const { ranges, ramEnd } = pcMemoryMap(4 * GIB);
		expect(ranges.slice(-2)).to.deep.equal([
			usable(MIB, 3 * GIB),
			usable(4 * GIB, 5 * GIB),
		]);
		expect(ramEnd).to.equal(5 * GIB);
		expect(pcMemoryMap(3 * GIB).ranges).to.have.length(4);
	});

	it("is one range below 1 MiB", () => {
		expect(pcMemoryMap(512 * KIB).ranges).to.deep.equal([usable(0, 512 * KIB)]);
		expect(pcMemoryMap(MIB).ranges).to.have.length(1);
	});

	it("gives usable memory in whole pages", () => {
		const pieces: number[][] = [];
		const map = pcMemoryMap(4 * MIB);
		map.forEachUsable((start, end) => pieces.push([start, end]));
		expect(pieces).to.deep.equal([
			[0, 0x9f000],
			[MIB, 4 * MIB],
		]);
		expect(map.usableBytes).to.equal(0x9f000 + 3 * MIB);
	});

	it("holds the kernel image when it is large enough", () => {
		expect(pcMemoryMap(4 * MIB).imageFits).to.equal(true);
		expect(pcMemoryMap(2 * MIB).imageFits).to.equal(true);
		expect(pcMemoryMap(2 * MIB - 4 * KIB).imageFits).to.equal(false);
		expect(pcMemoryMap(MIB).imageFits).to.equal(false);
	});

	it("cannot be of nothing, nor of parts of pages", () => {
		expect(() => pcMemoryMap(0)).to.throw(
			"Memory size is 0 bytes: a machine needs at least one page of 4 KiB.",
		);
		expect(() => pcMemoryMap(3 * KIB)).to.throw(
			"Memory size 3072 bytes is not a whole number of 4 KiB pages.",
		);
		expect(() => pcMemoryMap(-4096)).to.throw("-4096 bytes");
	});
});

describe("a map that somebody wrote", () => {
	it("is sorted, and neighbours of one type become one", () => {
		const map = new MemoryMap([
			usable(2 * MIB, 3 * MIB),
			usable(0, MIB),
			usable(MIB, 2 * MIB),
			{ start: 3 * MIB, end: 4 * MIB, type: "acpi" },
		]);
		expect(map.ranges).to.deep.equal([
			usable(0, 3 * MIB),
			{ start: 3 * MIB, end: 4 * MIB, type: "acpi" },
		]);
		expect(map.ramEnd).to.equal(3 * MIB);
		expect(map.lines()[1]).to.match(/ ACPI data$/);
	});

	it("cannot have ranges that overlap, are empty, odd or unknown", () => {
		const refused = (ranges: MemoryRange[], reason: string | RegExp) =>
			expect(() => new MemoryMap(ranges)).to.throw(reason);
		refused(
			[usable(0, 2 * MIB), usable(MIB, 3 * MIB)],
			"Memory map: ranges 0x0-0x1fffff and 0x100000-0x2fffff overlap.",
		);
		refused([usable(MIB, MIB)], /is empty\.$/);
		refused([usable(2 * MIB, MIB)], /is empty\.$/);
		refused([usable(0, 1000)], /on a multiple of 1 KiB\.$/);
		refused([usable(0, 0.5)], /whole, positive addresses\.$/);
		refused([{ start: 0, end: MIB, type: "ram" as "usable" }], /unknown type/);
		refused([usable(0, 2 ** 44)], /beyond 8 TiB\.$/);
		refused([], "no usable page");
		refused([usable(0, 3 * KIB)], "no usable page");
		refused([usable(KIB, 5 * KIB)], "no usable page");
	});

	it("cannot have an image whose parts overlap or begin inside a page", () => {
		const ranges = [usable(0, 64 * MIB)];
		const code = { start: MIB + 1, bytes: 10 };
		const odd = { ...DEFAULT_IMAGE, code };
		expect(() => new MemoryMap(ranges, odd)).to.throw(/^Kernel image: code/);
		const mixed = { ...DEFAULT_IMAGE, init: { start: MIB, bytes: 4096 } };
		expect(() => new MemoryMap(ranges, mixed)).to.throw(/^Kernel image: init/);
	});

	it("survives being written to words and read again", () => {
		const image = layOutImage(
			16 * MIB,
			{
				code: 14343 * KIB,
				rodata: 9132 * KIB,
				data: 2338 * KIB,
				init: 2824 * KIB,
				bss: 17344 * KIB,
			},
			2 * MIB,
		);
		const map = pcMemoryMap(16 * GIB, image);
		const words = new Int32Array(MemoryMap.WORDS);
		map.writeTo(words);
		expect(MemoryMap.readFrom(words)).to.deep.equal(map);
	});

	it("any cut of memory into ranges adds up", () => {
		const pieces = fc.array(fc.integer({ min: 1, max: 3000 }), {
			minLength: 2,
			maxLength: 20,
		});
		fc.assert(
			fc.property(pieces, fc.boolean(), (sizes, reverse) => {
				const ranges: MemoryRange[] = [];
				let next = 0;
				let pages = 0;
				for (const [index, size] of sizes.entries()) {
					const end = next + size * KIB;
					const type = index % 2 === 0 ? "usable" : "reserved";
					ranges.push({ start: next, end, type });
					const whole = Math.floor(end / 4096) - Math.ceil(next / 4096);
					if (type === "usable") pages += Math.max(0, whole);
					next = end;
				}
				if (pages === 0) return;
				if (reverse) ranges.reverse();
				const map = new MemoryMap(ranges);
				expect(map.usableBytes).to.equal(pages * 4096);
				expect(map.ranges).to.have.length(sizes.length);
			}),
		);
	});
});

describe("the map of recorded machines", () => {
	for (const name of recordedNames())
		it(`${name} prints as the recorded boot log does`, () => {
			const log = recorded(name).dmesg();
			const lines = [...log.matchAll(/BIOS-e820: \[mem .*$/gm)].map(
				([line]) => line,
			);
			const ranges = lines.map((line): MemoryRange => {
				const found = /0x(\w+)-0x(\w+)\] (\w+)/.exec(line)!;
				return {
					start: Number.parseInt(found[1]!, 16),
					end: Number.parseInt(found[2]!, 16) + 1,
					type: found[3] as "usable",
				};
			});
			expect(lines).to.not.be.empty;
			expect(new MemoryMap(ranges).lines()).to.deep.equal(lines);
		});
});
