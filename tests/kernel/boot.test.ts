import { expect } from "chai";
import { EV_TEXT } from "../../hw/events";
import { MemoryMap } from "../../hw/memory-map";
import { KernelPanic } from "../../hw/panic";
import { MIB } from "../../hw/units";
import { attach, boot } from "../../kernel/boot";
import type { BootOptions } from "../../kernel/bringup";
import { EV_STAGE } from "../../kernel/events";
import { EV_BOOT_FREE, EV_MEMBLOCK } from "../../mm/events";
import { GFP_KERNEL } from "../../mm/gfp";

/** The log without time stamps. */
const texts = (options: BootOptions): string[] =>
	boot(options)
		.logLines()
		.map((line) => line.slice(15));

/** Everything that `onLog` got before boot threw. */
function failing(options: BootOptions): { error: Error; lines: string[] } {
	const lines: string[] = [];
	try {
		boot({ ...options, onLog: (line) => lines.push(line) });
	} catch (error) {
		return { error: error as Error, lines };
	}
	throw new Error("it boots");
}

describe("boot", () => {
	it("needs no options: 64 MiB and one CPU", () => {
		const kernel = boot();
		expect(kernel.memory.bytes).to.equal(64 * MIB);
		expect(kernel.machine.cpus.length).to.equal(1);
		expect(kernel.check()).to.deep.equal([]);
	});

	it("says what Linux says, in Linux's order", () => {
		const lines = texts({ memory: "64M", cpus: 2, cmdline: "panic=1 foo" });
		const order = [
			/^Linux version 6\.1\.0-flagstone .* SMP/,
			/^Command line: panic=1 foo$/,
			/^BIOS-provided physical RAM map:$/,
			/^BIOS-e820: \[mem 0x0{16}-0x000000000009fbff\] usable$/,
			/^NX \(Execute Disable\) protection: active$/,
			/^e820: update \[mem 0x00000000-0x00000fff\] usable ==> reserved$/,
			/^e820: remove \[mem 0x000a0000-0x000fffff\] usable$/,
			/^last_pfn = 0x4000 max_arch_pfn = 0x400000000$/,
			/^No NUMA configuration found$/,
			/^Faking a node at \[mem 0x0{16}-0x0000000003ffffff\]$/,
			/^NODE_DATA\(0\) allocated \[mem 0x[0-9a-f]+-0x[0-9a-f]+\]$/,
			/^Zone ranges:$/,
			/^ {2}DMA {6}\[mem 0x0000000000001000-0x0000000000ffffff\]$/,
			/^ {2}DMA32 {4}\[mem 0x0000000001000000-0x0000000003ffffff\]$/,
			/^ {2}Normal {3}empty$/,
			/^ {2}Device {3}empty$/,
			/^Movable zone start for each node$/,
			/^Early memory node ranges$/,
			/^ {2}node {3}0: \[mem 0x0000000000001000-0x000000000009efff\]$/,
			/^Initmem setup node 0 \[mem 0x0000000000001000-0x0000000003ffffff\]$/,
			/^On node 0, zone DMA: 1 pages in unavailable ranges$/,
			/^smpboot: Allowing 2 CPUs, 0 hotplug CPUs$/,
			/^setup_percpu: NR_CPUS:64 nr_cpumask_bits:2 nr_cpu_ids:2 nr_node_ids:1$/,
			/^percpu: Embedded \d+ pages\/cpu /,
			/^Built 1 zonelists, mobility grouping on\. {2}Total pages: \d+$/,
			/^Policy zone: DMA32$/,
			/^Kernel command line: panic=1 foo$/,
			/^Unknown kernel command line parameters "foo", will be passed to user space\.$/,
			/^mem auto-init: stack:off, heap alloc:off, heap free:off$/,
			/^Memory: \d+K\/65144K available \(640K kernel code, 64K rwdata, 192K rodata, 64K init, 64K bss, \d+K reserved, 0K cma-reserved\)$/,
			/^SLUB: HWalign=64, Order=0-3, MinObjects=0, CPUs=2, Nodes=1$/,
			/^Calibrating delay loop .* 2000\.00 BogoMIPS \(lpj=4000000\)$/,
			/^smp: Bringing up secondary CPUs \.\.\.$/,
			/^smp: Brought up 1 node, 2 CPUs$/,
			/^Freeing unused kernel image \(initmem\) memory: 64K$/,
			/^Run \/init as init process$/,
			/^ {4}foo$/,
		];
		let at = 0;
		for (const pattern of order) {
			const found = lines.findIndex((line, i) => i >= at && pattern.test(line));
			expect(found, `${pattern} after line ${at}`).to.be.at.least(0);
			at = found + 1;
		}
	});

	it("gives every line to onLog as it is printed, and keeps it", () => {
		const lines: string[] = [];
		const kernel = boot({ memory: "8M", onLog: (line) => lines.push(line) });
		const kept = kernel.logLines();
		expect(lines.length).to.be.greaterThan(30);
		expect(kept.slice(0, lines.length)).to.deep.equal(lines);
	});

	it("is silent with quiet, and still keeps every line", () => {
		const lines: string[] = [];
		const kernel = boot({
			cmdline: "quiet",
			onLog: (line) => lines.push(line),
		});
		expect(lines).to.deep.equal([]);
		expect(kernel.logLines().length).to.be.greaterThan(30);
	});

	it("takes simulated time, which never goes back", () => {
		const stamps = boot({ cpus: 2 })
			.logLines()
			.map((line) => Number(line.slice(1, 13)));
		expect(stamps).to.deep.equal([...stamps].sort((a, b) => a - b));
		expect(stamps.at(-1)).to.be.within(0.001, 1);
	});

	describe("the machine", () => {
		for (const memory of ["4M", "5M", "16M", "100M", "3584M", "6G"])
			it(`boots with ${memory} and is sound`, function () {
				this.timeout(60_000);
				const kernel = boot({ memory });
				const used = kernel.kmalloc(5000, GFP_KERNEL);
				expect(used).to.not.equal(0);
				if (kernel.memory.frameCount < 2 ** 18)
					expect(kernel.check()).to.deep.equal([]);
			});

		it("can have a map with holes", () => {
			const map = new MemoryMap([
				{ start: 0, end: 0x9f000, type: "usable" },
				{ start: MIB, end: 9 * MIB, type: "usable" },
				{ start: 9 * MIB, end: 10 * MIB, type: "acpi" },
				{ start: 40 * MIB, end: 48 * MIB, type: "usable" },
			]);
			const kernel = boot({ map });
			expect(kernel.check()).to.deep.equal([]);
			const holes = kernel.frames().filter(({ use }) => use === "hole");
			expect(holes.at(-1)).to.include({
				start: (10 * MIB) / 4096,
				count: (30 * MIB) / 4096,
			});
		});

		it("has the memory that mem= leaves it", () => {
			const kernel = boot({ memory: "64M", cmdline: "mem=20M" });
			expect(kernel.memory.bytes).to.equal(20 * MIB);
			expect(kernel.logLines().join("\n")).to.contain(
				"user-defined physical RAM map:",
			);
		});

		it("has the CPUs that nr_cpus= and maxcpus= leave it", () => {
			const cpus = (cmdline: string): number =>
				boot({ memory: "8M", cpus: 4, cmdline }).machine.cpus.length;
			expect(cpus("nr_cpus=2")).to.equal(2);
			expect(cpus("maxcpus=3")).to.equal(3);
			expect(cpus("nosmp")).to.equal(1);
			expect(cpus("nr_cpus=16")).to.equal(4);
		});

		it("gives back what the loader left, after the marks were computed", () => {
			const disk = { start: 30 * MIB, end: 31 * MIB };
			const kernel = boot({ memory: "32M", reserved: [disk] });
			const plain = boot({ memory: "32M" });
			expect(kernel.logLines().join("\n")).to.match(
				/RAMDISK: \[mem 0x01e00000-0x01efffff\][\s\S]*Freeing initrd memory: 1024K/,
			);
			expect(kernel.check()).to.deep.equal([]);
			const managed = (k: typeof kernel): number =>
				k.mm.zones.reduce((sum, zone) => sum + zone.managed, 0);
			expect(managed(kernel)).to.equal(managed(plain));
		});
	});

	describe("the command line", () => {
		it("sets up the slab caches", () => {
			const cache = (cmdline: string) =>
				boot({ memory: "16M", cmdline }).createCache({ name: "x", size: 700 });
			expect(cache("").geometry.order).to.equal(1);
			expect(cache("slub_max_order=0").geometry.order).to.equal(0);
			expect(cache("slub_min_order=2").geometry.order).to.equal(2);
		});

		it("keeps caches apart with slab_nomerge", () => {
			const names = (cmdline: string): string[] => {
				const kernel = boot({ memory: "16M", cmdline });
				return ["one", "two"].map(
					(name) => kernel.createCache({ name, size: 500 }).name,
				);
			};
			expect(names("")).to.deep.equal(["one", "one"]);
			expect(names("slab_nomerge")).to.deep.equal(["one", "two"]);
		});

		it("zeroes what is handed out with init_on_alloc=1", () => {
			const dirty = (cmdline: string): number => {
				const kernel = boot({ memory: "8M", cmdline });
				const p = kernel.kmalloc(64, GFP_KERNEL);
				kernel.memory.fill(p, 64, 0xff);
				kernel.kfree(p);
				return kernel.memory.readU32(kernel.kmalloc(64, GFP_KERNEL));
			};
			expect(dirty("")).to.not.equal(0);
			expect(dirty("init_on_alloc=1")).to.equal(0);
		});

		it("makes the log larger", () => {
			const kernel = boot({ memory: "16M", cmdline: "log_buf_len=1M" });
			expect(kernel.parts.record.logBytes).to.equal(MIB);
			expect(kernel.logLines()[0]).to.contain("Linux version");
			expect(kernel.check()).to.deep.equal([]);
		});

		it("records when asked to, from power-on", () => {
			const kernel = boot({ memory: "16M", cmdline: "trace_buf_size=64K" });
			const codes: number[] = [];
			kernel.mm.recorder?.drain(0, ({ code }) => codes.push(code));
			const pages = codes.filter((code) => code < EV_TEXT);
			expect(codes[0]).to.equal(EV_STAGE);
			expect(pages[0]).to.equal(EV_MEMBLOCK);
			expect(pages).to.include(EV_BOOT_FREE);
			expect(kernel.mm.globals.ringRecords).to.equal(2048);
		});
	});

	describe("of what cannot be", () => {
		it("panics as a kernel does when memory is too small, with the log so far", () => {
			const { error, lines } = failing({ memory: "2M" });
			expect(error).to.be.instanceOf(KernelPanic);
			expect(error.message).to.match(/^Failed to allocate \d+ bytes for/);
			expect(lines[0]).to.contain("Linux version");
		});

		it("panics when the kernel image does not fit", () => {
			expect(failing({ memory: "1M" }).error)
				.to.be.instanceOf(KernelPanic)
				.with.property("message")
				.contains("kernel image");
		});

		for (const [what, options, sentence] of [
			["no memory", { memory: 0 }, "at least one page"],
			["odd memory", { memory: "3K" }, "whole number of 4 KiB pages"],
			["no number", { memory: "much" }, 'Memory size "much"'],
			["no CPU", { cpus: 0 }, "1 to 64 CPUs"],
			["a seed that is none", { seed: -1 }, "Seed -1"],
			[
				"a disk outside of memory",
				{ memory: "8M", reserved: [{ start: 0, end: 2 ** 40 }] },
				"not inside of usable memory",
			],
			[
				"a disk over the kernel",
				{ memory: "8M", reserved: [{ start: MIB, end: 2 * MIB }] },
				"overlaps the kernel image",
			],
			["a long command line", { cmdline: "x".repeat(3000) }, "at most 2047"],
		] as [string, BootOptions, string][])
			it(`throws a sentence for ${what}`, () => {
				const { error } = failing(options);
				expect(error).to.not.be.instanceOf(KernelPanic);
				expect(error.message).to.contain(sentence).and.match(/\.$/);
			});
	});

	describe("with books of its own", () => {
		const books = [{ start: 40 * MIB, end: 44 * MIB }];

		it("uses no other RAM, and leaves the rest reserved and untouched", () => {
			const kernel = boot({ memory: "64M", books });
			const { map } = kernel.machine;
			const isOurs = (pfn: number): boolean =>
				(pfn >= books[0]!.start / 4096 && pfn < books[0]!.end / 4096) ||
				(pfn >= map.imageStart / 4096 && pfn < map.imageEnd / 4096);
			for (const { start, count, use, owner } of kernel.frames()) {
				const isForeign = use === "firmware" || use === "hole";
				for (let pfn = start; pfn < start + count && !isForeign; pfn++)
					if (!isOurs(pfn)) expect(owner, `pfn ${pfn}`).to.equal("reserved");
			}
			expect(kernel.check()).to.deep.equal([]);
		});

		it("decides about mobility as if the rest were free", () => {
			const log = boot({ memory: "64M", books }).logLines().join("\n");
			expect(log).to.match(/mobility grouping on\. {2}Total pages: 1\d{4}/);
		});

		it("refuses what is not whole pages of RAM", () => {
			for (const range of [
				{ start: 40 * MIB, end: 40 * MIB },
				{ start: 40 * MIB + 1, end: 41 * MIB },
				{ start: 60 * MIB, end: 68 * MIB },
			])
				expect(() => boot({ memory: "64M", books: [range] })).to.throw(
					"for the kernel's books",
				);
		});
	});

	describe("twice", () => {
		it("gives the same state, byte for byte, with the same options", () => {
			const options = { memory: "32M", cpus: 3, seed: 5 };
			expect(boot(options).stateHash()).to.equal(boot(options).stateHash());
		});

		it("gives another state with another seed", () => {
			const one = boot({ seed: 1 }).stateHash();
			expect(boot({ seed: 2 }).stateHash()).to.not.equal(one);
		});
	});
});

