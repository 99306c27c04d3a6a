import { expect } from "chai";
import { total } from "../../../../kernel/replay/objects/object-counts";
import { KIND_NAMES } from "../../../../kernel/replay/reading/event";
import { replayEmpty } from "../../../../kernel/replay/replay";
import type { Trace } from "../../../../kernel/trace/trace";
import {
	__GFP_ZERO,
	GFP_KERNEL,
	GFP_KERNEL_ACCOUNT,
	GFP_NOWAIT,
} from "../../../../mm/gfp";
import { SLAB_ACCOUNT } from "../../../../mm/slab-geometry";
import { read } from "../../replay/reading/support";
import { recordedTrace, tracedWork } from "../recorded";
import { counted, exported } from "./support";

const NAMES = [
	"buddy",
	"slab-life",
	"page-tables",
	"time-slices",
	"memory-full",
];

/** Lines that there should be of each kind, from the events of a trace. */
function expectedKinds(trace: Trace): Record<string, number> {
	const counts = counted(trace);
	const of = (...names: string[]): number =>
		names.reduce((sum, name) => sum + (counts[name] ?? 0), 0);
	const kmallocs = kmallocCounts(trace);
	return {
		kmalloc: kmallocs.allocated + of("kmalloc_large"),
		kfree: kmallocs.freed + of("kfree_large"),
		kmem_cache_alloc: of("slab_alloc") - kmallocs.allocated,
		kmem_cache_free: of("slab_free") - kmallocs.freed,
		mm_page_alloc: of("page_alloc", "page_fail"),
		mm_page_free: of("page_free"),
		mm_page_alloc_zone_locked: of("buddy_take"),
		mm_page_pcpu_drain: of("pcp_drain"),
		mm_page_alloc_extfrag: of("fallback"),
	};
}

/** Objects of kmalloc's caches, by what the fold knows of their slots. */
function kmallocCounts(trace: Trace): { allocated: number; freed: number } {
	const slots = new Set(
		trace
			.foldAt(trace.events - 1)
			.objects.all()
			.filter(({ name }) => /^(dma-)?kmalloc-/.test(name))
			.map(({ slot }) => slot),
	);
	const counts = { allocated: 0, freed: 0 };
	trace.each(0, trace.events, ({ codes, c }, index) => {
		if (!slots.has(c[index]!)) return;
		if (codes[index] === 8) counts.allocated++;
		if (codes[index] === 9) counts.freed++;
	});
	return counts;
}

