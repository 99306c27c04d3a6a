import { expect } from "chai";
import { why } from "../../../../../kernel/trace/ask/why";
import { fallbackFacts } from "../../../../../kernel/trace/ask/why/fallback";
import { Scene } from "../../../../../kernel/trace/ask/why/scene";
import {
	EV_BLOCK_TYPE,
	EV_BUDDY_MOVE,
	EV_FALLBACK,
} from "../../../../../mm/events";
import { recordedTrace } from "../../recorded";
import { eventsOf, textOf } from "../played";

describe("why memory of another type", () => {
	for (const name of ["fragmentation", "memory-full", "buddy"])
		it(`a pageblock changed hands exactly when half of it was free or alike, in ${name}`, () => {
			const trace = recordedTrace(name);
			const scene = new Scene(trace);
			const fallbacks = eventsOf(trace, EV_FALLBACK);
			expect(fallbacks.length).to.be.greaterThan(3);
			for (const event of fallbacks) {
				const facts = fallbackFacts(scene, event);
				const zone = scene.zoneOf(facts.pfn);
				const isWhole = (facts.pfn | 511) < zone.end;
				const mayClaim = facts.size >= 4 || facts.wanted !== 1;
				const expected =
					facts.size >= 9 ||
					(mayClaim && isWhole && facts.moved + facts.alike >= 256);
				expect(facts.hasChanged).to.equal(expected);
				expect(facts.others[facts.size]).to.be.greaterThan(0);
			}
		});

	it("no block of the wanted type was left, and larger ones of others neither", () => {
		const trace = recordedTrace("fragmentation");
		const scene = new Scene(trace);
		for (const event of eventsOf(trace, EV_FALLBACK)) {
			const { first, order, size, wanted, pfn, others } = fallbackFacts(
				scene,
				event,
			);
			const { frames } = scene.before(first);
			const zone = scene.zoneAt(pfn);
			for (let at = order; at <= 10; at++)
				expect(frames.lists.count(frames.freeList(zone, at, wanted))).to.equal(
					0,
				);
			if (wanted !== 1 || size >= 4)
				expect(others.slice(size + 1).every((n) => n === 0)).to.equal(true);
		}
	});

	it("tells the share that decided", () => {
		const trace = recordedTrace("fragmentation");
		const scene = new Scene(trace);
		const event = eventsOf(trace, EV_FALLBACK).find(({ b }) => b >>> 8 < 9)!;
		const { moved, alike } = fallbackFacts(scene, event);
		const text = textOf(why(trace, event.number));
		expect(text).to.include(
			`${moved} were free and moved to the Movable lists, and ${alike} allocated ones count as Movable: ${moved + alike} is at least half (256)`,
		);
		expect(text).to.include(
			"No free Movable block of order 0 or more was left",
		);
	});

	it("explains what it moved and retyped by the fallback", () => {
		const trace = recordedTrace("buddy");
		const [fallback] = eventsOf(trace, EV_FALLBACK);
		const [move] = eventsOf(trace, EV_BUDDY_MOVE);
		expect(textOf(why(trace, move!.number))).to.include(
			`fell back to another type (event ${fallback!.number})`,
		);
		const types = eventsOf(trace, EV_BLOCK_TYPE);
		const retyped = types.filter(({ number }) => number < move!.number).at(-1)!;
		expect(textOf(why(trace, retyped.number))).to.include(
			"changed from Movable to Unmovable",
		);
		expect(textOf(why(trace, types[0]!.number))).to.include(
			"changed from Unmovable to Movable",
		);
	});
});
