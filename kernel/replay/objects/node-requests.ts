// Node requests: how many nodes a change of a maple tree took, of which the trace shows the first only, and which of them stayed.
//
//   mas_alloc_nodes     h s0 s1 s2           h has an event; the others are taken at once, without
//   the tree takes               <--- s2     from the end: a change of one leaf takes one node, a split three
//   mas_destroy            s1                goes back at once, without an event
//                       h                    with the event of mas_destroy
//                          s0                with the next one, as it heads what is left
//
// Three nodes for each level of the tree and the head are taken before it is changed; for the copy of a tree, half as many
// leaves again as would be full, what is above them, and three. A head that does not come back has become the root over two
// halves of a leaf: from then on its tree has one level more. A request of which nothing comes back was for the head
// alone: the tree was empty. So is one that may not sleep: nothing was had beforehand, and the change needs one node.
//
// A request for which an area of memory was made, or within which areas are cut out, changes the number of areas: its tree takes a
// node, or one more. Any other one moves the border between an area and the gap beside it, which is written in place
// (mas_wr_slot_store), and all that it had goes back.
//
// Which request took a node that stays shows when it is freed. Each change replaces the node that the one before it put in
// its place, and callbacks run in the order of their calls: node-queue.ts has that order, and it is asked first. Of a tree
// of two levels it does not tell which leaf was replaced: that is one of the first request since it was free last that has
// none yet, among those that took nodes of its slab and whose trees were changed since. If there is none, it is of the next one
// behind the request of the node freed before it, which may have taken its last nodes there. The first change of a tree that is
// older than the trace replaces a node that is, too; the last node of a tree is that of its thread's last change. Halves of a
// leaf that live as long as their tree go with it, without events. Who a copy of a tree is for shows by the numbers of
// threads: they rise in the order in which threads are made, but for those that need no copy.
//
// ND1: requests have the same numbers in both passes. ND2: a request gives away at most what it took without head and s0.
// ND3: an address is taken at most once between two of its frees.
// [lib/maple_tree.c mas_alloc_nodes, mas_pop_node, mas_preallocate, mas_expected_entries, mas_wr_modify, mas_destroy, mt_destroy_walk]

import { asPhys } from "../../../hw/units";
import { PointerMap } from "../pointer-map";
import { GrowingNumbers } from "./growing";
import { NOBODY, NodeQueue } from "./node-queue";

const PRESENT = asPhys(8);
const NODES_OF_LEVEL = 3;
const SPLIT_NODES = 2; // beside the root
const LEAF_SLOTS = 14; // MAPLE_RANGE64_SLOTS - 2: some stay free
const INNER_SLOTS = 8; // MAPLE_ARANGE64_SLOTS - 2
const COPY_ROOM = 3; // to split a leaf and the root
const NONE = -1;
const NO_THREAD = -2;
const NOT_MET = -3; // the thread that a copy is for

/** What of an event tells of nodes. */
export interface NodeEvent {
	readonly pid: number;
	readonly cpu: number;
	readonly low: number;
	readonly high: number;
}

/** A request of a thread from which something may still come back. */
interface OpenRequest {
	readonly number: number;
	readonly low: number;
	readonly high: number;
	/** Areas of memory that were copied since. */
	copies: number;
	isHeadBack: boolean;
}

/** What a thread did. */
interface Changes {
	open: OpenRequest | null;
	/** Its last request that took more than a head. */
	last: number;
	/** All requests before this one that were for its tree are before its last change. */
	lastChange: number;
	/** The last of those within which another tree took a node, as when areas are cut out. */
	lastCut: number;
	/** The node of the other tree within that one. */
	cutOut: readonly [number, number];
	/** Its tree of two levels. */
	tall: TallTree | null;
	/** What took the node of its tree of one level, in the words of the queue. */
	current: number;
	/** Its tree has a node that is older than the trace. */
	isOlder: boolean;
}

/** A tree of two levels: its root, and the request that made it. */
interface TallTree {
	readonly low: number;
	readonly high: number;
	readonly request: number;
	readonly its: Changes;
}

