// Specification of the command line: what each parameter sets, what is refused and how, what goes to init.

import { expect } from "chai";
import {
	COMMAND_LINE_DEFAULTS,
	type CommandLine,
	memparse,
	parseCommandLine,
	slubDebugFlags,
} from "../../kernel/command-line";
import { recorded, recordedNames } from "../fixtures";

/** The texts of all messages. */
const said = (line: CommandLine): string[] =>
	line.messages.map((message) => message.text);

describe("kernel command line", () => {
	it("sets nothing when it is empty", () => {
		expect(parseCommandLine("")).to.deep.equal(COMMAND_LINE_DEFAULTS);
		expect(parseCommandLine("  \t ").messages).to.deep.equal([]);
	});

	it("reads memory and CPUs", () => {
		const line = parseCommandLine("mem=512M nr_cpus=2 maxcpus=1");
		expect(line.memoryBytes).to.equal(512 * 2 ** 20);
		expect(line.cpusPossible).to.equal(2);
		expect(line.cpusOnline).to.equal(1);
		expect(line.messages).to.deep.equal([]);
		expect(parseCommandLine("nosmp").cpusOnline).to.equal(0);
	});

	it("lets the last of two count (D2) and takes dashes for underscores (D1)", () => {
		expect(parseCommandLine("mem=1G mem=64M").memoryBytes).to.equal(2 ** 26);
		expect(parseCommandLine("nr-cpus=3").cpusPossible).to.equal(3);
	});

	it("sets the console's level", () => {
		expect(parseCommandLine("").consoleLevel).to.equal(7);
		expect(parseCommandLine("quiet").consoleLevel).to.equal(4);
		expect(parseCommandLine("debug").consoleLevel).to.equal(10);
		expect(parseCommandLine("quiet loglevel=3").consoleLevel).to.equal(3);
	});

	it("rounds the size of the log up to a power of two", () => {
		expect(parseCommandLine("log_buf_len=100K").logBytes).to.equal(2 ** 17);
		expect(parseCommandLine("log_buf_len=1M").logBytes).to.equal(2 ** 20);
	});

	it("reads the parameters of the slab allocator", () => {
		const line = parseCommandLine(
			"slab_nomerge slub_min_objects=16 slub_min_order=1 slub_max_order=20",
		);
		expect(line.slabMerge).to.equal(false);
		expect(line.slubMinObjects).to.equal(16);
		expect(line.slubMinOrder).to.equal(1);
		expect(line.slubMaxOrder, "at most the top order").to.equal(10);
		expect(parseCommandLine("slub_nomerge slab_merge").slabMerge).to.be.true;
	});

	it("reads failure injection, trace and huge page parameters", () => {
		const line = parseCommandLine(
			"failslab=1,100,0,-1 fail_page_alloc=10,50,4096,3 trace_buf_size=64K trace_event=kmem:kfree,sched transparent_hugepage=madvise page_alloc.shuffle=Y",
		);
		expect(line.failSlab).to.deep.equal({
			interval: 1,
			probability: 100,
			space: 0,
			times: -1,
		});
		expect(line.failPageAlloc?.times).to.equal(3);
		expect(line.traceBufferBytes).to.equal(65536);
		expect(line.traceEvents).to.deep.equal(["kmem:kfree", "sched"]);
		expect(line.transparentHugepage).to.equal("madvise");
		expect(line.shufflePages).to.equal(true);
		expect(line.messages).to.deep.equal([]);
	});

	it("reads switches as Linux writes them", () => {
		for (const on of ["1", "y", "Y", "on", "true"])
			expect(parseCommandLine(`init_on_free=${on}`).initOnFree, on).to.be.true;
		for (const off of ["0", "n", "N", "off", "false"])
			expect(parseCommandLine(`init_on_alloc=${off}`).initOnAlloc, off).to.be
				.false;
	});

	it("reads the sysctls of the memory manager", () => {
		const line = parseCommandLine(
			"sysctl.vm.min_free_kbytes=4096 sysctl.vm/percpu_pagelist_high_fraction=8 sysctl.vm.watermark_scale_factor=100 sysctl.vm.watermark_boost_factor=0",
		);
		expect(line.minFreeKbytes).to.equal(4096);
		expect(line.pagelistHighFraction).to.equal(8);
		expect(line.watermarkScaleFactor).to.equal(100);
		expect(line.watermarkBoostFactor).to.equal(0);
		expect(line.messages).to.deep.equal([]);
		const others = "sysctl.vm.page-cluster=3 sysctl.kernel.panic=1";
		expect(parseCommandLine(others).messages).to.deep.equal([]);
	});

	describe("slub_debug", () => {
		const flags = (value: string, cache: string): string =>
			slubDebugFlags(parseCommandLine(value).slubDebug, cache);

		it("without a value checks everything everywhere", () => {
			expect(flags("slub_debug", "dentry")).to.equal("FZPU");
			expect(flags("slub_debug=", "dentry")).to.equal("FZPU");
		});

		it("takes letters in both cases, for all caches", () => {
			expect(flags("slub_debug=fz", "dentry")).to.equal("FZ");
			expect(flags("slub_debug=-", "dentry")).to.equal("");
			expect(parseCommandLine("slub_debug=O").slubDebugKeepsOrder).to.be.true;
		});

		it("takes a list of caches, with a star for any ending", () => {
			const line = "slub_debug=P,kmalloc-*,dentry";
			expect(flags(line, "kmalloc-64")).to.equal("P");
			expect(flags(line, "dentry")).to.equal("P");
			expect(flags(line, "dentry2")).to.equal("");
			expect(flags("slub_debug=,dentry", "dentry")).to.equal("FZPU");
		});

		it("takes blocks, of which the one that names the cache wins", () => {
			const line = "slub_debug=FZ;P,task_struct;U,vm_area_struct";
			expect(flags(line, "task_struct")).to.equal("P");
			expect(flags(line, "vm_area_struct")).to.equal("U");
			expect(flags(line, "dentry")).to.equal("FZ");
		});

		it("skips letters that it does not know", () => {
			const line = parseCommandLine("slub_debug=FX");
			expect(line.slubDebug).to.deep.equal([{ flags: "F", caches: [] }]);
			expect(said(line)).to.deep.equal([
				"slub_debug option 'x' unknown. skipped",
			]);
		});
	});

	describe("what is not known (D3)", () => {
		it("goes to init, and the kernel says so", () => {
			const line = parseCommandLine("nokaslr quiet foo=1");
			expect(line.initArguments).to.deep.equal(["nokaslr"]);
			expect(line.initEnvironment).to.deep.equal(["foo=1"]);
			expect(said(line)).to.deep.equal([
				'Unknown kernel command line parameters "nokaslr foo=1", will be passed to user space.',
			]);
			expect(line.messages[0]!.level, "a notice").to.equal(5);
		});

		it("names arguments before environment", () => {
			expect(said(parseCommandLine("a=1 b c=2 d"))[0]).to.include(
				'"b d a=1 c=2"',
			);
		});

		it("keeps the last value of a variable, in the first one's place", () => {
			const { initEnvironment } = parseCommandLine("a=1 b=2 a=3");
			expect(initEnvironment).to.deep.equal(["a=3", "b=2"]);
		});

		it("is dropped when it looks like a module's parameter", () => {
			const line = parseCommandLine("rig.scn=boot rig.n=3");
			expect(line.initEnvironment).to.deep.equal([]);
			expect(line.messages).to.deep.equal([]);
		});

		it("stays quiet about parameters that have nothing to act on", () => {
			const text = "console=ttyS0 panic=-1 root=/dev/vda ro acpi=off";
			expect(parseCommandLine(text).messages).to.deep.equal([]);
		});

		it("has no names from the language's own objects", () => {
			const line = parseCommandLine("toString constructor=1");
			expect(line.initArguments).to.deep.equal(["toString"]);
			expect(line.initEnvironment).to.deep.equal(["constructor=1"]);
		});

		it("follows -- without a word", () => {
			const line = parseCommandLine("quiet -- -x mem=1M");
			expect(line.initArguments).to.deep.equal(["-x", "mem=1M"]);
			expect(line.memoryBytes).to.equal(null);
			expect(line.messages).to.deep.equal([]);
		});
	});

	it("keeps blanks that are in quotes (D1)", () => {
		const line = parseCommandLine('dyndbg="file a.c +p" "two words"');
		expect(line.initEnvironment).to.deep.equal(["dyndbg=file a.c +p"]);
		expect(line.initArguments).to.deep.equal(["two words"]);
	});

	describe("values that Linux would not understand (D4)", () => {
		const cases: readonly [text: string, message: string][] = [
			["mem=0", "Malformed early option 'mem'"],
			["mem=lots", "Malformed early option 'mem'"],
			["mem", "Malformed early option 'mem'"],
			["nr_cpus=0", "Malformed early option 'nr_cpus'"],
			["nr_cpus=9000", "Malformed early option 'nr_cpus'"],
			["init_on_alloc=maybe", "Malformed early option 'init_on_alloc'"],
			["init_on_free", "Malformed early option 'init_on_free'"],
			["loglevel=loud", "Malformed early option 'loglevel'"],
			[
				"page_alloc.shuffle=maybe",
				"Booting kernel: `maybe' invalid for parameter `page_alloc.shuffle'",
			],
			["failslab=1,2", "FAULT_INJECTION: failed to parse arguments"],
			[
				"transparent_hugepage=sometimes",
				"transparent_hugepage= cannot parse, ignored",
			],
			[
				"sysctl.vm.percpu_pagelist_high_fraction=7",
				"Failed to set sysctl parameter 'vm.percpu_pagelist_high_fraction=7': invalid value",
			],
			[
				"sysctl.vm.min_free_kbytes=-1",
				"Failed to set sysctl parameter 'vm.min_free_kbytes=-1': invalid value",
			],
			[
				"sysctl.vm/min-free-kbytes=1",
				"Failed to set sysctl parameter 'vm/min-free-kbytes=1': parameter not found",
			],
			[
				"sysctl.vm.no_such=1",
				"Failed to set sysctl parameter 'vm.no_such=1': parameter not found",
			],
		];
		for (const [text, message] of cases)
			it(`${text} leaves the default`, () => {
				const line = parseCommandLine(text);
				expect(said(line)[0]).to.equal(message);
				expect({
					...line,
					text: "",
					messages: [],
					initEnvironment: [],
				}).to.deep.equal(COMMAND_LINE_DEFAULTS);
			});

		it("hands what setup refused to init", () => {
			expect(parseCommandLine("failslab=1,2").initEnvironment).to.deep.equal([
				"failslab=1,2",
			]);
		});

		it("says when each line is printed", () => {
			const line = parseCommandLine("foo nr_cpus=x sysctl.vm.none=1");
			const stages = line.messages.map((message) => message.stage);
			expect(stages).to.deep.equal(["early", "init", "boot"]);
		});
	});

	describe("values that no machine here can have", () => {
		for (const text of [
			"mem=3K",
			"maxcpus=-1",
			"slub_min_order=11",
			"slub_max_order=-1",
			"slub_min_objects=-5",
			"log_buf_len=4G",
		])
			it(`${text} is an Error with one sentence`, () => {
				const refuse = () => parseCommandLine(text);
				expect(refuse).to.throw(Error, /^[^\n]+\.$/);
			});
	});

	it("understands every recorded command line and says what Linux said", () => {
		for (const name of recordedNames()) {
			const recording = recorded(name);
			const expected = [
				...recording.dmesg().matchAll(/\] (Unknown kernel .*)/g),
			];
			expect(
				said(parseCommandLine(recording.commandLine())),
				name,
			).to.deep.equal(expected.map((found) => found[1]));
		}
	});
});

describe("memparse", () => {
	it("reads numbers in C's notation with a suffix", () => {
		expect(memparse("4096")).to.equal(4096);
		expect(memparse("0x1000")).to.equal(4096);
		expect(memparse("010k")).to.equal(8192);
		expect(memparse("2g")).to.equal(2 ** 31);
		expect(memparse("512MB"), "the rest is ignored").to.equal(2 ** 29);
		expect(memparse("none")).to.equal(0);
	});
});
