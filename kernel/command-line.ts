// The kernel command line: parameters in the form and with the names of Linux.
//
//   mem=512M nr_cpus=2 quiet slub_debug=FZ,dentry page_alloc.shuffle=1 sysctl.vm.min_free_kbytes=4096 nokaslr foo=1 -- -x
//   |                  |     |                    |                    |                              |             |
//   early              early setup                module parameter     sysctl, set before init        unknown       for init
//
// D1: dashes and underscores in a name are the same letter, but not in that of a sysctl; a value with blanks is put in
//     double quotes.
// D2: of a parameter given twice the last counts.
// D3: an unknown name goes to init, as an argument without `=` and as an environment variable with one; a name with a
//     dot is taken for a module's and dropped. After `--` everything is an argument of init.
// D4: a value that Linux would not understand leaves the default in force, and `messages` has the line that Linux
//     prints. A value that Linux would take but that no machine here can have is an Error.
//
// What follows from a parameter is the business of whoever reads the result; null is "not given".
// [kernel/params.c parse_args, next_arg; init/main.c do_early_param, unknown_bootoption, print_unknown_bootoptions;
//  mm/slub.c parse_slub_debug_flags; lib/cmdline.c memparse; fs/proc/proc_sysctl.c do_sysctl_args]

import {
	CONSOLE_LEVEL_DEFAULT,
	KERN_ERR,
	KERN_NOTICE,
	KERN_WARNING,
} from "./printk";

/** A line that the kernel prints about its command line. */
export interface CommandLineMessage {
	/** When: before the memory is set up, with the `Kernel command line:` line, or just before init. */
	readonly stage: "early" | "boot" | "init";
	/** KERN_ level. */
	readonly level: number;
	readonly text: string;
}

/** One block of slub_debug=: which caches get which checks. */
export interface SlubDebugRule {
	/** Of F checks, Z red zones, P poison, U users, T trace, A failures; empty for none. */
	readonly flags: string;
	/** Names, `*` at the end for any ending; empty for all caches. */
	readonly caches: readonly string[];
}

/** When an allocation is made to fail: failslab= and fail_page_alloc=. */
export interface FaultAttributes {
	/** Every interval-th candidate is tried. */
	readonly interval: number;
	/** Percent of those tried that fail. */
	readonly probability: number;
	/** Bytes or pages that may be allocated before the first failure. */
	readonly space: number;
	/** Failures until it is over; -1 for no end. */
	readonly times: number;
}

/** The command line, understood. */
export interface CommandLine {
	/** As it was given. */
	readonly text: string;
	/** mem=: RAM above this physical address is not used. */
	readonly memoryBytes: number | null;
	/** nr_cpus=: CPUs that can ever be. */
	readonly cpusPossible: number | null;
	/** maxcpus=, nosmp: CPUs that boot brings up; 0 counts as 1. */
	readonly cpusOnline: number | null;
	/** quiet, debug, loglevel=: records below this level go to the console. */
	readonly consoleLevel: number;
	/** log_buf_len=: bytes of the kernel log, a power of two. */
	readonly logBytes: number | null;
	/** memblock=debug */
	readonly memblockDebug: boolean;
	/** slub_debug=: blocks in their order; see slubDebugFlags. */
	readonly slubDebug: readonly SlubDebugRule[];
	/** slub_debug with the letter O: caches whose order would grow for it do without. */
	readonly slubDebugKeepsOrder: boolean;
	/** False with slab_nomerge. */
	readonly slabMerge: boolean;
	/** slub_min_objects=: 0 lets the number of CPUs decide. */
	readonly slubMinObjects: number;
	readonly slubMinOrder: number;
	readonly slubMaxOrder: number;
	/** init_on_alloc= */
	readonly initOnAlloc: boolean | null;
	readonly initOnFree: boolean;
	/** page_alloc.shuffle= */
	readonly shufflePages: boolean;
	readonly failSlab: FaultAttributes | null;
	readonly failPageAlloc: FaultAttributes | null;
	/** trace_buf_size=: bytes for each CPU. */
	readonly traceBufferBytes: number | null;
	/** trace_event=: `subsystem:event`, `subsystem` or `event` each. */
	readonly traceEvents: readonly string[];
	readonly transparentHugepage: "always" | "madvise" | "never" | null;
	/** sysctl.vm.min_free_kbytes= */
	readonly minFreeKbytes: number | null;
	/** sysctl.vm.percpu_pagelist_high_fraction=: 0, or at least 8. */
	readonly pagelistHighFraction: number | null;
	/** sysctl.vm.watermark_scale_factor=, in ten-thousandths. */
	readonly watermarkScaleFactor: number | null;
	/** sysctl.vm.watermark_boost_factor=, in ten-thousandths. */
	readonly watermarkBoostFactor: number | null;
	readonly initArguments: readonly string[];
	/** `name=value` each. */
	readonly initEnvironment: readonly string[];
	readonly messages: readonly CommandLineMessage[];
}

