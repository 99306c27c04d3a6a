import { expect } from "chai";
import { asPhys, type PhysAddr } from "../../../../hw/units";
import { NodeRequests } from "../../../../kernel/replay/objects/node-requests";
import { TreeNodes } from "../../../../kernel/replay/objects/tree-nodes";

const SLAB = 1;

/** Trees that are played as requests tell; nodes here are 1, 2, 3 and so on. */
function world(requests: NodeRequests, most = 99) {
	const standing = new Map<number, number>();
	const given: number[][] = [];
	let made = 0;
	const trees = new TreeNodes(requests, {
		take: () => asPhys(made < most ? ++made : 0),
		stand: (low, _high, node: PhysAddr) => {
			if (standing.has(low)) return false;
			standing.set(low, node);
			return true;
		},
		giveBack: (nodes) => given.push([...nodes]),
	});
	return { trees, standing, given };
}

const node = (low: number) => ({ pid: 1, cpu: 0, low, high: 0 });

function twoChanges(): NodeRequests {
	const requests = new NodeRequests();
	requests.request(node(1), SLAB, 1); // of an empty tree
	for (const low of [8, 16]) {
		requests.request(node(low), SLAB, 1);
		requests.back(node(low), SLAB);
		requests.back(node(24), SLAB);
	}
	requests.freed(node(40), SLAB, false);
	return requests;
}

describe("nodes of trees", () => {
	it("are taken with the head; one stays, the others go back together, the first last", () => {
		const { trees, standing, given } = world(twoChanges());
		trees.follow(1, 1, 0); // takes none
		trees.follow(1, 8, 0);
		expect([...standing]).to.deep.equal([[40, 3]]);
		expect(trees.back(1, 8, 0)).to.equal(false); // the head stands for its own pointer
		expect(given).to.deep.equal([[2]]);
		expect(trees.back(1, 24, 0)).to.equal(true);
		expect(given).to.deep.equal([[2], [1]]);
		expect(trees.back(1, 24, 0)).to.equal(false); // nothing is left
	});

	it("do not stand for a pointer that another node stands for", () => {
		const { trees, standing, given } = world(twoChanges());
		standing.set(40, 77);
		trees.follow(1, 1, 0);
		trees.follow(1, 8, 0);
		trees.back(1, 8, 0);
		expect(given).to.deep.equal([[2, 3]]);
	});

	it("are fewer where memory is short", () => {
		const { trees, given } = world(twoChanges(), 1);
		trees.follow(1, 1, 0);
		trees.follow(1, 8, 0);
		expect(trees.back(1, 8, 0)).to.equal(false);
		expect(trees.back(1, 24, 0)).to.equal(true);
		expect(given).to.deep.equal([[1]]);
	});

	it("that are halves of a leaf go with their root", () => {
		const requests = new NodeRequests();
		requests.request(node(8), SLAB, 1);
		requests.back(node(24), SLAB); // the head stays: it is a root
		requests.rootGoes(8, 0, true);
		const { trees, given } = world(requests);
		trees.follow(1, 8, 0);
		expect(trees.back(1, 24, 0)).to.equal(true);
		trees.rootGoes(16, 0);
		expect(given).to.deep.equal([[1]]);
		trees.rootGoes(8, 0);
		expect(given).to.deep.equal([[1], [3, 2]]);
	});
});
