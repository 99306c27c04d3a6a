import { expect } from "chai";
import { EV_SLAB_ALLOC, objectAddress } from "../../../../mm/events";
import { addressText } from "../../../../scripts/viewer/model/numbers";
import { search } from "../../../../scripts/viewer/model/search";
import { eventsOf, shown } from "../shows";

describe("the search", () => {
	const show = shown("slab-life");
	const find = (text: string, event = show.events - 1) =>
		search(text, {
			survey: show.survey,
			contexts: show.trace.reader.contexts,
			fold: show.film.at(event),
		});

	it("finds events, ticks and frames by number", () => {
		expect(find("812")[0]).to.include({ kind: "event", event: 812 });
		expect(find("event 5")[0]).to.include({ event: 5 });
		expect(find("tick 1")[0]?.event).to.equal(show.survey.ticks[0]?.event);
		expect(find("0x1020")[0]?.selection).to.deep.equal({
			kind: "frame",
			pfn: 0x1020,
		});
		expect(find("frame 4128")[0]?.selection).to.deep.equal({
			kind: "frame",
			pfn: 4128,
		});
	});

	it("finds the object at an address, and what it lies in", () => {
		const event = eventsOf(show, EV_SLAB_ALLOC).at(-1)!;
		const { a, b } = show.film.columns;
		const address = objectAddress(a[event]!, b[event]!);
		const hits = find(addressText(address + 3), event);
		expect(hits[0]?.selection).to.deep.include({ kind: "object", address });
		expect(hits[1]?.selection).to.deep.equal({
			kind: "frame",
			pfn: Math.floor(address / 4096),
		});
	});

	it("SR1: finds names of all kinds, and each leads somewhere", () => {
		expect(find("specimen")[0]?.selection?.kind).to.equal("cache");
		expect(find("biologist")[0]?.selection?.kind).to.equal("task");
		expect(find("buddy_give")[0]?.filter).to.equal("buddy_give");
		expect(find("fork_init").some(({ kind }) => kind === "stage")).to.equal(
			true,
		);
		for (const text of ["a", "e", "1", "kmem"])
			for (const hit of find(text))
				expect(
					hit.event ?? hit.selection ?? hit.filter,
					hit.words,
				).not.to.equal(undefined);
		expect(find("")).to.deep.equal([]);
	});
});
