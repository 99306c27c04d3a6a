// Tree nodes: what the requests for nodes of maple trees have taken here, until it goes.
//
//   request   h s0 s1 s2 ...    h stands for a recorded pointer at once, and those that stay for theirs, from the end
//   back      all between s0 and those that stay together, then h, then s0: each event of mas_destroy frees its own
//   tree      halves of a leaf that last go with its root
//
// node-requests.ts has found out how many each request takes, and which stay.
//
// TN1: a node is held by an open request, by a tree, or stands for a pointer.

import type { PhysAddr } from "../../../hw/units";
import type { NodeRequests } from "./node-requests";

/** What comes back from a request. */
interface OpenRequest {
	readonly low: number;
	readonly high: number;
	/** In the order in which they were taken; the first of them goes last. */
	readonly spare: PhysAddr[];
}

interface Tree {
	readonly low: number;
	readonly high: number;
	readonly halves: PhysAddr[];
}

/** How nodes are had here. */
export interface NodeSource {
	/** Another node, without an event; NULL when there is none. */
	take(): PhysAddr;
	/** From now on a node stands for a recorded pointer; false when another one does. */
	stand(low: number, high: number, node: PhysAddr): boolean;
	/** Gives nodes back at once. */
	giveBack(nodes: readonly PhysAddr[]): void;
}

/** The nodes that no pointer stands for. */
export class TreeNodes {
	private readonly open = new Map<number, OpenRequest>(); // by thread
	private readonly trees = new Map<number, Tree>(); // by thread: of more than one level
	private request = 0;

	constructor(
		private readonly requests: NodeRequests,
		private readonly source: NodeSource,
	) {
		this.request = requests.first;
	}

	/** A thread has the head of its next request: takes the others. */
	follow(pid: number, low: number, high: number): void {
		const { requests, source } = this;
		const request = this.request++;
		const spare: PhysAddr[] = [];
		for (let left = requests.nodes(request); left > 0; left--) {
			const node = source.take();
			if (node !== 0) spare.push(node);
		}
		const staying = requests.staying(request);
		for (let at = 0; at < staying.length && spare.length > 1; at += 2) {
			const node = spare.at(-1) as PhysAddr;
			if (source.stand(staying[at] as number, staying[at + 1] as number, node))
				spare.pop();
		}
		const isRoot = requests.isRoot(request);
		const halves = isRoot ? [] : this.trees.get(pid)?.halves;
		let lasting = requests.lastingNodes(request);
		for (; halves && lasting > 0 && spare.length > 1; lasting--)
			halves.push(spare.pop() as PhysAddr);
		if (isRoot && halves) this.trees.set(pid, { low, high, halves });
		if (spare.length > 0) this.open.set(pid, { low, high, spare });
		else this.open.delete(pid);
	}

	/**
	 * A node comes back to its thread's request.
	 * @returns true when that was one that no pointer stood for, which is given back
	 */
	back(pid: number, low: number, high: number): boolean {
		const open = this.open.get(pid);
		if (open === undefined) return false;
		const { spare } = open;
		const isHead = open.low === low && open.high === high;
		if (spare.length > 1) this.source.giveBack(spare.splice(1));
		if (isHead) return false;
		this.open.delete(pid);
		this.source.giveBack(spare);
		return true;
	}

	/** A node is freed that may be the root of a tree: what the tree held goes first. */
	rootGoes(low: number, high: number): void {
		for (const [pid, tree] of this.trees) {
			if (tree.low !== low || tree.high !== high) continue;
			this.trees.delete(pid);
			this.source.giveBack(tree.halves);
			return;
		}
	}
}
