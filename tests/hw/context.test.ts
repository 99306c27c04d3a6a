import { expect } from "chai";
import fc from "fast-check";
import { CallTree, CONTEXT_BYTES, CONTEXT_NODES } from "../../hw/context";

const ROOT = 0;
const NAME_LENGTH = 47; // characters that a node keeps

function create(): { tree: CallTree; buffer: ArrayBuffer } {
	const buffer = new ArrayBuffer(CONTEXT_BYTES);
	return { tree: new CallTree(buffer, 0), buffer };
}

/** The node at the end of a path, made where it is not there. */
const walk = (tree: CallTree, path: readonly string[]): number =>
	path.reduce((node, name) => tree.child(node, name), ROOT);

describe("the tree of calling contexts", () => {
	it("has a root without a name, and nothing else at power-on", () => {
		const { tree } = create();
		expect(tree.size).to.equal(1);
		expect(tree.name(ROOT)).to.equal("");
		expect(tree.path(ROOT)).to.deep.equal([]);
		expect(tree.parent(ROOT)).to.equal(ROOT);
	});

	it("knows the way to each node", () => {
		const { tree } = create();
		const path = ["boot", "mm_init", "kmem_cache_init"];
		const node = walk(tree, path);
		expect(tree.path(node)).to.deep.equal(path);
		expect(tree.name(node)).to.equal("kmem_cache_init");
		expect(tree.path(tree.parent(node))).to.deep.equal(path.slice(0, 2));
		expect(tree.size).to.equal(4);
	});

	it("X2: gives the same node for the same way", () => {
		const { tree } = create();
		const node = walk(tree, ["boot", "mm_init"]);
		expect(walk(tree, ["boot", "mm_init"])).to.equal(node);
		expect(walk(tree, ["run", "mm_init"])).not.to.equal(node);
		expect(tree.size).to.equal(5);
	});

	it("tells names apart of which one begins the other", () => {
		const { tree } = create();
		const names = ["kmalloc", "kmalloc_large", "kma", ""];
		const nodes = names.map((name) => tree.child(ROOT, name));
		expect(new Set(nodes).size).to.equal(4);
		expect(nodes.map((node) => tree.name(node))).to.deep.equal(names);
		expect(names.map((name) => tree.child(ROOT, name))).to.deep.equal(nodes);
	});

	it("cuts long names, and names that differ only after the cut are one", () => {
		const { tree } = create();
		const long = "x".repeat(NAME_LENGTH);
		const node = tree.child(ROOT, `${long}abc`);
		expect(tree.name(node)).to.equal(long);
		expect(tree.child(ROOT, `${long}def`)).to.equal(node);
		expect(tree.child(ROOT, long)).to.equal(node);
		expect(tree.child(ROOT, long.slice(1))).not.to.equal(node);
	});

	it("X2: finds names that are not ASCII again, with question marks", () => {
		const { tree } = create();
		const node = tree.child(ROOT, "caf\u00e9");
		expect(tree.name(node)).to.equal("caf?");
		expect(tree.child(ROOT, "caf\u00e9")).to.equal(node);
	});

	it("X3: answers with the asking node when it is full", () => {
		const { tree } = create();
		const boot = tree.child(ROOT, "boot");
		for (let i = 2; i < CONTEXT_NODES; i++) tree.child(boot, `call ${i}`);
		expect(tree.size).to.equal(CONTEXT_NODES);
		expect(tree.child(boot, "one more")).to.equal(boot);
		expect(tree.child(ROOT, "one more")).to.equal(ROOT);
		const last = tree.child(boot, `call ${CONTEXT_NODES - 1}`);
		expect(last).to.equal(CONTEXT_NODES - 1);
		expect(tree.size).to.equal(CONTEXT_NODES);
	});

	it("is in the buffer, so that another view goes on with it", () => {
		const { tree, buffer } = create();
		const node = walk(tree, ["boot", "mm_init"]);
		const other = new CallTree(buffer, 0);
		expect(other.path(node)).to.deep.equal(["boot", "mm_init"]);
		expect(walk(other, ["boot", "mm_init"])).to.equal(node);
		expect(walk(other, ["boot", "late"])).to.equal(3);
		expect(tree.size).to.equal(4);
	});

	it("stays within its bytes", () => {
		const buffer = new ArrayBuffer(CONTEXT_BYTES + 128);
		const bytes = new Uint8Array(buffer);
		bytes.fill(0xee, 0, 64);
		bytes.fill(0xee, CONTEXT_BYTES + 64);
		const tree = new CallTree(buffer, 64);
		for (let i = 0; i < 2 * CONTEXT_NODES; i++)
			tree.child(tree.size - 1, `${i} ${"y".repeat(60)}`);
		const around = [
			...bytes.subarray(0, 64),
			...bytes.subarray(CONTEXT_BYTES + 64),
		];
		expect(new Set(around)).to.deep.equal(new Set([0xee]));
	});

	it("agrees with a map of paths, and X1: parents come first", () => {
		const name = fc.constantFrom("a", "b", "ab", "ba", "");
		const paths = fc.array(fc.array(name, { maxLength: 4 }), { maxLength: 60 });
		fc.assert(
			fc.property(paths, (paths) => {
				const { tree } = create();
				const model = new Map<string, number>();
				for (const path of paths) {
					const node = walk(tree, path);
					const key = JSON.stringify(path);
					expect(model.get(key) ?? node).to.equal(node);
					model.set(key, node);
					expect(tree.path(node)).to.deep.equal(path);
					if (node !== ROOT) expect(tree.parent(node)).to.be.below(node);
				}
				expect(new Set(model.values()).size).to.equal(model.size);
			}),
		);
	});
});
