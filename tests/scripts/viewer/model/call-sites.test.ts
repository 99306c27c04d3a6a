import { expect } from "chai";
import { OWNERS_SORT, owners } from "../../../../kernel/trace/ask/owners";
import {
	type CallSite,
	siteTree,
} from "../../../../scripts/viewer/model/call-sites";
import { shown } from "../shows";

describe("call sites", () => {
	const show = shown("slab-life");
	const { contexts } = show.trace.reader;
	const answer = owners(show.trace, { by: "callsite" });

	it("CS1: a node has its own and what its children have", () => {
		const check = (site: CallSite): void => {
			const below = site.children.reduce((sum, child) => sum + child.value, 0);
			expect(site.value, site.name).to.equal(site.own + below);
			site.children.forEach(check);
		};
		for (const measure of OWNERS_SORT)
			check(siteTree(answer.rows, measure, contexts));
	});

	it("has at its root the sums of all owners", () => {
		for (const measure of OWNERS_SORT)
			expect(siteTree(answer.rows, measure, contexts).value).to.equal(
				answer.sum[measure],
			);
	});

	it("has no nodes but call sites and those above them", () => {
		const names: string[] = [];
		const walk = (site: CallSite, path: readonly string[]): void => {
			if (site.children.length === 0) names.push(path.join(" > "));
			for (const child of site.children) walk(child, [...path, child.name]);
		};
		walk(siteTree(answer.rows, "total", contexts), []);
		const known = answer.rows.map(({ name }) => name);
		expect(known).to.include.members(names);
	});
});