/** What holds without any parameter: the Debian configuration. */
export const COMMAND_LINE_DEFAULTS: CommandLine = {
	text: "",
	memoryBytes: null,
	cpusPossible: null,
	cpusOnline: null,
	consoleLevel: CONSOLE_LEVEL_DEFAULT,
	logBytes: null,
	memblockDebug: false,
	slubDebug: [],
	slubDebugKeepsOrder: false,
	slabMerge: true,
	slubMinObjects: 0,
	slubMinOrder: 0,
	slubMaxOrder: 3,
	initOnAlloc: null,
	initOnFree: false,
	shufflePages: false,
	failSlab: null,
	failPageAlloc: null,
	traceBufferBytes: null,
	traceEvents: [],
	transparentHugepage: null,
	minFreeKbytes: null,
	pagelistHighFraction: null,
	watermarkScaleFactor: null,
	watermarkBoostFactor: null,
	initArguments: [],
	initEnvironment: [],
	messages: [],
};

const CONSOLE_LEVEL_QUIET = 4;
const CONSOLE_LEVEL_DEBUG = 10;
const CPUS_MAX = 8192; // CONFIG_NR_CPUS
const ORDER_MAX = 10;
const PAGE_BYTES = 4096;
const TRACE_BUFFER_BYTES_MIN = 4096;
const HIGH_FRACTION_MIN = 8;
const SCALE_FACTOR_MAX = 3000;
const SLUB_DEBUG_DEFAULT = "FZPU";

type Draft = { -readonly [K in keyof CommandLine]: CommandLine[K] };
/** Takes a parameter's value, null without `=`; false when it is not understood. */
type Handler = (draft: Draft, value: string | null) => boolean;
type Handlers = Readonly<Record<string, Handler>>;

