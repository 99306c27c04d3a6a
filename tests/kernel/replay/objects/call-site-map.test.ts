import { expect } from "chai";
import {
	callKey,
	callSiteMap,
} from "../../../../kernel/replay/objects/call-site-map";

describe("the map of call sites", () => {
	const merged = callSiteMap(true);
	const apart = callSiteMap(false);

	it("knows the cache of a place and its two sizes", () => {
		const key = callKey("__alloc_file+0x23", 232, 256);
		expect(merged.get(key)).to.equal("filp");
		expect(apart.get(key)).to.equal("filp");
		expect(merged.get(callKey("__alloc_file+0x23", 1, 256))).to.equal(
			undefined,
		);
	});

	it("tells shared caches from those that do not share", () => {
		const key = callKey("acpi_ns_create_node+0x31", 48, 48);
		expect(merged.get(key)).to.equal("shared_policy_node");
		expect(apart.get(key)).to.equal("Acpi-Namespace");
	});

	it("CS1: has every line that was learned", () => {
		expect(merged.size).to.equal(97);
		expect(apart.size).to.equal(85);
		for (const [key, cache] of merged) {
			expect(key).to.match(/^[\w.]+\+0x[0-9a-f]+ \d+ \d+$/);
			expect(cache).to.match(/^\S+$/);
		}
	});
});
