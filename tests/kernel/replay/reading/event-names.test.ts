import { expect } from "chai";
import {
	CACHE_ALLOC,
	KMALLOC,
	MARK,
	PAGE_DRAIN,
} from "../../../../kernel/replay/reading/event";
import {
	EventNames,
	OTHER,
} from "../../../../kernel/replay/reading/event-names";
import { Window } from "../../../../kernel/replay/reading/window";

const kind = (names: EventNames, text: string) =>
	names.kind(Window.of(text), 0, text.length);

describe("event names", () => {
	it("tell the kind, with and without the subsystem", () => {
		const names = new EventNames();
		expect(kind(names, "kmalloc")).to.equal(KMALLOC);
		expect(kind(names, "kmem:kmalloc")).to.equal(KMALLOC);
		expect(kind(names, "mm_page_pcpu_drain")).to.equal(PAGE_DRAIN);
		expect(kind(names, "tracing_mark_write")).to.equal(MARK);
		expect(kind(names, "print")).to.equal(MARK);
	});

	it("of older kernels mean the same", () => {
		expect(kind(new EventNames(), "kmem_cache_alloc_node")).to.equal(
			CACHE_ALLOC,
		);
	});

	it("of other subsystems are counted, up to a number of names", () => {
		const names = new EventNames();
		const count = (text: string) =>
			names.countOther(Window.of(text), 0, text.length);
		expect(kind(names, "sched_switch")).to.equal(OTHER);
		for (let n = 0; n < 400; n++) count(`event_${n}`);
		for (let n = 0; n < 500; n++) count("event_7");
		expect(kind(names, "event_7")).to.equal(OTHER);
		const others = names.others();
		expect(others[0]).to.deep.equal(["event_7", 501]);
		expect(others[1]).to.deep.equal(["(more)", 144]);
		expect(others).to.have.length(257);
	});
});
