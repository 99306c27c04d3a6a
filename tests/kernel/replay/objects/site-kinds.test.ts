import { expect } from "chai";
import {
	SITE_CALLBACK,
	SITE_ENTRY,
	SITE_NODE_BACK,
	SITE_PLAIN,
	SITE_RCU_WORK,
	SITE_TREE_END,
	SiteKinds,
} from "../../../../kernel/replay/objects/site-kinds";
import { Names } from "../../../../kernel/replay/reading/names";

describe("kinds of call sites", () => {
	it("are told by the function", () => {
		const names = new Names();
		const kinds = new SiteKinds(names);
		const of = (text: string): number => kinds.of(names.add(text));
		expect(of("rcu_do_batch+0x19a")).to.equal(SITE_CALLBACK);
		expect(of("__d_free_external+0x19")).to.equal(SITE_CALLBACK);
		expect(of("kfree_rcu_work+0x20b")).to.equal(SITE_RCU_WORK);
		expect(of("getname_flags.part.0+0x2b")).to.equal(SITE_ENTRY);
		expect(of("mas_destroy+0x10a")).to.equal(SITE_NODE_BACK);
		expect(of("__mt_destroy+0x66")).to.equal(SITE_TREE_END);
		for (let n = 0; n < 200; n++) expect(of(`f${n}+0x1`)).to.equal(SITE_PLAIN);
		expect(of("rcu_do_batch+0x19a")).to.equal(SITE_CALLBACK);
		expect(kinds.of(-1)).to.equal(SITE_PLAIN);
	});
});
