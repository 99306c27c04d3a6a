// Specification of recorded caches.

import { expect } from "chai";
import { parseSlabinfo } from "../../../../kernel/proc/slabinfo";
import {
	cacheWishes,
	geometryDifferences,
	mergeCaches,
	type RecordedCache,
	recordedCaches,
	wishFor,
} from "../../../../kernel/replay/snapshot/caches";
import { machineTuning } from "../../../../kernel/replay/snapshot/machine";
import { parseSlabTsv } from "../../../../kernel/replay/snapshot/slab-attributes";
import { textSource } from "../../../../kernel/replay/snapshot/source";
import {
	objectLayout,
	SLAB_CONSISTENCY_CHECKS,
	SLAB_POISON,
	SLAB_STORE_USER,
} from "../../../../mm/slab-geometry";
import { recorded, recordedNames } from "../../../fixtures";
import { refusals } from "./damage";

const COLUMNS =
	"name\tobject_size\tslab_size\tobjs_per_slab\torder\talign\tcpu_partial\tmin_partial\talias_names\n";
const TABLE = `${COLUMNS}:0000192\t176\t192\t21\t0\t64\t120\t5\tyoung,old,nameless
inode_cache\t584\t592\t27\t2\t8\t52\t5\t-
alone\t64\t64\t64\t0\t64\t120\t5\t-
`;
const HEAD = "slabinfo - version: 2.1\n# name \n";
const line = (name: string, size: number, count: number, pages: number) =>
	`${name} 1 1 ${size} ${count} ${pages} : tunables 0 0 0 : slabdata 1 1 0\n`;
const SLABINFO =
	HEAD +
	line("inode_cache", 592, 27, 4) +
	line("old", 192, 21, 1) +
	line("module", 72, 56, 1) +
	line("kmalloc-64", 64, 64, 1);

const texts = (table: string, slabinfo: string) => ({
	attributes: table === "" ? [] : parseSlabTsv(table),
	slabinfo: parseSlabinfo(slabinfo).reverse(),
	slubDebug: [],
});
const byName = (caches: readonly RecordedCache[], name: string) =>
	caches.find((cache) => cache.name === name)!;

describe("kernel/replay/snapshot/caches", () => {
	const caches = mergeCaches(texts(TABLE, SLABINFO));

	it("are in the order in which they were made, those of unknown age last", () => {
		expect(caches.map(({ name }) => name)).to.deep.equal([
			"kmalloc-64",
			"module",
			"old",
			"inode_cache",
			"alone",
		]);
	});

	it("have the name in slabinfo, and every other name as an alias (CA1)", () => {
		expect(byName(caches, "old")).to.deep.include({
			directory: ":0000192",
			aliases: ["young", "nameless"],
			objectSize: 176,
			cpuPartialSlabs: 12,
			hasConstructor: false,
			isComplete: true,
		});
		const { cacheOf } = cacheWishes(caches);
		expect(cacheOf.get("young")).to.equal("old");
		expect(cacheOf.get("old")).to.equal("old");
	});

	it("have a constructor when their slots or their names say so", () => {
		expect(byName(caches, "inode_cache").hasConstructor).to.equal(true);
		expect(byName(caches, "alone").hasConstructor).to.equal(false);
		const other = mergeCaches(
			texts(`${COLUMNS}xfs_inode\t584\t592\t27\t2\t8\t52\t5\t-\n`, HEAD),
		);
		expect(other[0]!.hasConstructor).to.equal(true);
	});

	it("are guesses when only slabinfo tells of them", () => {
		const guess = byName(caches, "module");
		expect(guess.isComplete).to.equal(false);
		expect(guess).to.include({ objectSize: 72, size: 72, objectCount: 56 });
		expect(geometryDifferences(guess, { cpuCount: 1 })).to.deep.equal([]);
	});

	it("refuse texts that contradict each other (CA2)", () => {
		const other = SLABINFO.replace("192 21 1", "200 20 1");
		expect(() => mergeCaches(texts(TABLE, other))).to.throw(
			'slabinfo: "old" has 20 slots of 200 bytes in 1 pages, but 21 of 192 in 1 in slab.tsv.',
		);
		const wrong = SLABINFO.replace("72 56 1", "72 56 3");
		expect(() => mergeCaches(texts("", wrong))).to.throw(
			'slabinfo: "module" cannot have 56 slots of 72 bytes in 3 pages.',
		);
	});

	it("have the debugging data that slub_debug= gives them", () => {
		const flags = SLAB_CONSISTENCY_CHECKS | SLAB_POISON | SLAB_STORE_USER;
		const { size, align } = objectLayout({ objectSize: 64, flags });
		const count = Math.floor(4096 / size);
		const source = textSource({
			"meta/cmdline": "slub_debug=FPU quiet",
			"snap/post-static/slab.tsv": `${COLUMNS}x\t64\t${size}\t${count}\t0\t${align}\t0\t5\t-\n`,
		});
		const [cache] = recordedCaches(source);
		expect(cache!.flags).to.equal(flags);
		expect(cache!.hasConstructor).to.equal(false);
	});

	it("are wished for as they are, unshared, but for those that exist", () => {
		const { wishes } = cacheWishes(caches, (name) => name === "alone");
		expect(wishes.map(({ name }) => name)).to.deep.equal([
			"module",
			"old",
			"inode_cache",
		]);
		expect(wishes[1]).to.deep.equal({
			name: "old",
			size: 176,
			align: 64,
			flags: 0,
			mayMerge: false,
		});
		expect(wishFor(byName(caches, "inode_cache")).ctor).to.be.a("function");
	});

	it("tell each number that is another here", () => {
		const cache = { ...byName(caches, "old"), order: 1, objectCount: 42 };
		expect(geometryDifferences(cache, { cpuCount: 1 })).to.deep.equal([
			{ name: "old", what: "order", recorded: 1, ours: 0 },
			{ name: "old", what: "objectCount", recorded: 42, ours: 21 },
		]);
		expect(
			geometryDifferences(cache, { cpuCount: 1 }, null).length,
		).to.be.above(5);
	});

	for (const name of recordedNames())
		it(`are those of ${name}, each with the geometry that the formulas give`, () => {
			const { caches, machine, attributes } = recorded(name).whole;
			const tuning = machineTuning(machine);
			const differences = caches.flatMap((cache) =>
				geometryDifferences(cache, tuning),
			);
			expect(differences).to.deep.equal([]);
			expect(caches.length).to.equal(attributes!.length);
			expect(caches.every(({ isComplete }) => isComplete)).to.equal(true);
		});

	it("refuse damaged tables in one sentence", () => {
		const count = refusals(TABLE, "slab", (table) =>
			mergeCaches(texts(table, SLABINFO)),
		);
		expect(count).to.be.at.least(100);
		const lines = refusals(SLABINFO, "slabinfo", (slabinfo) =>
			mergeCaches(texts(TABLE, slabinfo)),
		);
		expect(lines).to.be.at.least(100);
	});
});
