// Specification of /proc/slabinfo: Linux's text, and its way back.

import { expect } from "chai";
import {
	type CacheLine,
	formatSlabinfo,
	parseSlabinfo,
} from "../../../kernel/proc/slabinfo";
import { recorded, recordedNames } from "../../fixtures";

const CACHE: CacheLine = {
	name: "kmalloc-64",
	activeObjects: 1900,
	objects: 1920,
	objectSize: 64,
	objectsPerSlab: 64,
	pagesPerSlab: 1,
	tunables: [0, 0, 0],
	activeSlabs: 30,
	slabs: 30,
	sharedAvailable: 0,
};
const LINE =
	"kmalloc-64          1900   1920     64   64    1 : tunables    0    0    0 : slabdata     30     30      0";

describe("/proc/slabinfo", () => {
	it("has two lines of header and one for each cache", () => {
		const lines = formatSlabinfo([CACHE]).split("\n");
		expect(lines).to.have.length(4);
		expect(lines[0]).to.equal("slabinfo - version: 2.1");
		expect(lines[1]).to.match(/^# name {12}<active_objs> .* <sharedavail>$/);
		expect(lines[2]).to.equal(LINE);
	});

	it("is read back", () => {
		const text = formatSlabinfo([CACHE]);
		expect(parseSlabinfo(text)).to.deep.equal([CACHE]);
	});

	it("lets a long name push the columns", () => {
		const name = "request_sock_subflow_v6";
		const text = formatSlabinfo([{ ...CACHE, name }]);
		expect(text.split("\n")[2]).to.match(/^request_sock_subflow_v6 {3}1900 /);
		expect(parseSlabinfo(text)[0]!.name).to.equal(name);
	});

	it("says which line is none", () => {
		const text = formatSlabinfo([CACHE]).replace("tunables", "tunable");
		expect(() => parseSlabinfo(text.replace("version: 2.1", "2"))).to.throw(
			"slabinfo, line 1: expected `slabinfo - version: 2.1`",
		);
		const cut = `${formatSlabinfo([])}kmalloc-64 1900\n`;
		expect(() => parseSlabinfo(cut)).to.throw("slabinfo, line 3: expected");
	});

	for (const name of recordedNames())
		for (const snapshot of ["a", "c"] as const)
			it(`keeps every byte of ${name}/${snapshot}`, () => {
				const text = recorded(name).text("slabinfo", snapshot);
				const caches = parseSlabinfo(text);
				expect(formatSlabinfo(caches)).to.equal(text);
				for (const cache of caches)
					expect(cache.activeSlabs, "SI2").to.equal(cache.slabs);
			});
});
