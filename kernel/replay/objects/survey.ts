// The survey: a first pass over a recording, before anything is replayed.
//
//   events --> SlabLives   blocks that were slabs, their caches
//          --> ObjectLog   addresses, free or in use at the start
//          --> Attribution callers and the names under which their objects are freed
//          --> nodes       requests for many nodes at once, as their frees show them
//          --> overtaken   requests that interrupts overtook
//          --> names       long names that a rename replaced
//          --> proofs      how soon addresses that kfree_rcu had were given out again, or their pages went
//          --> shrinks     writes of a program that shrinks all caches
//                |
//                '--> start.ts makes the slabs of the start, player.ts plays, score: `answers`
//
// The start is a mark in the trace: from there on a second pass replays. What a first pass knows of later events is used
// for five things: the state of the start, the names of caches, when overtaken requests were made, the nodes that are taken at
// once, and what kfree_rcu freed unseen. Pages of slabs are what a replay is compared with. They tell two things only: which free
// slots cannot have been there at the start (start-slabs.ts), and that a batch of kfree_rcu was freed (grace-proofs.ts).
//
// SU1: both passes read the same file, so the numbers of names mean the same. SU2: after `finish` nothing changes.

import { asPhys } from "../../../hw/units";
import { KMALLOC_CACHE_BYTES_MAX } from "../../../mm/slab-geometry";
import { PointerMap } from "../pointer-map";
import {
	CACHE_ALLOC,
	CACHE_FREE,
	KFREE,
	KMALLOC,
	type KmemEvent,
	MARK,
	PAGE_ALLOC,
	PAGE_FREE,
} from "../reading/event";
import type { FrameBlocks } from "../snapshot/kpageflags";
import { Answers } from "./answers";
import type { Attribution, NameTexts } from "./attribution";
import { NO_CACHE } from "./cache-list";
import { CallerKinds } from "./caller-kinds";
import { DirectMap } from "./direct-map";
import { GraceProofs } from "./grace-proofs";
import { NodeRequests } from "./node-requests";
import { ObjectLog } from "./object-log";
import { Overtaken } from "./overtaken";
import { PutAside } from "./put-aside";
import { ReplacedNames } from "./replaced-names";
import { ShrinkWatch } from "./shrink-watch";
import {
	SITE_CALLBACK,
	SITE_NODE_BACK,
	SITE_TREE_END,
	SiteKinds,
} from "./site-kinds";
import { NEVER, NO_CALLER, NO_LIFE, SlabLives } from "./slab-lives";
import { SlabUses } from "./slab-uses";
import {
	AREA,
	AREA_COPY,
	BULK,
	BULK_CACHE,
	DRIVER_CACHE,
	ENTRY,
	isNodeRequest,
	LONG_NAME,
	SYSFS_WRITE,
} from "./special-callers";

const NONE = -1;
const LARGE = asPhys(8); // stands for a block of whole pages

/** What the survey needs to know beforehand. */
export interface SurveyFacts {
	/** The mark at which the replay starts; null to start with the first event. */
	readonly startMark: string | null;
	/** Slabs of the snapshot of the start, as its frame flags tell. */
	readonly blocks: FrameBlocks | null;
	/** The address behind the last byte of RAM. */
	readonly ramEnd: number;
}

/** What a first pass finds out. */
export class Survey {
	readonly lives: SlabLives;
	readonly directMap: DirectMap;
	readonly log: ObjectLog;
	readonly nodes = new NodeRequests();
	readonly names = new ReplacedNames();
	readonly proofs: GraceProofs;
	private readonly aside = new PutAside();
	readonly shrinks = new ShrinkWatch();
	readonly overtaken = new Overtaken();
	/** Texts of the marks; the number of a mark is the epoch that it ends. */
	readonly marks: string[] = [];
	/** Epoch of the start: the first whose events are replayed; NEVER until its mark was met. */
	startEpoch = NEVER;
	/** By life: the first object that was taken of it since the start. */
	readonly first = new SlabUses();
	/** By life: the last object that was taken of it before the start. */
	readonly last = new SlabUses();
	private events = 0;
	private readonly large = new PointerMap();
	private readonly kinds: CallerKinds;
	private readonly sites: SiteKinds;
	private blockOf: number[] = []; // by CPU: the block that it took for a slab, and took no object from yet
	private readonly freePids: number[] = []; // by CPU: the thread that freed an object last and took none since
	private readonly bulkCache: number;
	private readonly driverCache: number;

