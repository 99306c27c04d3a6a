import { expect } from "chai";
import {
	areContextRows,
	ContextTree,
} from "../../../kernel/trace/context-tree";

describe("the context tree of a trace", () => {
	it("knows names, parents and paths", () => {
		const tree = new ContextTree();
		tree.add([
			[1, 0, "boot"],
			[2, 1, "mm_init"],
		]);
		tree.add([[3, 2, "kmem_cache_init"]]);
		expect(tree.path(3)).to.deep.equal(["boot", "mm_init", "kmem_cache_init"]);
		expect(tree.name(2)).to.equal("mm_init");
		expect(tree.parent(2)).to.equal(1);
		expect(tree.nodes).to.deep.equal([1, 2, 3]);
	});

	it("has no name for what nobody named", () => {
		const tree = new ContextTree();
		expect(tree.name(7)).to.equal(null);
		expect(tree.parent(7)).to.equal(0);
		expect(tree.path(7)).to.deep.equal([]);
	});

	it("takes only nodes whose parents have smaller numbers (X1)", () => {
		expect(areContextRows([])).to.equal(true);
		expect(areContextRows([[1, 0, "boot"]])).to.equal(true);
		const wrong = [
			{},
			[1],
			[[1, 1, "a"]],
			[[0, 0, "a"]],
			[[2, -1, "a"]],
			[[65536, 0, "a"]],
			[[1, 0, 5]],
			[[1, 0]],
			[[1.5, 0, "a"]],
		];
		for (const rows of wrong) expect(areContextRows(rows)).to.equal(false);
	});
});
