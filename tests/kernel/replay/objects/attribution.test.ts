import { expect } from "chai";
import {
	ATTRIBUTION_RULES,
	Attribution,
	type AttributionFacts,
} from "../../../../kernel/replay/objects/attribution";
import {
	CacheList,
	type KnownCache,
	NO_CACHE,
} from "../../../../kernel/replay/objects/cache-list";
import type { KmemEvent } from "../../../../kernel/replay/reading/event";
import {
	__GFP_ACCOUNT,
	__GFP_DMA,
	__GFP_RECLAIMABLE,
	GFP_KERNEL,
} from "../../../../mm/gfp";
import { EventMaker, HIGH } from "./support";

const KNOWN: KnownCache[] = [
	{ name: "filp", aliases: [], size: 256 },
	{ name: "maple_node", aliases: [":0000256"], size: 256 },
	{ name: "dentry", aliases: [], size: 192 },
	{ name: "UNIX", aliases: [], size: 1024 },
	{ name: "UNIX-STREAM", aliases: [], size: 1024 },
	{ name: "kmem_cache", aliases: [], size: 224 },
];

function world(known = KNOWN, facts: Partial<AttributionFacts> = {}) {
	const make = new EventMaker();
	const caches = new CacheList(known);
	const attribution = new Attribution(make.names, caches, {
		sites: new Map([["take+0x1 256 256", "filp"]]),
		...facts,
	});
	const nameOf = (event: KmemEvent): string =>
		caches.name(attribution.ofAllocation(event, attribution.caller(event)));
	const ruleOf = (event: KmemEvent): string | undefined =>
		ATTRIBUTION_RULES[attribution.ruleOf(attribution.caller(event))];
	return { make, caches, attribution, nameOf, ruleOf };
}

