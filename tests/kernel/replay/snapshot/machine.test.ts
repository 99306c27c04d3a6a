// Specification of recorded machines: from all texts, from few, and from damaged ones.

import { expect } from "chai";
import { boot } from "../../../../kernel/boot";
import {
	machineOptions,
	machineTuning,
	parseCpus,
	parseSettings,
	recordedMachine,
} from "../../../../kernel/replay/snapshot/machine";
import { textSource } from "../../../../kernel/replay/snapshot/source";
import { recorded } from "../../../fixtures";
import { refusals } from "./damage";

const recording = recorded("m12-net-2cpu-counterclock");
const text = (path: string): string => recording.whole.source.text(path)!;
const ALL = {
	"meta/dmesg.txt": text("meta/dmesg.txt"),
	"meta/cmdline": text("meta/cmdline"),
	"meta/cpus": text("meta/cpus"),
	"meta/vm-sysctl.txt": text("meta/vm-sysctl.txt"),
	"meta/thp-lrugen.txt": "always [madvise] never\n0x0000\n",
	"meta/config":
		"CONFIG_SLAB_FREELIST_RANDOM=y\n# CONFIG_INIT_ON_ALLOC_DEFAULT_ON is not set\n",
	"snap/a/iomem": text("a/iomem"),
	"snap/a/zoneinfo": text("a/zoneinfo"),
};

