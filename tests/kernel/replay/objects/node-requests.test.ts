import { expect } from "chai";
import { NodeRequests } from "../../../../kernel/replay/objects/node-requests";

const SLAB = 1; // a life
const OTHER_SLAB = 2;

/** What a thread does, in the words of the kernel; nodes are numbers. */
class Story {
	readonly requests = new NodeRequests();

	node = (low: number, pid = 1) => ({ pid, cpu: 0, low, high: 0 });

	ask(low: number, pid = 1, life = SLAB): this {
		this.requests.request(this.node(low, pid), life, 7);
		return this;
	}
	/** Threads make areas, for which nodes are asked next. */
	area(pid = 1): this {
		this.requests.made(pid);
		return this;
	}
	back(...lows: number[]): this {
		for (const low of lows) {
			this.requests.back(this.node(low), SLAB);
			this.requests.noteFree(low, 0);
		}
		return this;
	}
	/** A request after which the head and the first node come back. */
	change(low: number, first: number): this {
		return this.area().ask(low).back(low, first);
	}
	/** A callback frees a node, or a thread that of its tree. */
	free(low: number, isTree = false, life = SLAB): number {
		const taken = this.requests.freed(this.node(low), life, isTree);
		this.requests.noteFree(low, 0);
		return taken;
	}
}

describe("requests for nodes of trees", () => {
	it("take three nodes for a level beside the head, and none for an empty tree", () => {
		const { requests } = new Story().ask(8).ask(8).back(8, 16);
		expect([requests.nodes(0), requests.nodes(1)]).to.deep.equal([0, 3]);
		expect(requests.nodes(2)).to.equal(0); // there is no such request
	});

	it("take what a copy of so many areas may need", () => {
		const story = new Story().ask(8);
		for (let area = 0; area < 10; area++) story.requests.copied(1);
		story.requests.copied(2); // asked for nothing
		story.back(8, 16);
		expect(story.requests.nodes(0)).to.equal(5); // two leaves, one above, three for splits; one is the head
	});

	it("take three more once a head became a root, until the tree goes", () => {
		const story = new Story().ask(8).back(16); // the head stays
		expect(story.requests.isRoot(0)).to.equal(true);
		expect(story.requests.lastingNodes(0)).to.equal(2);
		story.change(24, 32);
		story.requests.rootGoes(8, 0, true);
		story.change(24, 32);
		expect([1, 2].map((it) => story.requests.nodes(it))).to.deep.equal([6, 3]);
	});

	it("knows later that a tree had lost a level when areas were cut out of it", () => {
		const story = new Story().ask(8).back(16).ask(24);
		story.requests.single(story.node(48)); // the tree of what is cut out
		story.back(24, 32).change(24, 32);
		story.requests.rootGoes(8, 0, false);
		expect([1, 2].map((it) => story.requests.nodes(it))).to.deep.equal([6, 3]);
	});

	it("gave nodes away in the order in which they come free, once their tree was changed (ND3)", () => {
		const story = new Story().ask(1).change(8, 16);
		story.change(16, 8).change(8, 16);
		expect(story.free(40)).to.equal(1);
		expect(story.free(48)).to.equal(2);
		expect(story.requests.staying(1)).to.deep.equal([40, 0]);
		story.change(16, 8);
		expect(story.free(40)).to.equal(4); // it was free until then
		expect(story.free(56, true)).to.equal(3); // the last of its thread that is left
	});

	it("gave a second node away rather than one of another slab (ND2)", () => {
		const story = new Story().ask(1).change(8, 16).change(16, 8);
		expect(story.free(40)).to.equal(1);
		expect(story.free(48)).to.equal(1);
		expect(story.free(56)).to.equal(2); // more than two are not to be had
	});

	it("may have taken the last nodes of a request from another slab, but not before it began", () => {
		const story = new Story().ask(1).change(8, 16).change(16, 8);
		story.requests.born(OTHER_SLAB);
		expect(story.free(40, false, OTHER_SLAB)).to.equal(2);
		expect(story.free(48, false, OTHER_SLAB)).to.equal(-1);
	});

	it("take no node that is older than the trace", () => {
		const story = new Story().change(8, 16).change(8, 16);
		expect(story.free(40)).to.equal(-1); // the first change replaced it
		expect(story.free(48)).to.equal(0);
		const quiet = new Story().ask(8);
		expect(quiet.free(40, true)).to.equal(-1);
	});

	it("tell how many there were before the start", () => {
		const story = new Story().change(8, 16);
		story.requests.start();
		expect(story.change(8, 16).requests.first).to.equal(1);
	});

	it("for a copy give their nodes to the thread that it is for", () => {
		const story = new Story().ask(1).ask(8);
		story.requests.copied(1);
		story.back(8, 16);
		const child = story.node(40, 2);
		expect(story.requests.freed(child, SLAB, true)).to.equal(1);
	});

	it("give nothing away when an area only moves its border", () => {
		const story = new Story().ask(1).ask(8).back(8, 16);
		expect(story.free(40)).to.equal(-1);
		story.change(16, 8).change(8, 16);
		expect(story.free(40)).to.equal(2);
		expect(story.requests.when(2)).to.equal(7);
	});

	it("give away when an area is split, or cut out", () => {
		const story = new Story().ask(1).back();
		story.requests.copied(2); // it has no request open: a split
		story.ask(8, 2);
		story.requests.back(story.node(8, 2), SLAB);
		story.requests.back(story.node(16, 2), SLAB);
		expect(story.free(40)).to.equal(-1); // older than the trace
		expect(story.requests.freed(story.node(48, 2), SLAB, true)).to.equal(1);
	});

	it("come free in the order in which they were replaced, behind those that were seen to be taken", () => {
		const story = new Story().ask(1).change(8, 16);
		story.requests.single(story.node(56));
		story.change(16, 8).change(8, 16);
		story.requests.callback(story.node(56)); // so the first change has none left
		expect(story.free(40)).to.equal(2);
	});

	it("of trees that are copied for several threads know whose they are by the numbers of these", () => {
		const story = new Story();
		story.requests.made(4);
		story.ask(1, 4);
		for (const low of [8, 24]) {
			story.ask(low);
			story.requests.copied(1);
			story.back(low, low + 8);
		}
		const last = (pid: number) =>
			story.requests.freed(story.node(40, pid), SLAB, true);
		expect([last(6), last(5)]).to.deep.equal([2, 1]);
	});

	it("know the last node of a tree, and that of what was cut out for none", () => {
		const story = new Story().ask(1).change(8, 16).area().ask(16);
		story.requests.single(story.node(48));
		story.back(16, 8);
		story.requests.treeGone(story.node(48));
		expect(story.free(40, true)).to.equal(2);
	});
});