/** Parameters that are needed before anything else is set up; not understood: malformed. */
const EARLY: Handlers = {
	mem: (draft, value) => {
		const bytes = memparse(value ?? "");
		if (bytes === 0) return false;
		if (bytes < PAGE_BYTES)
			throw new Error(
				`mem=${value} leaves the machine less than one page of 4096 bytes.`,
			);
		draft.memoryBytes = bytes;
		return true;
	},
	nr_cpus: (draft, value) => {
		const count = optionNumber(value);
		if (count <= 0 || count >= CPUS_MAX) return false;
		draft.cpusPossible = count;
		return true;
	},
	maxcpus: (draft, value) => {
		const count = optionNumber(value);
		if (count < 0)
			throw new Error(`maxcpus=${value} is not a number of CPUs from 0 on.`);
		draft.cpusOnline = count;
		return true;
	},
	nosmp: (draft) => {
		draft.cpusOnline = 0;
		return true;
	},
	quiet: (draft) => {
		draft.consoleLevel = CONSOLE_LEVEL_QUIET;
		return true;
	},
	debug: (draft) => {
		draft.consoleLevel = CONSOLE_LEVEL_DEBUG;
		return true;
	},
	loglevel: (draft, value) => {
		if (!/^-?\d/.test(value ?? "")) return false;
		draft.consoleLevel = optionNumber(value);
		return true;
	},
	log_buf_len: (draft, value) => {
		const bytes = memparse(value ?? "");
		if (value === null) return false;
		if (bytes > 2 ** 31)
			throw new Error(`log_buf_len=${value} is more than 2 GiB of kernel log.`);
		draft.logBytes = bytes === 0 ? null : 2 ** Math.ceil(Math.log2(bytes));
		return true;
	},
	memblock: (draft, value) => {
		if (value?.includes("debug")) draft.memblockDebug = true;
		return true;
	},
	init_on_alloc: (draft, value) => {
		const on = parseBool(value);
		if (on !== null) draft.initOnAlloc = on;
		return on !== null;
	},
	init_on_free: (draft, value) => {
		const on = parseBool(value);
		if (on !== null) draft.initOnFree = on;
		return on !== null;
	},
};

/** Parameters that are looked at once the memory is there; not understood: given to init. */
const SETUP: Handlers = {
	slub_debug: (draft, value) => {
		draft.slubDebug = slubDebugRules(draft, value ?? "");
		return true;
	},
	slab_nomerge: (draft) => {
		draft.slabMerge = false;
		return true;
	},
	slub_nomerge: (draft) => {
		draft.slabMerge = false;
		return true;
	},
	slab_merge: (draft) => {
		draft.slabMerge = true;
		return true;
	},
	slub_merge: (draft) => {
		draft.slabMerge = true;
		return true;
	},
	slub_min_objects: (draft, value) => {
		const count = optionNumber(value);
		if (count < 0 || count > 0xffff)
			throw new Error(
				`slub_min_objects=${value} is not a number of objects from 0 to 65535.`,
			);
		draft.slubMinObjects = count;
		return true;
	},
	slub_min_order: (draft, value) => {
		draft.slubMinOrder = order("slub_min_order", value);
		if (draft.slubMinOrder > ORDER_MAX)
			throw new Error(`slub_min_order=${value} is not an order from 0 to 10.`);
		return true;
	},
	slub_max_order: (draft, value) => {
		draft.slubMaxOrder = Math.min(order("slub_max_order", value), ORDER_MAX);
		return true;
	},
	failslab: (draft, value) => {
		draft.failSlab = faultAttributes(draft, value) ?? draft.failSlab;
		return faultNumbers(value) !== null;
	},
	fail_page_alloc: (draft, value) => {
		draft.failPageAlloc = faultAttributes(draft, value) ?? draft.failPageAlloc;
		return faultNumbers(value) !== null;
	},
	trace_buf_size: (draft, value) => {
		if (value === null) return false;
		draft.traceBufferBytes = Math.max(memparse(value), TRACE_BUFFER_BYTES_MIN);
		return true;
	},
	trace_event: (draft, value) => {
		draft.traceEvents = (value ?? "").split(",").filter((name) => name !== "");
		return true;
	},
	transparent_hugepage: (draft, value) => {
		const known = value === "always" || value === "madvise";
		if (known || value === "never") {
			draft.transparentHugepage = value;
			return true;
		}
		warn(draft, "transparent_hugepage= cannot parse, ignored");
		return false;
	},
};