describe("kernel/replay/snapshot/machine", () => {
	it("lacks nothing when all texts are there", () => {
		const machine = recordedMachine(textSource(ALL));
		expect(machine.lacks).to.deep.equal([]);
		expect(machine.cpus).to.deep.equal({ possible: 2, online: 2 });
		expect(machine.commandLine).to.match(/^console=ttyS0 quiet .*rig.tsv=dyn$/);
		expect(machine.config).to.deep.equal({
			CONFIG_SLAB_FREELIST_RANDOM: true,
			CONFIG_INIT_ON_ALLOC_DEFAULT_ON: true, // the boot log knows better than the configuration
			CONFIG_TRANSPARENT_HUGEPAGE: "madvise",
		});
		expect(machine.ramDisk).to.deep.equal({
			start: 0x1fdae000,
			end: 0x1ffd0000,
		});
		expect(machine.minFreeKbytes).to.equal(2706);
		expect(machine.settings.get("lowmem_reserve_ratio")).to.equal(
			"256\t256\t32\t0\t0",
		);
		expect(machine.zones.map(({ zone }) => zone).slice(0, 2)).to.deep.equal([
			"DMA",
			"DMA32",
		]);
		expect(machine.freed).to.deep.equal({
			early: recording.pagesFreedEarly(),
			late: recording.pagesFreedLate(),
		});
	});

	it("says what it lacks, one sentence each", () => {
		const zoneinfo = ALL["snap/a/zoneinfo"];
		const machine = recordedMachine(textSource({ zoneinfo }));
		expect(machine.lacks.length).to.equal(8);
		for (const lack of machine.lacks) expect(lack).to.match(/^[A-Z].*\.$/);
		expect(machine.cpus.online).to.equal(2);
		expect(machine.commandLine).to.equal("");
		expect(machine.minFreeKbytes).to.equal(null);
		expect(machine.freed).to.equal(null);
		expect(boot(machineOptions(machine)).check()).to.deep.equal([]);
	});

	it("does with a boot log alone", () => {
		const log = ALL["meta/dmesg.txt"];
		const machine = recordedMachine(textSource({ "dmesg.txt": log }));
		expect(machine.cpus).to.deep.equal({ possible: 2, online: 2 });
		expect(machine.commandLine).to.equal(recording.commandLine());
		expect(machine.zones).to.deep.equal([]);
		expect(machine.lacks.join(" ")).to.include("There is no zoneinfo");
		expect(boot(machineOptions(machine)).check()).to.deep.equal([]);
	});

	it("refuses a recording without any of the texts that tell of memory (RM2)", () => {
		const few = textSource({ "meta/cpus": "0\n" });
		expect(() => recordedMachine(few)).to.throw(
			"The recording tells nothing of the machine's memory",
		);
	});

	it("leaves a RAM disk out that is not in the map", () => {
		const log = ALL["meta/dmesg.txt"].replace(
			/RAMDISK: .*/,
			"RAMDISK: [mem 0xfff00000-0xfff0ffff]",
		);
		const machine = recordedMachine(
			textSource({ ...ALL, "meta/dmesg.txt": log }),
		);
		expect(machine.ramDisk).to.equal(null);
		expect(machine.lacks[0]).to.include("initial RAM disk");
	});

	it("says when the memory map and zoneinfo are not of one machine", () => {
		const zoneinfo = recorded("m1-boot-256m").text("zoneinfo", "a");
		const machine = recordedMachine(
			textSource({ ...ALL, "snap/a/zoneinfo": zoneinfo }),
		);
		expect(machine.lacks[0]).to.match(
			/^The memory map has \d+ pages in zone DMA32, but zoneinfo has \d+\.$/,
		);
	});

	it("boots as recorded, or without the trace buffer", () => {
		const machine = recordedMachine(textSource(ALL));
		const whole = machineOptions(machine);
		const lean = machineOptions(machine, { traceBuffer: false });
		expect(whole.cmdline).to.equal(machine.commandLine);
		expect(lean.cmdline).to.not.match(/trace_buf_size|trace_event/);
		expect(lean.cmdline).to.match(/^console=ttyS0 .* nokaslr /);
		const managed = (options: typeof whole): number =>
			boot(options).mm.zones[1]!.managed;
		expect(managed(lean) - managed(whole)).to.be.at.least(32768);
		expect(machineTuning(machine)).to.deep.equal({
			cpuCount: 2,
			minOrder: 0,
			maxOrder: 3,
			minObjects: 0,
		});
	});

	for (const file of ["dmesg.txt", "iomem", "zoneinfo"] as const)
		it(`refuses a damaged ${file} in one sentence when there is nothing else`, () => {
			const whole = file === "dmesg.txt" ? `meta/${file}` : `snap/a/${file}`;
			const head = ALL[whole as keyof typeof ALL].split("\n").slice(0, 60);
			const name = file === "dmesg.txt" ? "dmesg" : file;
			const text = file === "dmesg.txt" ? head.join("\n") : undefined;
			refusals(text ?? ALL[whole as keyof typeof ALL], name, (hurt) => {
				if (/^\s*$/.test(hurt) || !/usable|RAM|DMA/.test(hurt)) return;
				try {
					recordedMachine(textSource({ [file]: hurt }));
				} catch (error) {
					if (!String(error).includes("The recording tells nothing"))
						throw error;
				}
			});
		});

	it("names the file whose kernel image cannot be", () => {
		const iomem = ALL["snap/a/iomem"];
		const hurt = iomem.replace(
			/[0-9a-f]{8}(?=-[0-9a-f]{8} : Kernel rodata)/,
			"f1000000",
		);
		expect(hurt).not.to.equal(iomem);
		expect(() =>
			recordedMachine(textSource({ ...ALL, "snap/a/iomem": hurt })),
		).to.throw(/^snap\/a\/iomem: Kernel image: /);
	});

	it("counts lists of CPUs", () => {
		expect(parseCpus("0-3,8\n0-1\n")).to.deep.equal({ possible: 5, online: 2 });
		for (const bad of ["", "x", "3-1", "0-99999", "0-1\n\n0", "0--1"])
			expect(() => parseCpus(bad), bad).to.throw(/^cpus, line \d: expected/);
	});

	it("reads settings as sysctl and cat write them", () => {
		const settings = parseSettings("vm.swappiness = 60\nmin_free_kbytes 12\n");
		expect([...settings]).to.deep.equal([
			["swappiness", "60"],
			["min_free_kbytes", "12"],
		]);
		expect(() => parseSettings("a 1\n-\n")).to.throw(
			"vm-sysctl.txt, line 2: expected `NAME VALUE`",
		);
	});

	for (const path of [
		"meta/cpus",
		"meta/vm-sysctl.txt",
		"snap/a/iomem",
	] as const)
		it(`refuses a damaged ${path} in one sentence`, () => {
			const count = refusals(
				ALL[path],
				path,
				(hurt) => recordedMachine(textSource({ ...ALL, [path]: hurt })),
				100,
			);
			expect(count).to.be.at.least(5);
		});
});
