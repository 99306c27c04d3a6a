// As ftrace text: what Linux 6.1 shows in /sys/kernel/tracing/trace when the kmem events are on.
//
//          builder-1       [000] .....     0.000070: kmalloc: call_site=builder.kmalloc+0x1c/0x1000 ptr=ffff888000a31000 ...
//   |-- comm, pid ------|  cpu   flags     seconds   event
//
//   slab_alloc, slab_free         kmalloc, kfree of kmalloc's caches; kmem_cache_alloc, kmem_cache_free of all others
//   kmalloc_large, kfree_large    kmalloc, kfree: the page events stand beside them as they do there
//   page_alloc, page_free         mm_page_alloc, mm_page_free; page_fail is a mm_page_alloc without a page
//   buddy_take                    mm_page_alloc_zone_locked, percpu_refill as 6.1 says it: whether CPUs keep such blocks
//   pcp_drain                     mm_page_pcpu_drain
//   fallback                      mm_page_alloc_extfrag
//
// A call site is the calling context, names joined by dots, and its number as the offset: builder > kmalloc is
// builder.kmalloc+0x1c. Where a trace does not tell the gfp flags of an object they are those that name the family of its cache.
// Memory that boot hands to the zones is no event here: there the ring does not exist yet.
//
// FT1: lines stand in the order in which things happened, so an object is never freed before it was allocated. The stamps of
//      one CPU do not fall; those of two CPUs differ by less than a tick.
// FT2: every line is understood by kernel/replay/reading, and the header says how many there are.
// [include/trace/events/kmem.h, kernel/trace/trace_output.c trace_print_context]

import {
	asPfn,
	asPhys,
	asVirt,
	hex,
	pointerText,
	VMEMMAP_BASE,
	virtText,
} from "../../../hw/units";
import {
	EV_BUDDY_TAKE,
	EV_FALLBACK,
	EV_KFREE_LARGE,
	EV_KMALLOC_LARGE,
	EV_PAGE_ALLOC,
	EV_PAGE_FAIL,
	EV_PAGE_FREE,
	EV_PCP_DRAIN,
	EV_SLAB_ALLOC,
	EV_SLAB_FREE,
	objectAddress,
	objectGfp,
} from "../../../mm/events";
import {
	__GFP_ACCOUNT,
	__GFP_COMP,
	__GFP_RECLAIMABLE,
	GFP_DMA,
	GFP_KERNEL,
	GFP_KERNEL_ACCOUNT,
	gfpText,
	migratetypeOf,
} from "../../../mm/gfp";
import type { EventColumns } from "../columns";
import type { Trace } from "../trace";
import { Roster } from "./roster";
import { pieces, type Span } from "./span";

const COMM_COLUMN = 16;
const COMM_MAX = 15; // letters of a task's name that the kernel keeps
const PID_COLUMN = 7;
const SECONDS_COLUMN = 5;
const PAGEBLOCK_ORDER = 9;
const PAGE_RECORD = 64; // bytes of a struct page
const SITE_BYTES = "0x1000"; // said to be the size of every function
const ANY_NODE = "node=-1";
const FREE_FLAGS = "....."; // interrupts on, in a task
const LOCKED_FLAGS = "d..3."; // under the lock of a zone

/** Families of kmalloc's caches, by the beginning of their names, and the flags that ask for them. */
const FAMILIES: readonly (readonly [start: string, gfp: number])[] = [
	["kmalloc-rcl-", GFP_KERNEL | __GFP_RECLAIMABLE],
	["kmalloc-cg-", GFP_KERNEL_ACCOUNT],
	["kmalloc-", GFP_KERNEL],
	["dma-kmalloc-", GFP_KERNEL | GFP_DMA],
];

/** Pieces of the text. */
export function* exportFtrace(trace: Trace, span: Span): Generator<string> {
	const writer = new FtraceWriter(trace, span.first);
	yield headerOf(countLines(trace, span), trace.header.machine.cpus);
	yield* pieces(trace, span, (columns, index) => writer.line(columns, index));
}