	constructor(
		names: NameTexts,
		readonly attribution: Attribution,
		private readonly facts: SurveyFacts,
	) {
		this.kinds = new CallerKinds(names);
		this.sites = new SiteKinds(names);
		this.directMap = new DirectMap(facts.ramEnd);
		this.proofs = new GraceProofs(this.directMap);
		this.lives = new SlabLives(Math.ceil(facts.ramEnd / 4096), facts.blocks);
		this.log = new ObjectLog((life) => this.isOld(life));
		this.bulkCache = attribution.caches.number(BULK_CACHE);
		this.driverCache = attribution.caches.number(DRIVER_CACHE);
		if (facts.startMark === null) this.start();
	}

	/** Takes the next event of the recording. */
	event(event: KmemEvent): void {
		this.events++;
		const { kind } = event;
		if (kind === KMALLOC || kind === CACHE_ALLOC) this.allocate(event);
		else if (kind === KFREE || kind === CACHE_FREE) this.free(event);
		else if (kind === PAGE_ALLOC) this.allocatePages(event);
		else if (kind === PAGE_FREE) this.freePages(event);
		else if (kind === MARK) this.mark(event.text, event.pid);
	}

	/** A mark; for recorders without marks also called by whoever knows when the next one is due. */
	mark(text: string, pid: number = NONE): void {
		this.marks.push(text);
		this.lives.epoch++;
		this.shrinks.mark(text, pid);
		if (text === this.facts.startMark && this.startEpoch === NEVER)
			this.start();
	}

	/** The recording is at its end. */
	finish(): void {
		const { lives, attribution } = this;
		this.log.finish();
		for (let life = 1; life < lives.size; life++)
			if (lives.cache(life) !== NO_CACHE && lives.caller(life) !== NO_CALLER)
				attribution.suppose(lives.caller(life), lives.cache(life));
		for (let life = 1; life < lives.size; life++)
			if (lives.cache(life) === NO_CACHE && lives.caller(life) !== NO_CALLER)
				lives.suppose(life, attribution.ofCaller(lives.caller(life)));
	}

	/** Whether a slab existed at the start. */
	isOld(life: number): boolean {
		return (
			life !== NO_LIFE &&
			this.startEpoch !== NEVER &&
			this.lives.isAliveAt(life, this.startEpoch)
		);
	}

	/** Whether objects of a cache are also taken unseen, many at a time. */
	takesUnseen(cache: number): boolean {
		return cache === this.bulkCache || cache === this.driverCache;
	}

	/** Slabs that were made and given back, by cache and order, between two marks; without `to`, up to the end. */
	answers(from?: string, to?: string): Answers {
		return this.answersBetween(
			from === undefined ? this.startEpoch : this.epochOf(from),
			to === undefined ? this.lives.epoch + 1 : this.epochOf(to),
		);
	}

	/** The same from one epoch up to another, not included. */
	answersBetween(from: number, to: number): Answers {
		return new Answers(this.lives, from, to);
	}

	/** The epoch that begins with a mark; NEVER when there is no such mark. */
	epochOf(mark: string): number {
		const at = this.marks.indexOf(mark);
		return at < 0 ? NEVER : at + 1;
	}

	private start(): void {
		this.startEpoch = this.lives.epoch;
		this.log.start();
		this.nodes.start();
		this.names.start();
	}

	private allocatePages(event: KmemEvent): void {
		const { pfn, order, gfp, cpu } = event;
		if (!this.lives.allocate(pfn, order, gfp)) return;
		this.nodes.born(this.lives.size - 1);
		if (cpu >= 0) this.blockOf[cpu] = pfn;
	}

	/** Pages go; whoever does not record interrupts is taken for a thread. */
	private freePages({ cpu, pid, pfn, order, interrupt }: KmemEvent): void {
		const isInBulk = interrupt <= 0 && this.freePids[cpu] !== pid;
		if (isInBulk && !this.shrinks.isOpen) this.proofs.pagesGo(pfn, order);
		this.lives.free(pfn, order);
	}

	private allocate(event: KmemEvent): void {
		const { low, high, kind } = event;
		if ((low | high) === 0) return;
		if (kind === KMALLOC && event.bytesRequested > KMALLOC_CACHE_BYTES_MAX) {
			this.large.set(low, high, LARGE, 0);
			return;
		}
		this.voteFor(event);
		this.freePids[event.cpu] = NONE;
		const { lives, attribution } = this;
		const caller = attribution.caller(event);
		const life = this.lifeAt(low, high);
		this.log.allocate(low, high, life, caller);
		this.names.reuse(low, high);
		this.proofs.reuse(low, high);
		this.noteKind(event, caller, life);
		this.overtaken.event(
			event,
			this.events - 1,
			life,
			this.cacheAt(life, caller),
		);
		if (life === NO_LIFE) return;
		this.noteUse(life, event.cpu);
		if (lives.caller(life) === NO_CALLER && kind === CACHE_ALLOC)
			lives.setCaller(life, caller);
		if (kind === KMALLOC || event.cache >= 0)
			this.tellCache(life, attribution.ofAllocation(event, caller));
		else if (lives.cache(life) !== NO_CACHE)
			attribution.suppose(caller, lives.cache(life));
	}

