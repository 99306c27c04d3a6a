import { expect } from "chai";
import { PTE_DIRTY, PTE_NX, PTE_PRESENT } from "../../../../../hw/pte";
import { GFP_KERNEL } from "../../../../../kernel";
import { why } from "../../../../../kernel/trace/ask/why";
import { entryBits } from "../../../../../kernel/trace/ask/why/pages";
import {
	EV_KFREE_LARGE,
	EV_KMALLOC_LARGE,
	EV_MEMBLOCK,
	EV_PAGE_SPLIT,
	EV_PAGE_USE,
	EV_PTE_RUN,
	EV_PTE_SET,
	EV_TABLE_FREE,
	EV_TABLE_NEW,
} from "../../../../../mm/events";
import { recordedTrace } from "../../recorded";
import { eventsOf, playedTrace, textOf } from "../played";

describe("what became of pages", () => {
	const tables = recordedTrace("page-tables");

	it("a kmalloc above the largest class gets whole pages", () => {
		const trace = recordedTrace("kmalloc-ladder");
		const [event] = eventsOf(trace, EV_KMALLOC_LARGE);
		const text = textOf(why(trace, event!.number));
		expect(text).to.include(
			"8193 bytes: more than the largest size class (8192)",
		);
		expect(text).to.include("4 pages (order 2)");
		expect(text).to.include("8191 bytes of 16384 are wasted");
		const [free] = eventsOf(trace, EV_KFREE_LARGE);
		expect(textOf(why(trace, free!.number))).to.match(/made at event \d+/);
	});

	it("WP1: an entry is told by its bits, and what it was before", () => {
		expect(entryBits(PTE_PRESENT | PTE_DIRTY, PTE_NX)).to.deep.equal([
			"present",
			"dirty",
			"no execute",
		]);
		const sets = eventsOf(tables, EV_PTE_SET);
		const protect =
			sets.find(({ number }) => number === 1083) ?? sets.at(-300)!;
		const texts = sets.map(({ number }) => textOf(why(tables, number)));
		expect(
			texts.some((text) => text.includes("Before, it led to frame")),
		).to.equal(true);
		expect(texts.some((text) => text.includes("it maps nothing now"))).to.equal(
			true,
		);
		expect(
			texts.some((text) => text.includes("memory of tourist (pid 1)")),
		).to.equal(true);
		expect(protect.code).to.equal(EV_PTE_SET);
	});

	it("tables come and go", () => {
		const [made] = eventsOf(tables, EV_TABLE_NEW);
		expect(why(tables, made!.number).title).to.equal(
			`frame ${made!.a} became a page table`,
		);
		const [gone] = eventsOf(tables, EV_TABLE_FREE);
		expect(textOf(why(tables, gone!.number))).to.match(/made at event \d+/);
	});

	it("pages are memory of a task or its stack", () => {
		const titles = eventsOf(tables, EV_PAGE_USE).map(
			({ number }) => why(tables, number).title,
		);
		expect(titles.some((title) => title.includes("kernel stack"))).to.equal(
			true,
		);
		expect(
			titles.some((title) => title.includes("memory of tourist (pid 1)")),
		).to.equal(true);
	});

	it("blocks are split", () => {
		const trace = playedTrace({ memory: "16M" }, (kernel) => {
			const pfn = kernel.allocPages(3, GFP_KERNEL);
			kernel.mm.allocator.splitPages(pfn, 3);
		});
		const [event] = eventsOf(trace, EV_PAGE_SPLIT);
		expect(textOf(why(trace, event!.number))).to.include("made 8 single pages");
	});

	it("boot maps memory in runs of entries", () => {
		const runs = eventsOf(tables, EV_PTE_RUN).map(({ number }) =>
			why(tables, number),
		);
		const [small, large] = [runs[0], runs.at(-1)];
		expect(small?.title).to.match(
			/^entries 1 to 255 of the table in frame \d+ map frames 1 to 255$/,
		);
		expect(large?.chain[0]?.sentence).to.match(
			/^start_kernel > setup_arch > init_mem_mapping made .* 2 MiB each: present, writable/,
		);
	});

	it("boot knows ranges of memory", () => {
		const texts = eventsOf(tables, EV_MEMBLOCK).map(({ number }) =>
			textOf(why(tables, number)),
		);
		expect(texts[0]).to.equal(
			"start_kernel > setup_arch > e820__memblock_setup told memblock that 647168 bytes from 0x1000 on are RAM: whoever boots may take of them.\nIt knows 1 range of memory now, of which 0 ranges are taken.",
		);
		expect(texts.join("\n")).to.include(
			"start_kernel > setup_arch > init_mem_mapping told memblock that 4096 bytes",
		);
		expect(texts.at(-1)).to.match(
			/^start_kernel > mm_init > mem_init gave every whole page that nobody had taken, \d+ bytes from 0x\w+ on, to the buddy/,
		);
		const titles = eventsOf(tables, EV_MEMBLOCK).map(
			({ number }) => why(tables, number).title,
		);
		expect(titles[0]).to.equal("647168 bytes at 0x1000 are usable");
	});
});
