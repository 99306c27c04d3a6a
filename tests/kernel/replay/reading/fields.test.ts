import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { GFP_FLAGS, GFP_KERNEL } from "../../../../mm/gfp";
import { read, readLine, type Seen } from "./support";

const HEAD = "            init-1       [000] .....     2.500000: ";
const KMALLOC =
	"kmalloc: call_site=f+0x1/0x2 ptr=ffff888004ab0000 bytes_req=60 bytes_alloc=64 gfp_flags=GFP_KERNEL";
const line = (text: string) => readLine(HEAD + text);
const fields = (text: string) => {
	const { comm: _, pid: _p, cpu: _c, time: _t, ...rest } = line(text) as Seen;
	const { interrupt: _i, depth: _d, ...own } = rest;
	return own;
};

describe("the fields of an event", () => {
	it("are those of 6.1", () => {
		expect(fields(`${KMALLOC} node=-1 accounted=false`)).to.deep.equal({
			kind: "kmalloc",
			site: "f+0x1",
			low: 0x04ab0000,
			high: 0xffff8880 | 0,
			bytesRequested: 60,
			bytesAllocated: 64,
			gfp: GFP_KERNEL,
			accounted: 0,
		});
	});

	it("are those of older kernels", () => {
		const event = fields(
			"kmem_cache_alloc_node: call_site=ffffffff811e1f5c ptr=0xffff888004ab0000 bytes_req=56 bytes_alloc=56 gfp_flags=GFP_KERNEL node=1",
		);
		expect(event).to.include({
			kind: "kmem_cache_alloc",
			site: "ffffffff811e1f5c",
			node: 1,
		});
		expect(event).to.not.have.property("accounted");
		expect(
			fields(
				"kmem_cache_free: call_site=ffffffff811e1f5c ptr=ffff888004ab0000",
			),
		).to.not.have.property("cache");
		expect(
			fields(
				"mm_page_free_batched: page=ffffea0000a2c940 pfn=10534 order=0 cold=0",
			),
		).to.include({ pfn: 10534, order: 0 });
	});

	it("are those of newer kernels", () => {
		expect(
			fields(
				"kmem_cache_alloc: call_site=f+0x1/0x2 ptr=000000000b7e50d1 name=dentry bytes_req=192 bytes_alloc=192 gfp_flags=GFP_KERNEL node=-1 accounted=true",
			),
		).to.include({ cache: "dentry", accounted: 1, bytesAllocated: 192 });
	});

	it("come in any order, and again in the first one", () => {
		const one =
			"mm_page_alloc: page=(nil) pfn=0x10 order=1 migratetype=2 gfp_flags=GFP_KERNEL";
		const other =
			"mm_page_alloc: gfp_flags=GFP_KERNEL migratetype=2 pfn=16 order=1";
		const { events } = read(
			[one, other, one, other].map((text) => `${HEAD + text}\n`).join(""),
		);
		expect(events).to.have.length(4);
		for (const event of events) expect(event).to.deep.equal(events[0]);
	});

	it("name a module behind the call site", () => {
		expect(
			fields(
				"kfree: call_site=probe+0x22/0x150 [virtio_pci] ptr=ffff888004ab0000",
			),
		).to.include({ site: "probe+0x22" });
		expect(fields("kfree: call_site=probe+0x22 ptr=(nil)")).to.deep.equal({
			kind: "kfree",
			site: "probe+0x22",
		});
		expect(
			fields("kfree: call_site=getname_flags.part.0+0x2b/0x1c0 ptr=(null)"),
		).to.include({ site: "getname_flags.part.0+0x2b" });
		expect(
			line(
				"kfree: call_site=probe+0x22/0x150 [virtio_pci ptr=ffff888004ab0000",
			),
		).to.equal("has a call_site= that cannot be");
	});

	it("T1: are skipped by name when they are not known, but text is no field", () => {
		expect(fields(`${KMALLOC} colour=red node=0`)).to.include({ node: 0 });
		expect(line(`${KMALLOC} red`)).to.equal("holds text that is no field");
		expect(line(`red ${KMALLOC}`)).to.not.be.an("object");
		expect(fields("kfree: (f+0x1) call_site=f+0x1 ptr=(nil)")).to.include({
			site: "f+0x1",
		});
	});

	it("T2: must all be there", () => {
		const all = KMALLOC.split(" ");
		for (let n = 1; n < all.length; n++) {
			const without = all.filter((_, at) => at !== n).join(" ");
			expect(line(without), without).to.equal(
				`lacks ${all[n]!.split("=")[0]}=`,
			);
		}
		expect(line("mm_page_free: page=(nil) order=0")).to.equal("lacks pfn=");
		expect(line("rss_stat: mm_id=1 curr=0 type=MM_ANONPAGES")).to.equal(
			"lacks size=",
		);
	});

	it("T2: must not be there twice, and in their ranges", () => {
		expect(line(`${KMALLOC} ptr=ffff888004ab0000`)).to.equal("has ptr= twice");
		for (const [text, key] of [
			["mm_page_free: pfn=0x10 order=32", "order"],
			["mm_page_free: pfn=0x10 order=-2", "order"],
			["mm_page_free: pfn=0x10 order=0x", "order"],
			["mm_page_free: pfn=99999999999999999999 order=0", "pfn"],
			["mm_page_free: pfn= order=0", "pfn"],
			["mm_page_free: pfn=0x10z order=0", "pfn"],
			["kfree: call_site= ptr=(nil)", "call_site"],
			["kfree: call_site=f+0x1 ptr=(____ptrval____)", "ptr"],
			["kfree: call_site=f+0x1 ptr=12345678901234567", "ptr"],
			[`${KMALLOC} node=5000`, "node"],
			[`${KMALLOC} accounted=fals`, "accounted"],
			[`${KMALLOC} accounted=truely`, "accounted"],
			[`${KMALLOC} accounted=2`, "accounted"],
		])
			expect(line(text!), text).to.equal(`has a ${key}= that cannot be`);
	});

	it("T3: may be blank where they are text", () => {
		const event = fields(KMALLOC.replace("GFP_KERNEL", ""));
		expect(event).to.not.have.property("gfp");
		expect(
			fields("kmem_cache_free: call_site=f+0x1/0x2 ptr=ffff888004ab0000 name="),
		).to.not.have.property("cache");
		expect(
			fields("rss_stat: mm_id=1395563093 curr=0 type= size=8192B"),
		).to.deep.equal({
			...{
				kind: "rss_stat",
				low: 1395563093,
				ownership: 0,
				bytesRequested: 8192,
			},
		});
	});

	it("tell a failed page allocation in every form", () => {
		for (const pfn of ["0x0", "0", "0xffffffffffffffff"])
			expect(
				fields(
					`mm_page_alloc: page=(nil) pfn=${pfn} order=0 migratetype=0 gfp_flags=none`,
				),
			).to.include({ pfn: 0, gfp: 0 });
	});

	it("of rss_stat are read in both forms, negative sizes too", () => {
		expect(
			fields(
				"rss_stat: mm_id=4000000000 curr=1 type=MM_SHMEMPAGES size=-4096B",
			),
		).to.include({
			type: 3,
			bytesRequested: -4096,
			ownership: 1,
			low: 4000000000 | 0,
		});
		expect(fields("rss_stat: mm_id=1 curr=0 member=1 size=8192")).to.include({
			type: 1,
		});
	});

	it("of a fallback are all there", () => {
		expect(
			fields(
				"mm_page_alloc_extfrag: page=ffffea0000240000 pfn=0x9000 alloc_order=3 fallback_order=10 pageblock_order=9 alloc_migratetype=0 fallback_migratetype=1 fragmenting=0 change_ownership=1",
			),
		).to.deep.equal({
			...{ kind: "mm_page_alloc_extfrag", pfn: 0x9000, order: 3, type: 0 },
			...{ fallbackOrder: 10, fallbackType: 1, ownership: 1 },
		});
	});
});