describe("ftrace text of a trace", () => {
	for (const name of NAMES)
		it(`FT2: every line of ${name} is understood by the reader`, () => {
			const trace = recordedTrace(name);
			const { reader } = read(exported(trace, "ftrace"));
			const { tally, gfpNames } = reader;
			expect(reader.format).to.equal("ftrace");
			expect(tally.complaints).to.deep.equal([]);
			expect(tally.lines).to.equal(tally.headers + tally.events);
			expect(tally.entriesInBuffer).to.equal(tally.events);
			expect(tally.cpus).to.equal(trace.header.machine.cpus);
			expect(tally.others + tally.blanked).to.equal(0);
			expect(gfpNames.unknownEvents).to.equal(0);
			expect(tally.hasHashedPointers).to.equal(false);
			expect(tally.outOfOrder).to.equal(0);
			for (const [kind, count] of Object.entries(expectedKinds(trace)))
				expect(tally.byKind[KIND_NAMES.indexOf(kind as never)], kind).to.equal(
					count,
				);
		});

	it("has the form of the kernel's own text", () => {
		const text = exported(recordedTrace("buddy"), "ftrace");
		const lines = text.split("\n");
		expect(lines[0]).to.equal("# tracer: nop");
		expect(lines[11]).to.match(/^# {14}\| \|/);
		for (const line of lines.slice(12, -1))
			expect(line).to.match(
				/^ {0,15}\S{1,15}-\d+ +\[000\] (\.\.\.\.\.|d\.\.3\.) {1,5}\d+\.\d{6}: \w+: /,
			);
		expect(text.endsWith("\n")).to.equal(true);
	});

	it("says with which flags, and whether it is accounted, as Linux does", () => {
		const trace = tracedWork({ memory: "16M" }, (kernel) => {
			kernel.kmalloc(100, GFP_NOWAIT);
			kernel.kmalloc(3000, GFP_KERNEL | __GFP_ZERO);
			const plain = kernel.createCache({ name: "plain", size: 600 });
			const flags = SLAB_ACCOUNT;
			const owned = kernel.createCache({ name: "owned", size: 640, flags });
			plain.alloc(GFP_KERNEL | __GFP_ZERO);
			owned.alloc(GFP_KERNEL);
		});
		const text = exported(trace, "ftrace");
		const of = (bytes: number): string[] =>
			text
				.split("\n")
				.filter((line) => line.includes(`bytes_req=${bytes} `))
				.map((line) => line.replace(/^.*: (\w+): .*(gfp_flags=)/, "$1 $2"));
		expect(of(100)).to.deep.equal([
			"kmalloc gfp_flags=GFP_NOWAIT node=-1 accounted=false",
		]);
		expect(of(3000)).to.deep.equal([
			"kmalloc gfp_flags=GFP_KERNEL|__GFP_ZERO node=-1 accounted=false",
		]);
		expect(of(600)).to.deep.equal([
			"kmem_cache_alloc gfp_flags=GFP_KERNEL|__GFP_ZERO node=-1 accounted=false",
		]);
		expect(of(640)).to.deep.equal([
			"kmem_cache_alloc gfp_flags=GFP_KERNEL node=-1 accounted=true",
		]);
	});

	it("says what was asked for, and by whom", () => {
		const trace = tracedWork({ memory: "16M" }, (kernel) => {
			const small = kernel.kmalloc(100, GFP_KERNEL);
			kernel.kmalloc(200, GFP_KERNEL_ACCOUNT);
			const large = kernel.kmalloc(20_000, GFP_NOWAIT);
			const cache = kernel.createCache({ name: "my cache", size: 600 });
			cache.free(cache.alloc(GFP_KERNEL));
			kernel.kfree(small);
			kernel.kfree(large);
			expect(kernel.allocPages(10, GFP_KERNEL)).not.to.equal(0);
		});
		const { events } = read(exported(trace, "ftrace"));
		const last = events.filter(({ kind }) => !String(kind).includes("zone_"));
		const objects = last.filter(
			({ bytesRequested }) =>
				Number(bytesRequested) === 100 || Number(bytesRequested) === 200,
		);
		expect(objects.map(({ bytesAllocated }) => bytesAllocated)).to.deep.equal([
			128, 256,
		]);
		expect(objects.map(({ gfp }) => gfp)).to.deep.equal([
			GFP_KERNEL,
			GFP_KERNEL_ACCOUNT,
		]);
		expect(objects.map(({ accounted }) => accounted)).to.deep.equal([0, 1]);
		const large = events.find(
			({ bytesRequested }) => bytesRequested === 20_000,
		)!;
		expect(large.kind).to.equal("kmalloc");
		expect(large.bytesAllocated).to.equal(32_768);
		expect(large.gfp).to.equal(GFP_NOWAIT);
		const freed = events.filter(({ kind }) => kind === "kmem_cache_free");
		expect(freed.map(({ cache }) => cache)).to.include("my_cache");
		const frees = events.filter(({ kind }) => kind === "kfree");
		expect(frees.map(({ low }) => low)).to.deep.equal([
			objects[0]!.low,
			large.low,
		]);
	});

	it("FT2: is replayed, request for request", () => {
		const trace = recordedTrace("slab-life");
		const text = exported(trace, "ftrace");
		const { memoryBytes } = trace.header.machine;
		const replay = replayEmpty(null, { memory: memoryBytes });
		replay.push(Buffer.from(text));
		replay.finish();
		const kinds = expectedKinds(trace);
		const { counts } = replay.objects;
		const asked = kinds.kmalloc! + kinds.kmem_cache_alloc!;
		expect(total(counts.allocatedByCache) + counts.large).to.equal(
			asked - counts.withoutCache,
		);
		expect(replay.failed).to.equal(0);
		expect(counts.unknownUnnamed).to.equal(0);
		expect(replay.kernel.check()).to.deep.equal([]);
	});

	it("begins anywhere with the names that it needs", () => {
		const trace = recordedTrace("time-slices");
		const whole = exported(trace, "ftrace").split("\n").slice(12);
		const part = exported(trace, "ftrace", { from: 600 }).split("\n").slice(12);
		expect(part).to.deep.equal(whole.slice(-part.length));
		expect(part.length).to.be.above(1);
	});

	it("tells of allocations that failed as Linux does", () => {
		const trace = tracedWork({ memory: "16M" }, (kernel) => {
			while (kernel.allocPages(10, GFP_NOWAIT) !== 0);
		});
		const { events } = read(exported(trace, "ftrace"));
		const failed = events.filter(({ pfn }) => pfn === 0);
		expect(failed).to.have.length(1);
		expect(failed[0]).to.include({ kind: "mm_page_alloc", order: 10 });
	});
});