/** All requests for nodes of a recording. */
export class NodeRequests {
	private readonly taken = new GrowingNumbers(); // by request: without the head
	private readonly times = new GrowingNumbers(); // by request
	private readonly cpus = new GrowingNumbers();
	private readonly headStays = new GrowingNumbers(); // 1: it became a root
	private readonly lasting = new GrowingNumbers(); // by request: nodes that go with their tree
	private readonly fits = new GrowingNumbers(); // 1: an area was made for it, or cut out by it
	private readonly fresh = new Set<number>(); // threads that made an area, and asked for no nodes since
	private readonly threads = new GrowingNumbers();
	private readonly before = new GrowingNumbers(); // by request: the one before it of its thread, plus 1
	private readonly lows: number[][] = []; // by request: nodes that stayed, as far as their frees show
	private readonly highs: number[][] = [];
	private readonly changes = new Map<number, Changes>(); // by thread
	private readonly tall = new Set<TallTree>();
	private readonly settled = new Set<number>(); // requests that made trees which are gone: nothing else came free of them
	private readonly lastFree = new PointerMap(); // tag: requests up to then
	private readonly queue = new NodeQueue();
	private readonly births = new GrowingNumbers(); // by life: the first request that may have taken nodes of it
	private readonly ofLife: number[][] = []; // requests that took nodes of a slab
	private readonly lastReplaced: number[] = []; // by CPU: the request of the node that a callback freed last
	private readonly lastOfCpu: number[] = []; // the last request, plus 1
	private firstPlayed = 0;
	private readonly newTrees: number[] = []; // requests for copies whose threads were not met yet
	private readonly children: number[] = []; // and what number each of these threads must have
	private lastChild = 0;
	private olderNodes = 0; // replaced, and not freed yet

	/** The replay starts here. */
	start(): void {
		this.firstPlayed = this.size;
	}

	get size(): number {
		return this.taken.length;
	}
	/** The first request of the replay. */
	get first(): number {
		return this.firstPlayed;
	}
	/** When it was made, as `request` was told. */
	when(request: number): number {
		return this.times.at(request);
	}
	/** The CPU that it was made on. */
	cpu(request: number): number {
		return this.cpus.at(request);
	}
	/** Nodes that were taken beside the head. */
	nodes(request: number): number {
		return request < this.size ? this.taken.at(request) : 0;
	}
	/** Whether the head became the root of a tree of two levels. */
	isRoot(request: number): boolean {
		return request < this.size && this.headStays.at(request) === 1;
	}
	/** Nodes that stay until their tree goes. */
	lastingNodes(request: number): number {
		return request < this.size ? this.lasting.at(request) : 0;
	}
	/** The nodes that come free later, with events, as low and high words in turn. */
	staying(request: number): number[] {
		const highs = this.highs[request] ?? [];
		return (this.lows[request] ?? []).flatMap((low, nth) => [
			low,
			highs[nth] as number,
		]);
	}

	/** A slab begins, for the request that goes on or the next one. */
	born(life: number): void {
		this.births.add(life, Math.max(0, this.size - 1));
	}

	/** A thread asks for nodes; the first of them lies in the slab `life`. */
	request(
		{ pid, cpu, low, high }: NodeEvent,
		life: number,
		when: number,
	): void {
		const its = this.of(pid);
		this.settleOpen(its);
		const number = this.size;
		this.taken.push(0);
		this.times.push(when);
		this.cpus.push(cpu);
		this.headStays.push(0);
		this.lasting.push(0);
		this.fits.push(this.fresh.delete(pid) ? 1 : 0);
		this.threads.push(pid);
		this.before.push(its.last + 1);
		its.open = { number, low, high, copies: 0, isHeadBack: false };
		const last = this.lastOfCpu[cpu] ?? 0;
		this.lastOfCpu[cpu] = number + 1;
		this.drewFrom(number, life);
		if (last > 0) this.drewFrom(last - 1, life); // whose last nodes may be of this slab already
	}

	/** Nothing came back from a request: its tree was empty. */
	private settleOpen(its: Changes): void {
		const { open } = its;
		if (open?.isHeadBack !== false) return;
		its.isOlder = false;
		its.current = this.queue.mark(open.low, open.high);
	}

	/** A thread puts a node in the place of the one that its tree has, or of one of its leaves. */
	private replace(its: Changes, cpu: number, by: number): void {
		this.queue.push(cpu, its.tall?.request ?? its.current);
		its.current = by;
	}

	/** A callback frees a node. */
	callback({ cpu, low, high }: NodeEvent): void {
		this.queue.freed(cpu, low, high);
	}

	/** A thread copies an area of memory. */
	copied(pid: number): void {
		const open = this.changes.get(pid)?.open;
		if (open) open.copies++;
		else this.fresh.add(pid);
	}

	/** A thread makes an area of memory. */
	made(pid: number): void {
		this.fresh.add(pid);
	}

	/** A thread takes one node, for another tree if it is changing its own. */
	single({ pid, cpu, low, high }: NodeEvent): void {
		const its = this.of(pid);
		this.fresh.delete(pid);
		if (its.open) {
			its.lastCut = its.open.number;
			its.cutOut = [low, high];
			this.fits.set(its.open.number, 1);
			return;
		}
		its.lastChange = this.size;
		this.replace(its, cpu, this.queue.mark(low, high));
	}

