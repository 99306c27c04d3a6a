import { expect } from "chai";
import { EV_TEXT } from "../../../../hw/events";
import { DICTIONARY, eventName } from "../../../../kernel/trace/dictionary";
import {
	filterEvents,
	SUBJECTS,
} from "../../../../scripts/viewer/model/filter";
import { eventsOf, shown } from "../shows";

describe("the filter of the event list", () => {
	const show = shown("page-tables");
	const { columns } = show.film;
	const names = (text: string): Set<string> =>
		new Set(
			[...filterEvents(text, columns, null)].map((event) =>
				eventName(columns.codes[event]!),
			),
		);

	it("FI1: lets everything through but texts, in order", () => {
		const all = filterEvents("", columns, null);
		expect(all.length).to.equal(show.events - eventsOf(show, EV_TEXT).length);
		expect([...all]).to.deep.equal([...all].sort((a, b) => a - b));
	});

	it("takes names, parts of names, and subjects", () => {
		expect([...names("pte_set")]).to.deep.equal(["pte_set"]);
		expect(names("page_a, fault")).to.deep.equal(
			new Set(["page_alloc", "fault"]),
		);
		expect(names("tables").has("pte_set")).to.equal(true);
		expect(names("tables").has("slab_alloc")).to.equal(false);
		expect(names("nothing").size).to.equal(0);
	});

	it("keeps those of the selection", () => {
		const selection = { kind: "frame", pfn: 4130 } as const;
		const own = filterEvents("@", columns, selection);
		expect(own.length).to.be.greaterThan(10);
		expect(filterEvents("@ pte", columns, selection).length).to.be.at.most(
			own.length,
		);
	});

	it("every event but texts belongs to a subject", () => {
		const lost = DICTIONARY.filter(
			({ name }) => !Object.values(SUBJECTS).some((own) => own.test(name)),
		);
		expect(lost.map(({ name }) => name)).to.deep.equal(["text"]);
	});
});