	private free(event: KmemEvent): void {
		const { low, high } = event;
		if ((low | high) === 0) return;
		if (event.interrupt <= 0) this.freePids[event.cpu] = event.pid;
		if (event.kind === KFREE && this.large.take(low, high) !== 0) return;
		const { log, lives, attribution } = this;
		const life = this.lifeAt(low, high);
		this.overtaken.event(event, this.events - 1, life, NO_CACHE);
		if (this.aside.release(low, high))
			this.proofs.add(this.aside.low, this.aside.high);
		this.proofs.forget(low, high);
		log.free(low, high, life);
		this.names.free(low, high);
		const named = attribution.named(event.cache);
		if (named !== NO_CACHE) {
			if (log.wasLive && !this.kinds.isKmalloc(log.caller))
				attribution.learn(log.caller, named, low, high);
			if (life !== NO_LIFE) this.tellCache(life, named);
		}
		if (life !== NO_LIFE && lives.cache(life) === this.bulkCache)
			this.freeNode(event, life);
	}

	/** A node of a tree was freed: if nobody was seen to take it, a request took it unseen. */
	private freeNode(event: KmemEvent, life: number): void {
		const { nodes, log } = this;
		const { low, high } = event;
		const kind = this.sites.of(event.site);
		const { wasLive } = log;
		let request = NONE;
		if (kind === SITE_CALLBACK) nodes.callback(event);
		if (kind === SITE_NODE_BACK) request = nodes.back(event, life);
		if (request === NONE && !wasLive)
			request = nodes.freed(event, life, kind === SITE_TREE_END);
		if (kind !== SITE_NODE_BACK)
			nodes.rootGoes(low, high, kind === SITE_TREE_END);
		const isSince = request >= nodes.first && this.startEpoch !== NEVER;
		if (!wasLive && isSince) this.takenUnseen(event, life, request);
		nodes.noteFree(low, high);
		if (kind === SITE_TREE_END) nodes.treeGone(event);
	}

	/** The node that was freed is one that a request took since the start. */
	private takenUnseen(event: KmemEvent, life: number, request: number): void {
		this.log.wasTakenUnseen(event.low, event.high);
		const { nodes, first } = this;
		const when = nodes.when(request);
		const known = first.when(life);
		if (known === 0 || known > when) first.set(life, when, nodes.cpu(request));
	}

	/** Counts requests that others may follow, and writes that shrink a cache. */
	private noteKind(event: KmemEvent, caller: number, life: number): void {
		const kind = this.kinds.of(event, caller);
		if (this.startEpoch !== NEVER)
			this.aside.allocated(kind, event.pid, event.low, event.high);
		if (kind === SYSFS_WRITE) this.shrinks.write(event.pid);
		else if (kind === ENTRY) this.names.entry(event.pid, event.low, event.high);
		else if (kind === LONG_NAME)
			this.names.name(event.pid, event.low, event.high);
		else if (kind === AREA_COPY) this.nodes.copied(event.pid);
		else if (kind === AREA) this.nodes.made(event.pid);
		else if (isNodeRequest(kind, event.gfp))
			this.nodes.request(event, life, this.events);
		else if (kind === BULK) this.nodes.single(event);
	}

	/** The cache of a slab, or what is known of who took an object of it. */
	private cacheAt(life: number, caller: number): number {
		const known = life === NO_LIFE ? NO_CACHE : this.lives.cache(life);
		const { attribution } = this;
		const isTold = attribution.ruleOf(caller) >= 0;
		if (known !== NO_CACHE || !isTold || attribution.isGuess(caller))
			return known;
		return attribution.ofCaller(caller);
	}

	private tellCache(life: number, cache: number): void {
		if (this.lives.cache(life) === NO_CACHE) this.lives.setCache(life, cache);
	}

	private noteUse(life: number, cpu: number): void {
		if (this.startEpoch === NEVER) this.last.set(life, this.events, cpu);
		else if (this.first.when(life) === 0)
			this.first.set(life, this.events, cpu);
	}

	private lifeAt(low: number, high: number): number {
		const address = this.directMap.physical(low, high);
		if (address < 0) return NO_LIFE;
		return this.lives.ofObject(address);
	}

	/** The first object that a CPU hands out after it took a block for a slab tells where the direct map begins. */
	private voteFor({ low, high, cpu }: KmemEvent): void {
		if (cpu < 0) return;
		const pfn = this.blockOf[cpu] ?? 0;
		if (pfn === 0) return;
		this.blockOf[cpu] = 0;
		this.directMap.vote(low, high, pfn);
	}
}
