import { expect } from "chai";
import {
	KIND_NAMES,
	KINDS,
	KmemEvent,
	PAGE_ALLOC,
	REALLOC,
} from "../../../../kernel/replay/reading/event";

describe("the record of an event", () => {
	it("has a name for every kind", () => {
		expect(KIND_NAMES).to.have.length(KINDS);
		expect(KIND_NAMES[PAGE_ALLOC]).to.equal("mm_page_alloc");
		expect(KIND_NAMES[REALLOC]).to.equal("realloc");
	});

	it("V2: holds absent values when it is new and when it was cleared", () => {
		const event = new KmemEvent();
		const fresh = { ...event };
		for (const key of Object.keys(event) as (keyof KmemEvent)[])
			if (typeof event[key] === "number")
				(event as unknown as Record<string, number>)[key] = 7;
		event.text = "mark";
		event.clear(0);
		const { cpu, pid, comm, time, interrupt, depth } = event;
		expect([cpu, pid, comm, time, interrupt, depth]).to.deep.equal(
			Array.from({ length: 6 }, () => 7),
		);
		Object.assign(event, { cpu: -1, pid: -1, comm: -1, time: 0 });
		Object.assign(event, { interrupt: -1, depth: -1 });
		expect({ ...event }).to.deep.equal(fresh);
	});
});
