// Specification of reading boot logs.

import { expect } from "chai";
import {
	firmwareRanges,
	initOnAlloc,
	memoryLine,
	pagesFreedEarly,
	pagesFreedLate,
	possibleCpus,
	ramDiskIn,
	rangeType,
	told,
	toldRange,
	wholeRange,
} from "../../../../kernel/replay/snapshot/boot-log";
import { recorded } from "../../../fixtures";
import { refusals } from "./damage";

const LOG = `[    0.000000] BIOS-provided physical RAM map:
[    0.000000] BIOS-e820: [mem 0x0000000000100000-0x000000000ffd9fff] usable
[    0.000000] BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable
[    0.000000] BIOS-e820: [mem 0x000000000009fc00-0x000000000009ffff] ACPI data
[    0.000000] RAMDISK: [mem 0x0fdae000-0x0ffcffff]
[    0.000000] smpboot: Allowing 2 CPUs, 1 hotplug CPUs
[    0.000000] mem auto-init: stack:all(zero), heap alloc:off, heap free:off
[    0.000000] Memory: 200244K/261600K available (14343K kernel code, 2338K rwdata, 9132K rodata, 2824K init, 17344K bss, 61100K reserved, 0K cma-reserved)
[    0.528421] Freeing SMP alternatives memory: 36K
[    0.600000] Freeing initrd memory: 2184K
[    0.700000] Freeing unused kernel image (initmem) memory: 2824K
`;

describe("kernel/replay/snapshot/boot-log", () => {
	it("has the firmware's map, lowest range first", () => {
		expect(firmwareRanges(LOG)).to.deep.equal([
			{ base: 0, size: 0x9fc00, kind: "usable" },
			{ base: 0x9fc00, size: 0x400, kind: "ACPI data" },
			{ base: 0x100000, size: 0xfeda000, kind: "usable" },
		]);
		expect(firmwareRanges("")).to.equal(null);
	});

	it("gives no part of a map (BL1)", () => {
		const cut = LOG.slice(LOG.indexOf("BIOS-e820"));
		expect(firmwareRanges(cut)).to.equal(null);
	});

	it("names the damaged line", () => {
		const bad = LOG.replace("0x000000000ffd9fff]", "0x000000000ffd9fff");
		expect(() => firmwareRanges(bad, "meta/dmesg.txt")).to.throw(
			"meta/dmesg.txt, line 2: expected `BIOS-e820: [mem 0xFIRST-0xLAST] KIND`, found",
		);
		const turned = LOG.replace("000000-0x000000000009fbff", "000000-0x0");
		expect(() => firmwareRanges(turned)).to.not.throw();
		expect(() =>
			firmwareRanges(LOG.replace("0x0000000000100000", "0x00000000ffffffff")),
		).to.throw("dmesg, line 2: expected");
	});

	it("tells numbers and ranges behind words", () => {
		expect(told(LOG, "initrd memory: ")).to.equal(2184);
		expect(told(LOG, "nothing of that ")).to.equal(null);
		const disk = { start: 0xfdae000, end: 0xffd0000 };
		expect(toldRange(LOG, "RAMDISK: ")).to.deep.equal(disk);
		expect(ramDiskIn(LOG)).to.deep.equal(disk);
		expect(ramDiskIn("")).to.equal(null);
	});

	it("has the parts of the line Memory:", () => {
		expect(memoryLine(LOG)).to.deep.equal({
			available: 200244,
			total: 261600,
			reserved: 61100,
			code: 14343,
			data: 2338,
			rodata: 9132,
			init: 2824,
			bss: 17344,
		});
		expect(memoryLine("Memory: none")).to.equal(null);
	});

	it("knows CPUs, zeroing and freed pages", () => {
		expect(possibleCpus(LOG)).to.equal(2);
		expect(possibleCpus("")).to.equal(null);
		expect(initOnAlloc(LOG)).to.equal(false);
		expect(initOnAlloc(LOG.replace("alloc:off", "alloc:on"))).to.equal(true);
		expect(initOnAlloc("")).to.equal(null);
		expect(pagesFreedEarly(LOG)).to.equal(9);
		expect(pagesFreedLate(LOG)).to.equal((2184 + 2824) / 4);
	});

	it("sorts kinds of memory, and cuts ranges to whole KiB", () => {
		expect(
			["usable", "System RAM", "ACPI NVS", "type 20"].map(rangeType),
		).to.deep.equal(["usable", "usable", "nvs", "reserved"]);
		expect(wholeRange(1, 4097, "usable")).to.deep.equal({
			start: 1024,
			end: 4096,
			type: "usable",
		});
		expect(wholeRange(1, 1000, "usable")).to.equal(null);
	});

	it("refuses damaged maps in one sentence", () => {
		const log = recorded("m1-boot-256m").dmesg();
		const map = log.split("\n").slice(0, 12).join("\n");
		const count = refusals(map, "dmesg", (text) => firmwareRanges(text));
		expect(count).to.be.at.least(20);
	});
});
