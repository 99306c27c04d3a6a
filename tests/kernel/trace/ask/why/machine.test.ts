import { expect } from "chai";
import {
	EV_PTE_MARK,
	EV_TEXT,
	EV_TLB_FLUSH,
	EV_TLB_MISS,
} from "../../../../../hw/events";
import { why } from "../../../../../kernel/trace/ask/why";
import { recordedTrace } from "../../recorded";
import { eventsOf, textOf } from "../played";

describe("what the machine did", () => {
	const trace = recordedTrace("page-tables");

	it("WM1: a miss is a first use, or follows a flush or another miss", () => {
		const misses = eventsOf(trace, EV_TLB_MISS);
		const known = new Set<string>();
		const flushes = eventsOf(trace, EV_TLB_FLUSH);
		for (const { number, a, b } of misses) {
			const text = textOf(why(trace, number));
			const key = `${a} ${b}`;
			if (!known.has(key) && flushes.every((each) => each.number > number))
				expect(text).to.include("a first use");
			if (known.has(key)) expect(text).to.not.include("a first use");
			known.add(key);
		}
		const first = flushes.find(({ c }) => c === 0)!;
		const later = misses.find(({ number }) => number > first.number)!;
		expect(textOf(why(trace, later.number))).to.match(
			/was flushed at event \d+|a first use|had walked/,
		);
	});

	it("a flush tells what is forgotten, by whom", () => {
		const texts = eventsOf(trace, EV_TLB_FLUSH).map(({ number }) =>
			textOf(why(trace, number)),
		);
		expect(texts[0]).to.include("forget everything of address space 1");
		expect(
			texts.some((text) => text.includes("forget 1 page from 0x")),
		).to.equal(true);
	});

	it("letters are told as the whole text, with the event that they belong to", () => {
		const [text] = eventsOf(trace, EV_TEXT);
		const { title, chain } = why(trace, text!.number);
		expect(title).to.equal(
			'part of the text "Linux version 6.1.0-flagstone (flagstone@localhost) (Flagstone 0.1.0) #1 SMP PREEMPT_DYNAMIC"',
		);
		expect(chain[0]?.event).to.equal(7);
	});

	it("bits that the walker set are named", () => {
		const marked = {
			...trace.event(900),
			code: EV_PTE_MARK,
			a: 70,
			b: 3,
			c: 96,
		};
		const other = recordedTrace("page-tables");
		Object.assign(other, { event: () => marked });
		expect(textOf(why(other, 900))).to.include(
			"CPU 0 set accessed and dirty in entry 3 of the table in frame 70",
		);
	});
});
