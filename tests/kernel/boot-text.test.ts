// The lines that boot works out, against the logs of real kernels.

import { expect } from "chai";
import { boot } from "../../kernel/boot";
import { cpuLine, memRange, shortRange } from "../../kernel/boot-text";
import { recorded, recordedNames } from "../fixtures";

/** Lines about memory that depend on nothing but the machine. */
const SAME = [
	/^BIOS-e820: /,
	/^e820: (update|remove)/,
	/^Faking a node at/,
	/^Zone ranges:/,
	/^ {2}(DMA|DMA32|Normal|Device) /,
	/^Movable zone start/,
	/^Early memory node ranges/,
	/^ {2}node {3}0: /,
	/^Initmem setup node 0/,
	/^On node 0, zone \w+: \d+ pages in unavailable ranges/,
	/^smpboot: Allowing/,
	/^Policy zone:/,
	/^smp: /,
	/^\.\.\.\. node/,
	/^Freeing unused kernel image \((initmem|text|rodata)/,
	/^Run \/init/,
];

const chosen = (lines: readonly string[]): string[] =>
	lines
		.map((line) => line.replace(/^\[ *\d+\.\d+\] /, ""))
		.filter((line) => SAME.some((pattern) => pattern.test(line)));

describe("lines of the boot log", () => {
	for (const name of recordedNames())
		it(`are those of the recorded machine ${name}, as far as the machine decides`, () => {
			const recording = recorded(name);
			const kernel = boot({
				map: recording.memoryMap(),
				cpus: recording.cpuCount(),
			});
			const real = chosen(recording.dmesg().split("\n"));
			expect(chosen(kernel.logLines())).to.deep.equal(real);
		});

	it("give the sizes of the image as the recorded kernel does", () => {
		const recording = recorded("m1-boot-256m");
		const line = /\d+K\/(\d+)K available .* rodata, (\d+)K init/;
		const ours = boot({ map: recording.memoryMap() }).logLines().join("\n");
		const numbers = (text: string) => line.exec(text)?.slice(1);
		expect(numbers(ours)).to.deep.equal(numbers(recording.dmesg()));
	});

	it("print ranges with their last byte", () => {
		expect(memRange(0x1000, 0x2000)).to.equal(
			"[mem 0x0000000000001000-0x0000000000001fff]",
		);
		expect(shortRange(0x1000, 2 ** 33)).to.equal(
			"[mem 0x00001000-0x1ffffffff]",
		);
	});

	it("align the numbers of CPUs", () => {
		expect(cpuLine(2)).to.equal(".... node  #0, CPUs:      #1");
		expect(cpuLine(4)).to.equal(".... node  #0, CPUs:      #1 #2 #3");
		expect(cpuLine(11)).to.match(/^.... node {2}#0, CPUs: {7} #1 {2}#2.* #10$/);
	});
});
