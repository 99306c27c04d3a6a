import { expect } from "chai";
import { EV_SLAB_ALLOC } from "../../../../mm/events";
import {
	type CallSite,
	callSites,
	MEASURES,
	type MeasureName,
} from "../../../../scripts/viewer/model/call-sites";
import { eventsOf, shown } from "../shows";

describe("call sites", () => {
	const show = shown("slab-life");
	const last = show.events - 1;
	const tree = (measure: MeasureName): CallSite => {
		const fold = show.film.at(last);
		const size = (slot: number): number => fold.objects.cache(slot)?.size ?? 0;
		const { contexts } = show.trace.reader;
		return callSites(measure, fold, show.film.columns, contexts, size);
	};
	const sum = (site: CallSite): number =>
		site.children.reduce((total, child) => total + child.value, site.own);

	it("CS1: a node has its own and what its children have", () => {
		const check = (site: CallSite): void => {
			expect(site.value, site.name).to.equal(sum(site));
			site.children.forEach(check);
		};
		for (const measure of MEASURES) check(tree(measure));
	});

	it("counts every allocation once", () => {
		const objects = eventsOf(show, EV_SLAB_ALLOC).length;
		expect(tree("count").value).to.be.at.least(objects);
		expect(tree("temporary").value).to.be.below(tree("count").value);
	});

	it("has in use what the caches have in use", () => {
		const fold = show.film.at(last);
		const bytes = fold.objects
			.all()
			.reduce((total, { active, size }) => total + active * size, 0);
		expect(tree("live").value).to.be.at.least(bytes);
		expect(tree("waste").value).to.be.below(bytes);
	});
});
