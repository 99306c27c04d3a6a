// Specification of tables of slab attributes.

import { expect } from "chai";
import { parseSlabTsv } from "../../../../kernel/replay/snapshot/slab-attributes";
import {
	SLAB_ACCOUNT,
	SLAB_CONSISTENCY_CHECKS,
	SLAB_HWCACHE_ALIGN,
	SLAB_POISON,
} from "../../../../mm/slab-geometry";
import { recorded } from "../../../fixtures";
import { refusals } from "./damage";

const STATIC =
	"object_size\tslab_size\tobjs_per_slab\torder\talign\tcpu_partial\tmin_partial\thwcache_align";
const USE =
	"total_objects\tobjects\tslabs\tobjects_partial\tpartial\tcpu_slabs\tslabs_cpu_partial";
const WHOLE = `name\t${STATIC}\t${USE}\talias_names
:A-0000192\t176\t192\t21\t0\t64\t120\t5\t1\t42\t23\t2\t2\t1\t1\t10(1)\tip_dst_cache,aio_kiocb
dentry\t192\t192\t21\t0\t8\t120\t5\t0\t0\t0\t0\t0\t0\t0\t0(0)\t-
`;

describe("kernel/replay/snapshot/slab-attributes", () => {
	it("has what never changes, how full caches are, and who shares them", () => {
		const [shared, own] = parseSlabTsv(WHOLE);
		expect(shared).to.deep.equal({
			name: ":A-0000192",
			statics: {
				objectSize: 176,
				size: 192,
				objectCount: 21,
				order: 0,
				align: 64,
				cpuPartial: 120,
				minPartial: 5,
				flags: SLAB_ACCOUNT | SLAB_HWCACHE_ALIGN,
			},
			use: {
				totalObjects: 42,
				objects: 23,
				slabs: 2,
				partial: 1,
				objectsPartial: 2,
				cpuSlabs: 1,
				cpuPartialSlabs: 1,
			},
			aliasNames: ["ip_dst_cache", "aio_kiocb"],
		});
		expect(own!.aliasNames).to.deep.equal([]);
	});

	it("takes tables with one half of the columns", () => {
		const dynamic = `name\t${USE}\ndentry\t1 N0=1\t1\t1\t0\t0\t1\t5(2) C0=5(2)\n`;
		const [slab] = parseSlabTsv(dynamic);
		expect(slab!.statics).to.equal(null);
		expect(slab!.use).to.include({ totalObjects: 1, cpuPartialSlabs: 2 });
		const fixed = `name\t${STATIC}\nx\t8\t8\t512\t0\t8\t120\t5\t0\n`;
		expect(parseSlabTsv(fixed)[0]!.use).to.equal(null);
	});

	it("reads flags from columns and names", () => {
		const table = `name\t${STATIC}\tpoison
:F-0000064\t64\t64\t64\t0\t64\t0\t5\t1\t1
kmalloc-cg-64\t64\t64\t64\t0\t64\t0\t5\t0\t0
`;
		expect(
			parseSlabTsv(table).map(({ statics }) => statics!.flags),
		).to.deep.equal([
			SLAB_CONSISTENCY_CHECKS | SLAB_HWCACHE_ALIGN | SLAB_POISON,
			SLAB_ACCOUNT,
		]);
	});

	it("refuses what does not fit, with its line", () => {
		const refuse = (text: string, what: string) =>
			expect(() => parseSlabTsv(text)).to.throw(what);
		refuse("", "slab.tsv, line 1: expected the names of the columns");
		refuse("name\tname\n", "slab.tsv, line 1: expected");
		refuse(WHOLE.replace("\t-", ""), "line 3: found 16 fields for 17 columns");
		refuse(
			WHOLE.replace("dentry", ":A-0000192"),
			"line 3: found a second line",
		);
		refuse(WHOLE.replace("\t21\t", "\t20\t"), "line 2: found 20 slots of 192");
		refuse(WHOLE.replace("176", "193"), "line 2: found objects of 193 bytes");
		refuse(WHOLE.replace("\t64\t", "\t60\t"), "line 2: found slots of 192");
		refuse(WHOLE.replace("\t0\t64", "\t11\t64"), "line 2: found order 11");
		refuse(WHOLE.replace("10(1)", "10"), 'found "10" for slabs_cpu_partial');
		refuse(WHOLE.replace("176", "-1"), 'found "-1" for object_size');
		refuse(
			WHOLE.replace("\t1\t42", "\t2\t42"),
			"for hwcache_align, which is 0",
		);
		refuse(WHOLE.replace("dentry", ""), "line 3: found no name of a cache");
	});

	it("reads a recorded table", () => {
		const { attributes } = recorded("m11-slubdebugF").whole;
		expect(attributes!.length).to.equal(150);
		expect(attributes!.every(({ use }) => use !== null)).to.equal(true);
	});

	it("refuses damaged texts in one sentence", () => {
		expect(refusals(WHOLE, "slab.tsv", parseSlabTsv)).to.be.at.least(100);
	});
});