/** What the recorded kernel says of its own events. */
describe("the formats of the kmem events", () => {
	const text = readFileSync(
		join(__dirname, "..", "..", "..", "fixtures", "kmem-formats.txt"),
		"utf8",
	);
	const formats = [
		...text.matchAll(/^name: (\w+)$[\s\S]*?^print fmt: (.*)$/gm),
	];
	const VALUES: Readonly<Record<string, string>> = {
		"%pS": "getname_flags+0x2b/0x1c0",
		"%p": "ffff888004ab0000",
		"%d": "1",
		"%u": "1",
		"%zu": "64",
		"%lx": "1a2b",
		"%ld": "4096",
	};
	/** pfn= says more than page=, and the pageblock of a fallback has one size. */
	const UNUSED = new Set(["page", "pageblock_order", "fragmenting"]);
	const WORDS: Readonly<Record<string, string>> = {
		gfp_flags: "GFP_KERNEL",
		accounted: "true",
		name: "dentry",
		type: "MM_ANONPAGES",
	};

	it("are all read, each field of them", () => {
		expect(formats).to.have.length(11);
		for (const [, name, format] of formats) {
			const print = (/^"([^"]*)"/.exec(format as string) as string[])[1]!;
			const shown = print
				.replace(/(\w+)=%s/g, (_, key: string) => `${key}=${WORDS[key]}`)
				.replace(/%(?:pS|l?[xd]|zu|[pdu])/g, (form) => VALUES[form]!);
			const event = line(`${name}: ${shown}`);
			expect(event, shown).to.include({ kind: name });
			for (const [part, key] of shown.matchAll(/(\w+)=\S+/g)) {
				const without = line(`${name}: ${shown.replace(part, "")}`);
				if (UNUSED.has(key as string))
					expect(without, part).to.deep.equal(event);
				else expect(without, part).to.not.deep.equal(event);
			}
		}
	});

	it("have the gfp flags that are known here, bit by bit", () => {
		const pairs = [...text.matchAll(/\{\( unsigned long\)(.*?), "(\w+)"\}/g)];
		expect(pairs.length).to.be.above(60);
		for (const [, bits, name] of pairs) {
			const sum = (bits as string).replace(/\( ?gfp_t\)|u/g, "");
			expect(sum).to.match(/^[\s()|&~0-9a-fx]+$/);
			const value: number = new Function(`return ${sum}`)();
			expect(GFP_FLAGS.get(name as string), name).to.equal(value);
		}
	});
});