	/** A node comes back from a request of its thread; it is not the head when this returns the number of its request. */
	back({ pid, cpu, low, high }: NodeEvent, life: number): number {
		const its = this.changes.get(pid);
		const open = its?.open;
		if (!its || !open) return NONE;
		if (!open.isHeadBack && open.low === low && open.high === high) {
			open.isHeadBack = true;
			return NONE;
		}
		its.open = null;
		const { number } = open;
		const levels = its.tall === null ? 1 : 2;
		this.taken.set(number, nodesFor(levels, open.copies));
		this.drewFrom(number, life);
		if (!open.isHeadBack) this.split(its, open, cpu);
		if (open.copies > 0) {
			this.fits.set(number, 1);
			this.newTrees.push(number);
			this.children.push(++this.lastChild);
			this.threads.set(number, NOT_MET);
			return number;
		}
		its.last = number;
		its.lastChange = number;
		if (this.fits.at(number) === 1) this.replace(its, cpu, number);
		if (its.isOlder) {
			its.isOlder = false;
			this.olderNodes++;
		}
		return number;
	}

	/**
	 * A node was freed that nobody was seen to take; `isTree` when its tree went.
	 * @returns the request that took it, or -1
	 */
	freed(
		{ pid, cpu, low, high }: NodeEvent,
		life: number,
		isTree: boolean,
	): number {
		const born = life < this.births.length ? this.births.at(life) : 0;
		const wasFreed = this.lastFree.get(low, high) !== 0;
		if (born === 0 && !wasFreed && this.isOlderNode(pid, isTree)) return NONE;
		const since = Math.max(born, wasFreed ? this.lastFree.tag : 0);
		if (isTree) this.of(pid);
		const request = isTree
			? this.takerOfLast(since, life, pid)
			: this.takerOfReplaced(since, life, cpu);
		if (request === NONE) return NONE;
		if (!isTree) this.lastReplaced[cpu] = request;
		const lows = this.lows[request] ?? [];
		const highs = this.highs[request] ?? [];
		lows.push(low);
		highs.push(high);
		this.lows[request] = lows;
		this.highs[request] = highs;
		return request;
	}

	/** A node is freed that may be the root of a tree of two levels; `isTree` when all of the tree goes, else it lost a level. */
	rootGoes(low: number, high: number, isTree: boolean): void {
		for (const tree of this.tall) {
			if (tree.low !== low || tree.high !== high) continue;
			this.tall.delete(tree);
			const { its, request } = tree;
			if (its.tall === tree) its.tall = null;
			const end = isTree ? its.last : its.lastCut;
			for (let it = its.last; it > end && it > request; it = this.previous(it))
				this.taken.set(it, NODES_OF_LEVEL);
			this.settleHalves(request, end);
			this.settled.add(request);
			return;
		}
	}

	/** The last node of a tree of a thread goes: if that is not what was cut out, it is the thread's own. */
	treeGone({ pid, low, high }: NodeEvent): void {
		const its = this.changes.get(pid);
		if (!its || (its.cutOut[0] === low && its.cutOut[1] === high)) return;
		its.current = NOBODY;
	}

	/** A node was freed, in whatever way has an event. */
	noteFree(low: number, high: number): void {
		this.lastFree.set(low, high, PRESENT, this.size);
	}

	/** A head became the root of a tree. */
	private split(
		its: Changes,
		{ number, low, high }: OpenRequest,
		cpu: number,
	): void {
		this.replace(its, cpu, NOBODY);
		this.headStays.set(number, 1);
		this.lasting.set(number, SPLIT_NODES);
		its.tall = { low, high, request: number, its };
		this.tall.add(its.tall);
	}

	/** Which requests of a thread, up to the last one of a tree, took the halves that went with it. */
	private settleHalves(request: number, end: number): void {
		const replaced = Math.min(SPLIT_NODES, this.stayCount(request));
		this.lasting.set(request, SPLIT_NODES - replaced);
		let left = replaced; // in whose place later changes put others
		for (let it = end; it > request && left > 0; it = this.previous(it)) {
			if (!this.isUnused(it)) continue;
			this.lasting.set(it, 1);
			left--;
		}
	}

	private of(pid: number): Changes {
		const known = this.changes.get(pid);
		if (known) return known;
		const copy = this.copyFor(pid);
		const made: Changes = {
			...{ open: null, last: NONE, lastCut: NONE, tall: null },
			...{ current: copy ?? NOBODY, cutOut: [0, 0] as const },
			...{ lastChange: NONE, isOlder: copy === undefined },
		};
		if (copy !== undefined) this.threads.set(copy, pid);
		this.changes.set(pid, made);
		return made;
	}