/** Events that become a line. */
const SHOWN = new Set([
	...[EV_SLAB_ALLOC, EV_SLAB_FREE, EV_KMALLOC_LARGE, EV_KFREE_LARGE],
	...[EV_PAGE_ALLOC, EV_PAGE_FAIL, EV_PAGE_FREE],
	...[EV_BUDDY_TAKE, EV_PCP_DRAIN, EV_FALLBACK],
]);
const LOCKED = new Set([EV_BUDDY_TAKE, EV_PCP_DRAIN, EV_FALLBACK]);

function countLines(trace: Trace, { first, end }: Span): number {
	const shown = Uint8Array.from({ length: 256 }, (_, code) =>
		SHOWN.has(code) ? 1 : 0,
	);
	let lines = 0;
	trace.each(first, end, ({ codes }, index) => {
		lines += shown[codes[index] as number] as number;
	});
	return lines;
}

const headerOf = (lines: number, cpus: number): string => `# tracer: nop
#
# entries-in-buffer/entries-written: ${lines}/${lines}   #P:${cpus}
#
#                                _-----=> irqs-off/BH-disabled
#                               / _----=> need-resched
#                              | / _---=> hardirq/softirq
#                              || / _--=> preempt-depth
#                              ||| / _-=> migrate-disable
#                              |||| /     delay
#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION
#              | |         |   |||||     |         |
`;

/** Makes a line of each event that Linux has too. */
class FtraceWriter {
	private readonly roster: Roster;
	private readonly sites: string[] = []; // by context
	private readonly perMicrosecond: number;
	private pageGfp = 0; // of the last page allocation

	constructor(
		private readonly trace: Trace,
		first: number,
	) {
		this.roster = new Roster(trace, first);
		this.perMicrosecond = trace.header.cyclesPerSecond / 1e6;
	}

	line(columns: EventColumns, index: number): string {
		this.roster.apply(columns, index);
		const code = columns.codes[index] as number;
		const text = this.text(code, columns, index);
		return text === "" ? "" : `${this.prefix(code, columns, index)}${text}\n`;
	}

	private prefix(code: number, columns: EventColumns, index: number): string {
		const cpu = columns.cpus[index] as number;
		const pid = this.roster.running[cpu] as number;
		const comm = pid === 0 ? "<idle>" : this.roster.task(pid) || "<...>";
		const thread = `${commText(comm).padStart(COMM_COLUMN)}-${String(pid).padEnd(PID_COLUMN)}`;
		const flags = LOCKED.has(code) ? LOCKED_FLAGS : FREE_FLAGS;
		const stamp = this.stamp(columns.cycles[index] as number);
		return `${thread} [${String(cpu).padStart(3, "0")}] ${flags} ${stamp}: `;
	}

	private stamp(cycles: number): string {
		const micros = Math.floor(cycles / this.perMicrosecond);
		const seconds = String(Math.floor(micros / 1e6)).padStart(SECONDS_COLUMN);
		return `${seconds}.${String(micros % 1e6).padStart(6, "0")}`;
	}