describe("attach", () => {
	it("gives the same kernel from the buffer alone", () => {
		const kernel = boot({ memory: "16M", cpus: 2, cmdline: "slab_nomerge" });
		const p = kernel.kmalloc(100, GFP_KERNEL);
		const other = attach(kernel.machine.buffer);
		expect(other.stateHash()).to.equal(kernel.stateHash());
		expect(other.logLines()).to.deep.equal(kernel.logLines());
		expect(other.commandLine).to.deep.equal(kernel.commandLine);
		other.kfree(p);
		expect(kernel.check()).to.deep.equal([]);
	});

	it("carries a restored image on as if nothing had happened", () => {
		const kernel = boot({ memory: "8M" });
		const copy = new SharedArrayBuffer(kernel.machine.buffer.byteLength);
		new Uint8Array(copy).set(new Uint8Array(kernel.machine.buffer));
		const restored = attach(copy);
		for (const each of [kernel, restored]) {
			for (let i = 1; i < 300; i++) each.kmalloc(i * 7, GFP_KERNEL);
			each.run({ ticks: 10 });
		}
		expect(restored.stateHash()).to.equal(kernel.stateHash());
	});

	it("refuses a buffer without a kernel", () => {
		expect(() => attach(new ArrayBuffer(8192))).to.throw(
			"does not hold a Flagstone machine",
		);
	});

	it("refuses a CPU that the machine does not have", () => {
		const { buffer } = boot({ memory: "8M", cpus: 2 }).machine;
		expect(() => attach(buffer, 2)).to.throw("CPUs 0 to 1");
	});

	it("keeps pages apart by mobility from 2560 pages in all on", () => {
		for (const [memory, grouping] of [
			["11M", "off"],
			["16M", "on"],
		] as const) {
			const log = boot({ memory }).logLines().join("\n");
			const line = /mobility grouping (on|off)\. {2}Total pages: (\d+)/.exec(
				log,
			);
			expect(line?.[1]).to.equal(grouping);
			expect(Number(line?.[2]) >= 2560).to.equal(grouping === "on");
		}
	});
});
