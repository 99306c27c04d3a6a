import { expect } from "chai";
import {
	BULK_HINT,
	PAGE_ALLOC,
	PAGE_FALLBACK,
	THREAD_KSWAPD,
} from "../../../../kernel/replay/pages/page-log";
import { ArraySites, PageSurvey } from "../../../../kernel/replay/pages/survey";
import { Names } from "../../../../kernel/replay/reading/names";
import { TraceReader } from "../../../../kernel/replay/reading/trace-reader";
import { Snapshot } from "../../../../kernel/replay/snapshot/snapshot";
import { textSource } from "../../../../kernel/replay/snapshot/source";

const LINES = `\
              sh-113     [000] d..3.     7.000001: kmalloc: call_site=__vmalloc_node_range+0x1d0/0x820 ptr=00000000f2d4a2f1 bytes_req=32 bytes_alloc=32 gfp_flags=GFP_KERNEL node=-1 accounted=false
              sh-113     [000] d.s4.     7.000002: mm_page_alloc: page=00000000f2d4a2f2 pfn=0x1234 order=1 migratetype=2 gfp_flags=GFP_KERNEL
              sh-113     [000] .....     7.000003: kfree: call_site=free_it+0x1 ptr=00000000f2d4a2f1
         kswapd0-40      [001] d..1.     7.000004: mm_page_alloc_extfrag: page=00000000f2d4a2f2 pfn=0x1400 alloc_order=0 fallback_order=9 pageblock_order=9 alloc_migratetype=0 fallback_migratetype=1 fragmenting=0 change_ownership=1
              sh-113     [000] .....     7.000005: tracing_mark_write: SNAPSHOT-a READ-DONE kpageflags
              sh-113     [000] .....     7.000006: mm_page_free: page=00000000f2d4a2f2 pfn=0x1234 order=1
`;

function survey(text: string): PageSurvey {
	let ordinal = 0;
	const reader: TraceReader = new TraceReader((event) =>
		kept.event(event, ordinal++),
	);
	const kept = new PageSurvey(reader.names);
	reader.push(Buffer.from(text));
	reader.finish();
	return kept;
}

const snapshot = (name: string, marks = ""): Snapshot =>
	new Snapshot(
		textSource({ [`snap/${name}/marks.tsv`]: marks }),
		`snap/${name}/`,
		name,
	);

describe("the survey", () => {
	it("keeps page events and what announces bulk allocations", () => {
		const { log } = survey(LINES);
		expect(log.length).to.equal(4);
		expect([0, 1, 2, 3].map((at) => log.ordinal(at))).to.deep.equal([
			0, 1, 3, 5,
		]);
		expect([log.kind(0), log.pfn(0)]).to.deep.equal([BULK_HINT, 4]);
		expect([log.kind(1), log.pfn(1), log.order(1), log.type(1)]).to.deep.equal([
			PAGE_ALLOC,
			0x1234,
			1,
			2,
		]);
		expect([log.interrupt(1), log.depth(1), log.extra(1)]).to.deep.equal([
			1, 4, 0xcc0,
		]);
		expect([
			log.kind(2),
			log.gotOrder(2),
			log.hadType(2),
			log.extra(2),
		]).to.deep.equal([PAGE_FALLBACK, 9, 1, 1]);
		expect([log.thread(2), log.cpu(2)]).to.deep.equal([THREAD_KSWAPD, 1]);
	});

	it("finds the instant of a snapshot by its mark", () => {
		expect(survey(LINES).entryOf(snapshot("a"), "kpageflags")).to.equal(3);
		expect(survey(LINES).entryOf(snapshot("b"), "kpageflags")).to.equal(-1);
	});

	it("or by the time of the mark, where the trace has none", () => {
		const marks = "7.000004000\tSNAPSHOT-a READ-DONE buddyinfo\n";
		const unmarked = LINES.replace(/^.*tracing_mark_write.*\n/m, "");
		expect(
			survey(unmarked).entryOf(snapshot("a", marks), "buddyinfo"),
		).to.equal(2);
		expect(survey(LINES).entryOf(snapshot("a", marks), "buddyinfo")).to.equal(
			-1,
		);
	});

	it("knows the call sites of vmalloc's array, also beyond its first thousands of names", () => {
		const names = new Names();
		const sites = new ArraySites(names);
		const site = names.add("__vmalloc_node_range+0x1d0");
		expect(sites.has(-1)).to.equal(false);
		expect(sites.has(site)).to.equal(true);
		expect(sites.has(site)).to.equal(true);
		expect(sites.has(names.add("vmalloc+0x1"))).to.equal(false);
		for (let n = 0; n < 3000; n++) names.add(`other+${n}`);
		expect(sites.has(names.add("__vmalloc_node_range+0x9"))).to.equal(true);
	});
});
