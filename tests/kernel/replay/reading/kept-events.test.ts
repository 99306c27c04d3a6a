import { expect } from "chai";
import { KINDS, KmemEvent } from "../../../../kernel/replay/reading/event";
import {
	KeptEvents,
	type KeptEventsCursor,
} from "../../../../kernel/replay/reading/kept-events";
import { TraceReader } from "../../../../kernel/replay/reading/trace-reader";
import { dice, fixture, fixtureNames } from "./support";

const MANY = 1 << 26; // bytes

function rest(cursor: KeptEventsCursor): object[] {
	const events: object[] = [];
	for (let event = cursor.next(); event !== null; event = cursor.next())
		events.push({ ...event });
	return events;
}

/** A random event: mostly like others, now and then with a field of any size. */
function anyEvent(roll: (n: number) => number): KmemEvent {
	const event = new KmemEvent();
	event.clear(roll(KINDS));
	const numbers = event as unknown as Record<string, number>;
	for (const key of Object.keys(event))
		if (key !== "kind" && key !== "text" && roll(3) === 0)
			numbers[key] = roll(4) === 0 ? roll(2 ** 32) - 2 ** 31 : roll(3) - 1;
	event.time = roll(5) === 0 ? roll(2 ** 32) * 2 ** 20 : roll(1000);
	if (roll(9) === 0) event.bytesRequested = 2 ** 40 + roll(9);
	if (roll(9) === 0) event.bytesAllocated = 2 ** 31;
	if (roll(9) === 0) event.pfn = 2 ** 52 - roll(9);
	if (roll(9) === 0) event.text = `mark ${roll(9)}`;
	return event;
}

describe("events that are kept", () => {
	it("KE1: come out as they went in, whatever is in them", () => {
		const roll = dice(11);
		const kept = new KeptEvents(MANY);
		const events = Array.from({ length: 40_000 }, () => anyEvent(roll));
		for (const event of events) kept.keep(event);
		expect(kept.size).to.equal(events.length);
		const cursor = kept.again();
		for (const event of events) {
			const found = cursor.next() as KmemEvent;
			for (const key of Object.keys(event) as (keyof KmemEvent)[])
				if (found[key] !== event[key]) expect(found).to.deep.equal(event);
		}
		expect(cursor.next()).to.equal(null);
		expect(cursor.played).to.equal(events.length);
	});

	it("KE1: of every form of text, as often as one likes", () => {
		for (const name of fixtureNames()) {
			const kept = new KeptEvents(MANY);
			const events: object[] = [];
			const reader = new TraceReader((event) => {
				events.push({ ...event });
				kept.keep(event);
			});
			reader.push(fixture(name));
			reader.finish();
			expect(rest(kept.again()), name).to.deep.equal(events);
			expect(rest(kept.again()), name).to.deep.equal(events);
		}
	});

	it("are handed out while others are still kept", () => {
		const kept = new KeptEvents(MANY);
		expect(kept.again().next()).to.equal(null);
		kept.keep(new KmemEvent());
		const one = kept.again();
		kept.keep(new KmemEvent());
		expect(rest(one)).to.have.length(1);
		expect(rest(kept.again())).to.have.length(2);
	});

	it("KE2: are all given up when there is no room for all", () => {
		const none = new KeptEvents(0);
		expect(none.isWhole).to.equal(false);
		none.keep(new KmemEvent());
		expect(none.size).to.equal(0);
		const roll = dice(3);
		const few = new KeptEvents(2 << 20);
		let fitted = 0;
		for (; few.isWhole; fitted++) few.keep(anyEvent(roll));
		expect(fitted).to.be.within(5_000, 200_000);
		expect(few.size).to.equal(0);
		expect(few.again().next()).to.equal(null);
	});
});