describe("the cache of an object", () => {
	it("of kmalloc follows from its size, flags and accounting", () => {
		const { make, nameOf, caches, attribution } = world();
		const of = (bytes: number, gfp: number, accounted: number): string =>
			nameOf(make.kmalloc("f+0x1", bytes, bytes, 64, { gfp, accounted }));
		expect(of(50, GFP_KERNEL, 0)).to.equal("kmalloc-64");
		expect(of(70, GFP_KERNEL, 1)).to.equal("kmalloc-cg-96");
		expect(of(1025, GFP_KERNEL, 0)).to.equal("kmalloc-2k");
		expect(of(50, GFP_KERNEL | __GFP_RECLAIMABLE, 1)).to.equal(
			"kmalloc-rcl-64",
		);
		expect(of(50, __GFP_DMA, 1)).to.equal("dma-kmalloc-64");
		expect(of(50, -1, -1)).to.equal("kmalloc-64");
		const raw = GFP_KERNEL | __GFP_ACCOUNT;
		expect(of(50, raw, -1), "a raw event").to.equal("kmalloc-cg-64");
		expect(of(50, raw, 0)).to.equal("kmalloc-64");
		const large = make.kmalloc("f+0x1", 8193, 16384, 64);
		expect(attribution.ofAllocation(large, attribution.caller(large))).to.equal(
			NO_CACHE,
		);
		expect(of(0, GFP_KERNEL, 0)).to.equal("");
		expect(caches.bytes(caches.find("kmalloc-2k"))).to.equal(2048);
	});

	it("rule 1: is the name in the event, where there is one", () => {
		const { make, nameOf } = world();
		const event = make.alloc("take+0x1", 256, 64);
		event.cache = make.names.add(":0000256");
		expect(nameOf(event)).to.equal("maple_node");
	});

	it("rule 3: is the name under which the caller's objects are freed (AT1)", () => {
		const { make, attribution, caches, nameOf, ruleOf } = world();
		const event = make.alloc("other+0x1", 256, 64);
		attribution.learn(
			attribution.caller(event),
			caches.find("maple_node"),
			64,
			HIGH,
		);
		attribution.suppose(attribution.caller(event), caches.find("filp"));
		expect(nameOf(event)).to.equal("maple_node");
		expect(ruleOf(event)).to.equal("learned");
	});

	it("rule 2: is the name at that address, where a caller serves several caches", () => {
		const { make, attribution, caches, nameOf } = world();
		const [first, second] = [64, 2048].map((at) =>
			make.alloc("sk_prot_alloc+0x30", 1024, at),
		) as [KmemEvent, KmemEvent];
		const caller = attribution.caller(first);
		attribution.learn(caller, caches.find("UNIX"), 64, HIGH);
		attribution.learn(caller, caches.find("UNIX-STREAM"), 2048, HIGH);
		expect(nameOf(first)).to.equal("UNIX");
		expect(nameOf(second)).to.equal("UNIX-STREAM");
		expect(attribution.isGuess(caller)).to.equal(true);
	});

	it("rules 4 to 6: map, known functions, the only size", () => {
		const { make, nameOf, ruleOf } = world();
		const mapped = make.alloc("take+0x1", 256, 64);
		const known = make.alloc("kmem_cache_create_usercopy+0x125", 224, 64);
		const only = make.alloc("who+0x1", 192, 64);
		expect([mapped, known, only].map(nameOf)).to.deep.equal([
			"filp",
			"kmem_cache",
			"dentry",
		]);
		expect([mapped, known, only].map(ruleOf)).to.deep.equal([
			"call site",
			"known function",
			"size",
		]);
	});

	it("rule 5: a function uses another cache for another size", () => {
		const { make, nameOf, ruleOf } = world([
			{ name: "cred_jar", aliases: [], size: 192 },
			{ name: "ip_dst_cache", aliases: [], size: 192 },
			{ name: "ip6_dst_cache", aliases: [], size: 256 },
		]);
		const four = make.alloc("dst_alloc+0x3f", 192, 64);
		const six = make.alloc("dst_alloc+0x3f", 256, 512);
		expect([four, six].map(nameOf)).to.deep.equal([
			"ip_dst_cache",
			"ip6_dst_cache",
		]);
		expect(ruleOf(four)).to.equal("known function");
	});

	it("rule 6: is of several of a size the one that ever had slabs", () => {
		const hadSlabs = (name: string): boolean => name === "UNIX-STREAM";
		const { make, nameOf } = world(KNOWN, { hadSlabs });
		expect(nameOf(make.alloc("who+0x1", 1024, 64))).to.equal("UNIX-STREAM");
	});

	it("rule 6: is of several of a size those whose objects are as long as was asked", () => {
		const { make, nameOf } = world([
			{ name: "dentry", aliases: [], size: 192, objectBytes: 192 },
			{ name: "dst", aliases: [], size: 192, objectBytes: 176 },
		]);
		const of = (site: string, bytesRequested: number) =>
			nameOf(Object.assign(make.alloc(site, 192, 64), { bytesRequested }));
		expect(of("dst_alloc+0x1", 176)).to.equal("dst");
		expect(of("d_alloc+0x1", 192)).to.equal("dentry");
		expect(of("other+0x1", 184)).to.equal("size-192");
	});

	it("rule 6: is of several of a size one that accounts as the object says", () => {
		const { make, attribution, caches, nameOf } = world([
			{ name: "field", aliases: [], size: 56, isAccounted: false },
			{ name: "alias", aliases: [], size: 56, isAccounted: true },
			{ name: "trie", aliases: [], size: 48, isAccounted: true },
		]);
		const of = (site: string, bytes: number, accounted: number, gfp: number) =>
			nameOf(make.alloc(site, bytes, 64, { accounted, gfp }));
		expect(of("insert+0x1", 56, 1, GFP_KERNEL)).to.equal("alias");
		expect(of("define+0x1", 56, 0, GFP_KERNEL)).to.equal("field");
		expect(of("leaf+0x1", 48, 1, GFP_KERNEL)).to.equal("trie");
		expect(of("other+0x1", 48, 0, GFP_KERNEL)).to.equal("size-48");
		const asked = make.alloc("asks+0x1", 56, 64, {
			accounted: 1,
			gfp: GFP_KERNEL | __GFP_ACCOUNT,
		});
		const caller = attribution.caller(asked); // any cache may have it
		for (const name of ["field", "alias"])
			expect(attribution.isPossible(caller, caches.find(name))).to.equal(true);
	});

	it("rule 7: is made up where nothing is known", () => {
		const { make, nameOf, ruleOf } = world([]);
		const event = make.alloc("who+0x1", 328, 64);
		expect(nameOf(event)).to.equal("size-328");
		expect(ruleOf(event)).to.equal("made up");
		expect(nameOf(make.alloc("take+0x1", 256, 64))).to.equal("filp");
	});

	it("is not what the map says where the recorded cache has other slots", () => {
		const { make, nameOf } = world([{ name: "filp", aliases: [], size: 320 }]);
		expect(nameOf(make.alloc("take+0x1", 256, 64))).to.equal("size-256");
	});

	it("learns many callers and names", () => {
		const { make, attribution, nameOf } = world([]);
		for (let n = 1; n < 500; n++) {
			const event = make.alloc(`f${n}+0x1`, 64, 64);
			const cache = attribution.named(make.names.add(`cache ${n}`));
			attribution.learn(attribution.caller(event), cache, 64, HIGH);
			expect(nameOf(event)).to.equal(`cache ${n}`);
		}
		expect(attribution.named(-1)).to.equal(NO_CACHE);
	});
});