	/** The event behind the prefix; empty for what Linux does not tell. */
	private text(code: number, columns: EventColumns, index: number): string {
		const a = columns.a[index] as number;
		const b = columns.b[index] as number;
		const c = columns.c[index] as number;
		const d = columns.d[index] as number;
		const site = () => this.site(columns.contexts[index] as number);
		switch (code) {
			case EV_SLAB_ALLOC:
				return this.allocText(site(), objectText(a, b), objectGfp(b), c, d);
			case EV_SLAB_FREE:
				return this.freeText(site(), objectText(a, b), c);
			case EV_KMALLOC_LARGE:
				return `kmalloc: call_site=${site()} ptr=${blockText(a)} bytes_req=${d} bytes_alloc=${4096 << b} gfp_flags=${gfpText(this.pageGfp & ~__GFP_COMP)} ${ANY_NODE} accounted=false`;
			case EV_KFREE_LARGE:
				return `kfree: call_site=${site()} ptr=${blockText(a)}`;
			case EV_PAGE_ALLOC:
				this.pageGfp = c;
				return `mm_page_alloc: ${pageText(a)} order=${b & 255} migratetype=${b >>> 8} gfp_flags=${gfpText(c)}`;
			case EV_PAGE_FAIL:
				return `mm_page_alloc: page=${NO_PAGE} pfn=0x0 order=${a} migratetype=${migratetypeOf(b)} gfp_flags=${gfpText(b)}`;
			case EV_PAGE_FREE:
				return `mm_page_free: ${pageText(a)} order=${b}`;
			case EV_BUDDY_TAKE:
				return `mm_page_alloc_zone_locked: ${pageText(a)} order=${b & 255} migratetype=${b >>> 8} percpu_refill=${d}`;
			case EV_PCP_DRAIN:
				return `mm_page_pcpu_drain: ${pageText(a)} order=${b & 255} migratetype=${b >>> 8}`;
			case EV_FALLBACK:
				return fallbackText(a, b, c, d);
			default:
				return "";
		}
	}

	private allocText(
		site: string,
		object: string,
		told: number,
		slot: number,
		bytes: number,
	): string {
		const { name, size, isAccounted } = this.roster.cache(slot);
		const family = kmallocGfp(name);
		const isKmalloc = family >= 0;
		const gfp = told || (isKmalloc ? family : GFP_KERNEL);
		const event = isKmalloc ? "kmalloc" : "kmem_cache_alloc";
		const flags = gfpText(gfp);
		const accounted = isAccounted || (gfp & __GFP_ACCOUNT) !== 0;
		return `${event}: call_site=${site} ptr=${object} bytes_req=${bytes} bytes_alloc=${size || bytes} gfp_flags=${flags} ${ANY_NODE} accounted=${accounted}`;
	}

	private freeText(site: string, object: string, slot: number): string {
		const { name } = this.roster.cache(slot);
		return kmallocGfp(name) < 0
			? `kmem_cache_free: call_site=${site} ptr=${object} name=${wordText(name)}`
			: `kfree: call_site=${site} ptr=${object}`;
	}

	/** A context as a function and an offset in it. */
	private site(context: number): string {
		const known = this.sites[context];
		if (known !== undefined) return known;
		const path = this.trace.path(context);
		const name = path.length === 0 ? "kernel" : path.map(wordText).join(".");
		const site = `${name}+${hex(context)}/${SITE_BYTES}`;
		this.sites[context] = site;
		return site;
	}
}

const NO_PAGE = "0000000000000000";

function fallbackText(
	pfn: number,
	orders: number,
	types: number,
	owned: number,
): string {
	const got = orders >>> 8;
	const fragmenting = got < PAGEBLOCK_ORDER ? 1 : 0;
	return `mm_page_alloc_extfrag: ${pageText(pfn)} alloc_order=${orders & 255} fallback_order=${got} pageblock_order=${PAGEBLOCK_ORDER} alloc_migratetype=${types & 255} fallback_migratetype=${types >>> 8} fragmenting=${fragmenting} change_ownership=${owned}`;
}

/** Flags that ask for the family of a cache of kmalloc; -1 for any other cache. */
function kmallocGfp(name: string): number {
	for (const [start, gfp] of FAMILIES) if (name.startsWith(start)) return gfp;
	return -1;
}

const pageText = (pfn: number): string =>
	`page=${virtText(asVirt(VMEMMAP_BASE + pfn * PAGE_RECORD))} pfn=${hex(pfn)}`;

const blockText = (pfn: number): string =>
	pointerText(asPhys(asPfn(pfn) * 4096));

const objectText = (low: number, high: number): string =>
	pointerText(asPhys(objectAddress(low, high)));

/** A name as one word: no blank, and nothing that ends a call site. */
const wordText = (name: string): string => name.replace(/[\s+/[\]]/g, "_");

const commText = (name: string): string => name.slice(0, COMM_MAX);
