import { expect } from "chai";
import fc from "fast-check";
import { boot } from "../../kernel/boot";
import {
	DEFAULT_POLICY,
	parsePolicy,
	policyOptions,
	withPolicy,
} from "../../kernel/policy";

const sentence = (text: string): string => {
	try {
		parsePolicy(text);
		return "";
	} catch (error) {
		return (error as Error).message;
	}
};

describe("policies", () => {
	it("say in words what is to be different", () => {
		const policy = parsePolicy(
			"objects=slob freelist=random grouping=off pcp=64:16 memory=128M cpus=2 slub_max_order=0",
		);
		expect(policyOptions(policy)).to.deep.equal({
			design: "slob",
			config: { CONFIG_SLAB_FREELIST_RANDOM: true },
			grouping: false,
			pcp: { high: 64, batch: 16 },
			memory: 2 ** 27,
			cpus: 2,
			cmdline: "slub_max_order=0",
		});
	});

	it("change nothing where nothing is said", () => {
		for (const text of ["", "  ", "default"]) {
			expect(parsePolicy(text)).to.deep.equal(DEFAULT_POLICY);
			expect(policyOptions(parsePolicy(text))).to.deep.equal({});
		}
	});

	it("are shown as they were written", () => {
		expect(parsePolicy(" pcp=off   slab_nomerge ").text).to.equal(
			"pcp=off slab_nomerge",
		);
	});

	it("take the last of a word that is given twice", () => {
		expect(parsePolicy("cpus=2 cpus=4").cpus).to.equal(4);
		expect(parsePolicy("slab_nomerge slab_merge").commandLine).to.equal(
			"slab_nomerge slab_merge",
		);
	});

	it("keep quoted values of parameters together", () => {
		const text = 'slub_debug="F, dentry" grouping=off';
		expect(parsePolicy(text).commandLine).to.equal('slub_debug="F, dentry"');
	});

	it("refuse a word that nothing acts on, with the nearest that something does", () => {
		expect(sentence("objcts=slob")).to.equal(
			'Policy "objcts=slob": nothing in this machine acts on "objcts" (did you mean "objects"?).',
		);
		expect(sentence("slub_max_ordr=0")).to.include('"slub_max_order"');
		expect(sentence("iommu=off")).to.include("nothing in this machine acts on");
	});

	for (const [word, right] of [
		["objects=slb", 'takes slub, bonwick, slob or textbook (did you mean "sl'],
		["freelist=up", "takes random or ascending"],
		["grouping=maybe", "takes on or off"],
		["pcp=10", "takes off or HIGH:BATCH"],
		["pcp=16:16", "at least 4 times BATCH"],
		["memory=lots", "takes a size such as 64M"],
		["cpus=0", "takes a whole number from 1 to 64"],
		["cpus=", "takes a whole number from 1 to 64"],
		["mem=abc", "says: Malformed early option 'mem'"],
		["slub_max_order=-1", "is not an order from 0 to 10"],
	] as const)
		it(`refuse ${word}`, () => {
			expect(sentence(word)).to.include(right);
		});

	it("never fail but with a plain sentence", () => {
		fc.assert(
			fc.property(fc.string(), (text) => {
				try {
					parsePolicy(text);
				} catch (error) {
					expect((error as Error).constructor).to.equal(Error);
					expect((error as Error).message).to.match(/\.$/);
				}
			}),
		);
	});
});

describe("a machine under a policy", () => {
	const machine = {
		memory: "64M",
		cmdline: "quiet",
		config: { CONFIG_INIT_ON_ALLOC_DEFAULT_ON: true },
	};

	it("keeps what the policy does not speak of", () => {
		const policy = parsePolicy("freelist=random slab_nomerge");
		expect(withPolicy(machine, policy)).to.deep.equal({
			memory: "64M",
			cmdline: "quiet slab_nomerge",
			config: {
				CONFIG_INIT_ON_ALLOC_DEFAULT_ON: true,
				CONFIG_SLAB_FREELIST_RANDOM: true,
			},
		});
	});

	it("is a plain PC when it gets another size", () => {
		const { map } = boot({ memory: "32M" }).machine;
		const options = withPolicy(
			{ map, reserved: [] },
			parsePolicy("memory=16M"),
		);
		expect(options).not.to.have.any.keys("map", "reserved");
		expect(boot(options).memory.frameCount).to.equal(4096);
	});

	const under = (text: string) =>
		boot(withPolicy({ memory: "64M" }, parsePolicy(text)));

	it("keeps nothing on per-CPU lists with pcp=off", () => {
		const kernel = under("pcp=off");
		const pfns = Array.from({ length: 50 }, () => kernel.allocPages(0, 0));
		for (const pfn of pfns) kernel.freePages(pfn, 0);
		for (const { pcp } of kernel.mm.allocator.zones)
			expect(pcp.state(0)).to.deep.equal({ count: 0, high: 0, batch: 1 });
		expect(kernel.check()).to.deep.equal([]);
	});

	it("keeps what pcp=HIGH:BATCH says", () => {
		for (const { pcp } of under("pcp=400:40").mm.allocator.zones)
			expect(pcp.state(0)).to.include({ high: 400, batch: 40 });
	});

	it("says in the log that pages are not grouped", () => {
		const said = (text: string) =>
			under(text)
				.logLines()
				.join("\n")
				.match(/mobility grouping \w+/)?.[0];
		expect(said("grouping=off")).to.equal("mobility grouping off");
		expect(said("default")).to.equal("mobility grouping on");
	});

	it("has slabs of single pages with slub_max_order=0", () => {
		const orders = (text: string) =>
			under(text)
				.caches()
				.filter(({ objectSize }) => objectSize <= 1024)
				.map(({ geometry }) => geometry.order);
		expect(Math.max(...orders("slub_max_order=0"))).to.equal(0);
		expect(Math.max(...orders("default"))).to.be.at.least(1);
	});

	it("hands out the objects of a fresh slab in another order with freelist=random", () => {
		const first = (text: string) => {
			const cache = under(text).createCache({
				name: "things",
				size: 128,
				mayMerge: false,
			});
			return Array.from({ length: 8 }, () => cache.alloc(0));
		};
		const ascending = first("freelist=ascending");
		expect([...ascending].sort((a, b) => a - b)).to.deep.equal(ascending);
		expect(first("freelist=random")).not.to.deep.equal(ascending);
	});
});