/** Settings that are made just before init starts; not understood: an invalid value. */
const SYSCTLS: Handlers = {
	min_free_kbytes: (draft, value) => {
		const kilobytes = wholeNumber(value);
		if (kilobytes !== null) draft.minFreeKbytes = kilobytes;
		return kilobytes !== null;
	},
	percpu_pagelist_high_fraction: (draft, value) => {
		const fraction = wholeNumber(value) ?? 1;
		if (fraction !== 0 && fraction < HIGH_FRACTION_MIN) return false;
		draft.pagelistHighFraction = fraction;
		return true;
	},
	watermark_scale_factor: (draft, value) => {
		const factor = wholeNumber(value) ?? 0;
		if (factor < 1 || factor > SCALE_FACTOR_MAX) return false;
		draft.watermarkScaleFactor = factor;
		return true;
	},
	watermark_boost_factor: (draft, value) => {
		const factor = wholeNumber(value);
		if (factor !== null) draft.watermarkBoostFactor = factor;
		return factor !== null;
	},
};

/** Parameters that Linux knows and that have nothing to act on in this machine. */
const WITHOUT_EFFECT = new Set(
	(
		"acpi apic audit cgroup_disable clocksource cma console crashkernel " +
		"debug_pagealloc default_hugepagesz earlycon earlyprintk ftrace hpet " +
		"hugepages hugepagesz idle ignore_loglevel init initcall_debug initrd " +
		"iommu isolcpus kernelcore lapic lsm memtest mitigations movable_node " +
		"movablecore nmi_watchdog no_hash_pointers noapic noinitrd nohz nolapic " +
		"nopti nosmt nowatchdog numa oops page_owner panic panic_on_oops " +
		"panic_on_warn pci possible_cpus preempt printk_time random " +
		"rdinit ro root rootdelay rootflags rootfstype rootwait rw selinux " +
		"security swapaccount threadirqs trace_clock trace_options tsc vga vmalloc"
	).split(" "),
);

/** sysctl.vm names that Linux has and that have nothing to act on in this machine. */
const SYSCTLS_WITHOUT_EFFECT = new Set(
	(
		"admin_reserve_kbytes compact_memory compaction_proactiveness " +
		"compact_unevictable_allowed dirty_background_bytes dirty_background_ratio " +
		"dirty_bytes dirty_expire_centisecs dirty_ratio dirty_writeback_centisecs " +
		"drop_caches extfrag_threshold hugetlb_shm_group laptop_mode " +
		"legacy_va_layout lowmem_reserve_ratio max_map_count min_slab_ratio " +
		"min_unmapped_ratio mmap_min_addr nr_hugepages nr_overcommit_hugepages " +
		"numa_stat numa_zonelist_order oom_dump_tasks oom_kill_allocating_task " +
		"overcommit_kbytes overcommit_memory overcommit_ratio page-cluster " +
		"page_lock_unfairness panic_on_oom stat_interval stat_refresh swappiness " +
		"unprivileged_userfaultfd user_reserve_kbytes vfs_cache_pressure zone_reclaim_mode"
	).split(" "),
);

/** Names of all parameters that something in this machine acts on. */
export const PARAMETER_NAMES: readonly string[] = [
	...Object.keys(EARLY),
	...Object.keys(SETUP),
	"page_alloc.shuffle",
	...Object.keys(SYSCTLS).map((name) => `sysctl.vm.${name}`),
];

/** The name that a word of a command line gives a value to, dashes as underscores where they are the same (D1). */
export function parameterName(word: string): string {
	const given = word.split("=", 1)[0] as string;
	return given.startsWith("sysctl.") ? given : given.replaceAll("-", "_");
}

/** Words between blanks as they were given; double quotes keep blanks together and stay. */
export const parameterWords = (text: string): string[] =>
	text.match(/(?:"[^"]*"?|[^\s"])+/g) ?? [];

/** Reads a command line. Throws an Error with one sentence for what no machine can be told (D4). */
export function parseCommandLine(text: string): CommandLine {
	const draft: Draft = { ...COMMAND_LINE_DEFAULTS, text };
	const words = splitParameters(text);
	const dashes = words.indexOf("--");
	const parameters = words.slice(0, dashes < 0 ? words.length : dashes);
	for (const word of parameters) applyParameter(draft, word);
	reportUnknown(draft);
	if (dashes >= 0)
		draft.initArguments = [...draft.initArguments, ...words.slice(dashes + 1)];
	return draft;
}