	/** The copy that a thread which is met was made from: threads get their numbers in the order in which they are made. */
	private copyFor(pid: number): number | undefined {
		const { children, newTrees } = this;
		this.lastChild = Math.max(this.lastChild, pid);
		let at = 0;
		while (at + 1 < children.length && (children[at + 1] as number) <= pid)
			at++;
		children.splice(at, 1);
		return newTrees.splice(at, 1)[0];
	}

	private drewFrom(request: number, life: number): void {
		const list = this.ofLife[life] ?? [];
		if (list.length === 0) this.ofLife[life] = list;
		if (list.at(-1) !== request) list.push(request);
	}

	/** The request that took the last node of a thread's tree. */
	private takerOfLast(since: number, life: number, pid: number): number {
		const { current, last } = this.of(pid);
		const request = current === NOBODY ? last : current;
		if (this.mayBeOf(request, since)) return request;
		const likely = this.takerOf(since, life, pid);
		return likely === NONE ? this.nextUnused(since) : likely;
	}

	/** The request that took a node which a callback frees. */
	private takerOfReplaced(since: number, life: number, cpu: number): number {
		const { queue } = this;
		const may = (it: number): boolean => this.mayBeOf(it, since);
		let found = queue.next(cpu, may); // its last nodes may be of a slab that is not known of it
		if (found === NONE) found = this.takerOf(since, life, NO_THREAD);
		if (found !== NONE) return found;
		return this.nextUnused(Math.max(since, this.lastReplaced[cpu] ?? 0));
	}

	/** Whether a request may have taken a node that was free until the request `since`. */
	private mayBeOf(request: number, since: number): boolean {
		if (request < since || request >= this.size) return false;
		return (
			this.isUnused(request) || (this.isRoot(request) && this.room(request) > 0)
		);
	}

	/** The request that took a node of a slab that was free until the request `since`; -1 for none. */
	private takerOf(since: number, life: number, owner: number): number {
		const those = this.ofLife[life] ?? [];
		const isFit = (it: number): boolean =>
			owner !== NO_THREAD || this.isReplaced(it);
		let first = NONE;
		let second = NONE; // which one node has stayed from already
		for (let at = those.length - 1; at >= 0; at--) {
			const it = those[at] as number;
			if (it < since) break;
			if (this.isUnused(it) && this.threads.at(it) === owner) return it;
			if (this.room(it) <= 0 || !isFit(it)) continue;
			if (this.isUnused(it)) first = it;
			else if (second === NONE) second = it;
		}
		return first === NONE ? second : first;
	}

	/** Whether the tree that a request was for was changed since, as far as its thread is known. */
	private isReplaced(request: number): boolean {
		const its = this.changes.get(this.threads.at(request));
		return its === undefined || request < its.lastChange;
	}

	/** Whether a node that was not free since the trace began is that of a tree which is older, too. */
	private isOlderNode(pid: number, isTree: boolean): boolean {
		const its = isTree ? this.changes.get(pid) : undefined;
		if (its?.isOlder) {
			its.isOlder = false;
			return true;
		}
		if (isTree || this.olderNodes === 0) return false;
		this.olderNodes--;
		return true;
	}

	/** The first request since another from which no node has stayed yet. */
	private nextUnused(since: number): number {
		for (let it = since; it < this.size; it++) if (this.isUnused(it)) return it;
		return NONE;
	}

	/** How many nodes a request may still have given away (ND2). */
	private room(request: number): number {
		const kept = this.settled.has(request) ? this.lasting.at(request) : 0;
		return this.taken.at(request) - 1 - this.stayCount(request) - kept;
	}

	/** Whether a request may have given a node away, and is not known to have. */
	private isUnused(request: number): boolean {
		return (
			this.fits.at(request) === 1 &&
			this.stayCount(request) === 0 &&
			this.room(request) > 0
		);
	}

	private stayCount(request: number): number {
		return this.lows[request]?.length ?? 0;
	}

	private previous(request: number): number {
		return this.before.at(request) - 1;
	}
}

/** Nodes that are taken beside the head. */
function nodesFor(levels: number, copies: number): number {
	if (copies === 0) return NODES_OF_LEVEL * levels;
	const leaves = Math.ceil((2 * copies + 1) / LEAF_SLOTS);
	return leaves + Math.ceil(leaves / INNER_SLOTS) + COPY_ROOM - 1;
}
