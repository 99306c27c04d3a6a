// Calling contexts: who is working, as a node of an interned tree (boot > mm_init > kmem_cache_init ...).
//
//   node 0 is the root; a node is 16 words:
//   word    0        1        2       3       4 .. 15
//       +--------+-------+---------+--------+----------------------------------+
//       | parent | child | sibling | unused | name, ASCII, zero-terminated (48) |
//       +--------+-------+---------+--------+----------------------------------+
//
// The CPU keeps the node it is in; entering and leaving is one integer store there, and every event carries it. That gives
// statistics by call site and flame graphs without walking a stack.
//
// X1: a node's parent has a smaller number. X2: no two children of a node have the same name.
// X3: a full tree answers with the node it was asked from, so that contexts only get coarser.

import { asciiAt } from "./units";

const HEADER_BYTES = 64; // in front of the nodes: one word counts them, the root left out
const NODE_WORDS = 16;
const PARENT = 0;
const CHILD = 1;
const SIBLING = 2;
const NAME_BYTE = 16; // byte offset of the name in a node
const NAME_BYTES = 48;

/** Nodes that the tree holds. */
export const CONTEXT_NODES = 4096;
/** Bytes of the tree in the machine area. */
export const CONTEXT_BYTES = HEADER_BYTES + CONTEXT_NODES * NODE_WORDS * 4;

/** The tree of calling contexts of one machine. */
export class CallTree {
	private readonly count: Int32Array;
	private readonly nodes: Int32Array;
	private readonly bytes: Uint8Array;

	constructor(buffer: ArrayBufferLike, byteOffset: number) {
		this.count = new Int32Array(buffer, byteOffset, 1);
		const start = byteOffset + HEADER_BYTES;
		this.nodes = new Int32Array(buffer, start, CONTEXT_NODES * NODE_WORDS);
		this.bytes = new Uint8Array(buffer, start, CONTEXT_NODES * NODE_WORDS * 4);
	}

	/** Nodes in use, the root included. */
	get size(): number {
		return (this.count[0] as number) + 1;
	}

	/** The child of `parent` called `name`, made if there is none. */
	child(parent: number, name: string): number {
		let node = this.nodes[parent * NODE_WORDS + CHILD] as number;
		while (node !== 0 && !this.isNamed(node, name))
			node = this.nodes[node * NODE_WORDS + SIBLING] as number;
		return node === 0 ? this.add(parent, name) : node;
	}

	parent(node: number): number {
		return this.nodes[node * NODE_WORDS + PARENT] as number;
	}

	name(node: number): string {
		const start = node * NODE_WORDS * 4 + NAME_BYTE;
		let text = "";
		for (let i = start; this.bytes[i] !== 0; i++)
			text += String.fromCharCode(this.bytes[i] as number);
		return text;
	}

	/** Names from the outermost context to `node`. */
	path(node: number): string[] {
		const names: string[] = [];
		for (let at = node; at !== 0; at = this.parent(at))
			names.unshift(this.name(at));
		return names;
	}

	private isNamed(node: number, name: string): boolean {
		const start = node * NODE_WORDS * 4 + NAME_BYTE;
		const length = Math.min(name.length, NAME_BYTES - 1);
		for (let i = 0; i < length; i++)
			if (this.bytes[start + i] !== asciiAt(name, i)) return false;
		return this.bytes[start + length] === 0;
	}

	private add(parent: number, name: string): number {
		const node = (this.count[0] as number) + 1;
		if (node >= CONTEXT_NODES) return parent; // X3
		this.count[0] = node;
		const at = node * NODE_WORDS;
		this.nodes[at + PARENT] = parent;
		this.nodes[at + SIBLING] = this.nodes[
			parent * NODE_WORDS + CHILD
		] as number;
		this.nodes[parent * NODE_WORDS + CHILD] = node;
		const length = Math.min(name.length, NAME_BYTES - 1);
		for (let i = 0; i < length; i++)
			this.bytes[at * 4 + NAME_BYTE + i] = asciiAt(name, i);
		return node;
	}
}
