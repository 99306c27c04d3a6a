// What boot makes of pages: caches, tasks, marks. The stages before them are in setup-arch.test.ts.

import { expect } from "chai";
import { boot } from "../../kernel/boot";
import type { BootOptions } from "../../kernel/bringup";
import type { Kernel } from "../../kernel/kernel";
import {
	MM_INIT_ON_ALLOC,
	MM_NO_MERGE,
	MM_SHUFFLE_FREELIST,
	MM_SHUFFLE_PAGES,
} from "../../mm/globals";
import { recorded } from "../fixtures";

const flags = (options: BootOptions): number =>
	boot({ memory: "16M", ...options }).mm.globals.flags;

const minFree = (options: BootOptions): number =>
	boot(options).mm.globals.minFreeKbytes;

const managed = ({ mm }: Kernel): number =>
	mm.zones.reduce((sum, zone) => sum + zone.managed, 0);

describe("the later stages of boot", () => {
	it("switch on what the command line asks for", () => {
		expect(flags({})).to.equal(0);
		expect(flags({ cmdline: "init_on_alloc=1" })).to.equal(MM_INIT_ON_ALLOC);
		expect(flags({ cmdline: "slab_nomerge" })).to.equal(MM_NO_MERGE);
		expect(flags({ cmdline: "page_alloc.shuffle=1" })).to.equal(
			MM_SHUFFLE_PAGES,
		);
	});

	it("switch on what the kernel was configured with, unless told otherwise", () => {
		const config = {
			CONFIG_SLAB_FREELIST_RANDOM: true,
			CONFIG_INIT_ON_ALLOC_DEFAULT_ON: true,
		};
		const both = MM_SHUFFLE_FREELIST | MM_INIT_ON_ALLOC;
		expect(flags({ config })).to.equal(both);
		expect(flags({ config, cmdline: "init_on_alloc=0" })).to.equal(
			MM_SHUFFLE_FREELIST,
		);
	});

	it("make the caches that tasks live in, with the sizes of the recorded kernel", () => {
		const kernel = boot({ memory: "16M" });
		const slabs = recorded("l2-mixed-nomerge-1cpu").slabs();
		for (const name of ["task_struct", "mm_struct", "vm_area_struct"]) {
			const { size, objectCount, order } = kernel.findCache(name)!.geometry;
			const real = slabs.find((slab) => slab.name === name)!;
			expect({ size, objectCount, order }, name).to.deep.equal({
				size: real.size,
				objectCount: real.objectCount,
				order: real.order,
			});
		}
	});

	it("let huge pages raise the marks of a machine that has room for them", () => {
		const huge = minFree({ memory: "1G" });
		const never = minFree({
			memory: "1G",
			cmdline: "transparent_hugepage=never",
		});
		expect(huge).to.be.greaterThan(never);
		const config = { CONFIG_TRANSPARENT_HUGEPAGE: "never" } as const;
		expect(minFree({ memory: "1G", config })).to.equal(never);
		const small = (cmdline: string): number =>
			minFree({ memory: "256M", cmdline });
		expect(small("")).to.equal(small("transparent_hugepage=never"));
	});

	it("take the sysctl parameters of the command line", () => {
		const cmdline =
			"sysctl.vm.min_free_kbytes=8192 sysctl.vm.percpu_pagelist_high_fraction=8";
		const kernel = boot({ memory: "64M", cmdline });
		expect(kernel.mm.globals.minFreeKbytes).to.equal(8192);
		const { pcp, zone } = kernel.mm.allocator.zones[1]!;
		const fraction = zone.managed - 16; // init came back after the sizes were computed
		expect(pcp.state(0).high).to.be.within(
			Math.floor(fraction / 8) - 2,
			Math.floor(zone.managed / 8),
		);
	});

	it("compute the marks before the late frees, and not again", () => {
		const kernel = boot({ memory: "64M" });
		const later = boot({
			memory: "64M",
			reserved: [{ start: 40 * 2 ** 20, end: 56 * 2 ** 20 }],
		});
		expect(managed(later)).to.equal(managed(kernel));
		expect(later.mm.globals.minFreeKbytes).to.be.lessThan(
			kernel.mm.globals.minFreeKbytes,
		);
	});

	it("bring all CPUs up to the same time", () => {
		const kernel = boot({ memory: "16M", cpus: 4 });
		const ends = kernel.machine.cpus.map(({ cycles }) => cycles);
		expect(Math.max(...ends) - Math.min(...ends)).to.be.lessThan(100_000);
	});

	it("say that object checks are not there when somebody wants them", () => {
		const lines = boot({ cmdline: "slub_debug=FZ" }).logLines().join("\n");
		expect(lines).to.contain("but objects are not checked");
	});
});