/** The checks that slub_debug= asks for a cache: letters of SlubDebugRule.flags; empty for none. */
export function slubDebugFlags(
	rules: readonly SlubDebugRule[],
	cacheName: string,
): string {
	const named = rules.find((rule) =>
		rule.caches.some((pattern) => matchesCache(pattern, cacheName)),
	);
	const general = rules.filter((rule) => rule.caches.length === 0).at(-1);
	return (named ?? general)?.flags ?? "";
}

function matchesCache(pattern: string, name: string): boolean {
	const star = pattern.indexOf("*");
	return star < 0 ? name === pattern : name.startsWith(pattern.slice(0, star));
}

/** Words between blanks; double quotes keep blanks together and are taken off (next_arg). */
function splitParameters(text: string): string[] {
	return parameterWords(text).map(unquote);
}

function unquote(word: string): string {
	if (word.startsWith('"')) return word.replace(/^"|"$/g, "");
	const equals = word.indexOf("=");
	if (equals < 0 || word[equals + 1] !== '"') return word;
	return word.slice(0, equals + 1) + word.slice(equals + 2).replace(/"$/, "");
}

function applyParameter(draft: Draft, word: string): void {
	const equals = word.indexOf("=");
	const given = equals < 0 ? word : word.slice(0, equals);
	const value = equals < 0 ? null : word.slice(equals + 1);
	const name = given.replaceAll("-", "_");
	const early = own(EARLY, name);
	if (early) {
		if (!early(draft, value)) malformed(draft, given);
	} else if (name === "page_alloc.shuffle") setShuffle(draft, given, value);
	else if (name.startsWith("sysctl.")) setSysctl(draft, given.slice(7), value);
	else if (!own(SETUP, name)?.(draft, value)) passToInit(draft, word, name);
}

const own = (handlers: Handlers, name: string): Handler | undefined =>
	Object.hasOwn(handlers, name) ? handlers[name] : undefined;

function setShuffle(draft: Draft, given: string, value: string | null): void {
	const on = value === null ? true : parseBool(value);
	if (on !== null) draft.shufflePages = on;
	else
		say(
			draft,
			"boot",
			KERN_ERR,
			`Booting kernel: \`${value}' invalid for parameter \`${given}'`,
		);
}

function setSysctl(draft: Draft, path: string, value: string | null): void {
	const [area, name] = path.split(/[./]/) as [string, string | undefined];
	if (area !== "vm" || name === undefined || value === null) return;
	const handler = own(SYSCTLS, name);
	if (!handler && SYSCTLS_WITHOUT_EFFECT.has(name)) return;
	if (handler?.(draft, value)) return;
	const why = handler ? "invalid value" : "parameter not found";
	const text = `Failed to set sysctl parameter '${path}=${value}': ${why}`;
	say(draft, "init", KERN_ERR, text);
}

/** D3 */
function passToInit(draft: Draft, word: string, name: string): void {
	if (WITHOUT_EFFECT.has(name) || name.includes(".")) return;
	if (!word.includes("=")) {
		draft.initArguments = [...draft.initArguments, word];
		return;
	}
	const prefix = word.slice(0, word.indexOf("=") + 1);
	const known = draft.initEnvironment.some((have) => have.startsWith(prefix));
	draft.initEnvironment = known
		? draft.initEnvironment.map((have) =>
				have.startsWith(prefix) ? word : have,
			)
		: [...draft.initEnvironment, word];
}

function reportUnknown(draft: Draft): void {
	const unknown = [...draft.initArguments, ...draft.initEnvironment];
	if (unknown.length === 0) return;
	const text = `Unknown kernel command line parameters "${unknown.join(" ")}", will be passed to user space.`;
	say(draft, "boot", KERN_NOTICE, text);
}

function malformed(draft: Draft, name: string): void {
	say(draft, "early", KERN_WARNING, `Malformed early option '${name}'`);
}

function warn(draft: Draft, text: string): void {
	say(draft, "boot", KERN_WARNING, text);
}

function say(
	draft: Draft,
	stage: CommandLineMessage["stage"],
	level: number,
	text: string,
): void {
	draft.messages = [...draft.messages, { stage, level, text }];
}

/** The blocks of a slub_debug= value; no value means every check for every cache. */
function slubDebugRules(draft: Draft, value: string): SlubDebugRule[] {
	const blocks = value.split(";").filter((block) => block !== "");
	if (blocks.length === 0) return [{ flags: SLUB_DEBUG_DEFAULT, caches: [] }];
	return blocks.map((block) => {
		const [letters, ...caches] = block.split(",") as [string, ...string[]];
		const flags = letters === "" ? SLUB_DEBUG_DEFAULT : flagsOf(draft, letters);
		return { flags, caches: caches.filter((name) => name !== "") };
	});
}

function flagsOf(draft: Draft, letters: string): string {
	let flags = "";
	for (const letter of letters.toUpperCase()) {
		if (letter === "-") flags = "";
		else if (letter === "O") draft.slubDebugKeepsOrder = true;
		else if (!"FZPUTA".includes(letter))
			say(
				draft,
				"boot",
				KERN_ERR,
				`slub_debug option '${letter.toLowerCase()}' unknown. skipped`,
			);
		else if (!flags.includes(letter)) flags += letter;
	}
	return flags;
}

function order(name: string, value: string | null): number {
	const order = optionNumber(value);
	if (order < 0)
		throw new Error(`${name}=${value} is not an order from 0 to 10.`);
	return order;
}

function faultAttributes(
	draft: Draft,
	value: string | null,
): FaultAttributes | null {
	const found = faultNumbers(value);
	if (!found) {
		warn(draft, "FAULT_INJECTION: failed to parse arguments");
		return null;
	}
	const [interval, probability, space, times] = found;
	return { interval, probability, space, times };
}

function faultNumbers(
	value: string | null,
): [number, number, number, number] | null {
	const found = /^(\d+),(\d+),(-?\d+),(-?\d+)/.exec(value ?? "");
	if (!found) return null;
	return found.slice(1).map(Number) as [number, number, number, number];
}

/** A number with a suffix K to E as Linux reads it: what follows is ignored, no number is 0. */
export function memparse(text: string): number {
	const found = /^(0x[0-9a-f]+|\d+)([kmgtpe]?)/i.exec(text);
	if (!found) return 0;
	const power = found[2] ? "KMGTPE".indexOf(found[2].toUpperCase()) + 1 : 0;
	return digitsValue(found[1] as string) * 1024 ** power;
}

/** A number in C's notation: 0x for 16, a leading 0 for 8. */
function digitsValue(digits: string): number {
	if (/^0[0-7]+$/.test(digits)) return Number.parseInt(digits, 8);
	return Number(digits);
}

/** The integer that a value begins with, 0 when it begins with none. */
function optionNumber(value: string | null): number {
	const found = /^(-?)(0x[0-9a-f]+|\d+)/i.exec(value ?? "");
	if (!found) return 0;
	const size = digitsValue(found[2] as string);
	return found[1] === "-" ? -size : size;
}

/** A value that is nothing but a number from 0 on; null when it is not. */
const wholeNumber = (value: string | null): number | null =>
	/^\d+$/.test(value ?? "") ? Number(value) : null;

/** A yes or no as Linux writes it; null for anything else. */
function parseBool(value: string | null): boolean | null {
	if (/^([yt1]|on)/i.test(value ?? "")) return true;
	if (/^([nf0]|of)/i.test(value ?? "")) return false;
	return null;
}
