import { expect } from "chai";
import { asPhys, type PhysAddr } from "../../../../hw/units";
import { boot } from "../../../../kernel/boot";
import type { Kernel } from "../../../../kernel/kernel";
import { Attribution } from "../../../../kernel/replay/objects/attribution";
import { CacheList } from "../../../../kernel/replay/objects/cache-list";
import { DirectMap } from "../../../../kernel/replay/objects/direct-map";
import { GraceProofs } from "../../../../kernel/replay/objects/grace-proofs";
import { NodeRequests } from "../../../../kernel/replay/objects/node-requests";
import { total } from "../../../../kernel/replay/objects/object-counts";
import type { ObjectStore } from "../../../../kernel/replay/objects/object-store";
import { SlubStore } from "../../../../kernel/replay/objects/object-store";
import {
	cacheIn,
	callerIn,
	ObjectPlayer,
	type PlayPlan,
	tagOf,
} from "../../../../kernel/replay/objects/player";
import { ReplacedNames } from "../../../../kernel/replay/objects/replaced-names";
import { PointerMap } from "../../../../kernel/replay/pointer-map";
import type { KmemEvent } from "../../../../kernel/replay/reading/event";
import { GFP_KERNEL } from "../../../../mm/gfp";
import { EventMaker, HIGH } from "./support";

/** A store that writes down what it is asked for. */
class Diary implements ObjectStore {
	readonly lines: string[] = [];
	private next = 4096;
	isEmpty = false;
	haveCpuSlabs = true;

	constructor(
		private readonly list: CacheList,
		private readonly kernel: Kernel,
	) {}

	alloc(cache: number): PhysAddr {
		if (this.isEmpty) return asPhys(0);
		this.next += 8;
		this.write(`+${this.list.name(cache)}`, this.next);
		return asPhys(this.next);
	}
	free(cache: number, object: PhysAddr): void {
		this.write(`-${this.list.name(cache)}`, object);
	}
	freeMany(caches: readonly number[], objects: readonly PhysAddr[]): void {
		for (let at = objects.length - 1; at >= 0; at--)
			this.free(caches[at] as number, objects[at] as PhysAddr);
	}
	flush(cache: number): void {
		this.lines.push(`flush ${this.list.name(cache)} ${this.where}`);
	}
	tidy(cache: number): void {
		this.lines.push(`tidy ${this.list.name(cache)} ${this.where}`);
	}
	hasCpuSlabs(): boolean {
		return this.haveCpuSlabs;
	}
	isTypesafe(): boolean {
		return false;
	}
	begin(): void {}
	use(): null {
		return null;
	}
	private write(what: string, object: number): void {
		const number = (object - 4096) / 8;
		this.lines.push(`${what} ${number} ${this.where}`);
	}
	private get where(): string {
		return `cpu${this.kernel.machine.turn.cpu.id}`;
	}
}

const NAMES = ["dentry", "maple_node", "skbuff_head_cache", "filp"];

function world(
	plan: Partial<PlayPlan> | null = {},
	clock: "count" | "nanoseconds" = "count",
) {
	const kernel = boot({ memory: "16M", cpus: 2 });
	const make = new EventMaker();
	const caches = new CacheList(
		NAMES.map((name) => ({ name, aliases: [], size: 192 })),
	);
	const attribution = new Attribution(make.names, caches, {
		sites: new Map([
			["f+0x1 192 192", "dentry"],
			["mas_alloc_nodes+0x1 192 192", "maple_node"],
		]),
	});
	const diary = new Diary(caches, kernel);
	const whole = plan && {
		objects: new PointerMap(),
		pools: [],
		nodes: new NodeRequests(),
		names: new ReplacedNames(),
		proofs: new GraceProofs(),
		directMap: new DirectMap(2 ** 24),
		shrinks: [],
		...plan,
	};
	const player = new ObjectPlayer({
		names: make.names,
		attribution,
		store: diary,
		turn: kernel.machine.turn,
		reader: { clock },
		plan: whole,
	});
	const play = (...events: KmemEvent[]): string[] => {
		const from = diary.lines.length;
		for (const event of events) player.event(event);
		return diary.lines.slice(from);
	};
	return { kernel, make, caches, attribution, diary, player, play };
}

describe("the player of object events", () => {
	it("plays an object's life on the CPUs that the events name", () => {
		const { make, play, player } = world();
		const lines = play(
			make.alloc("f+0x1", 192, 64),
			make.free("dentry", 64, { cpu: 1 }),
			make.alloc("f+0x1", 192, 64, { cpu: 7 }),
		);
		expect(lines).to.deep.equal([
			"+dentry 1 cpu0",
			"-dentry 1 cpu1",
			"+dentry 2 cpu0",
		]);
		expect(player.counts.otherCpus).to.equal(1);
		player.finish();
		expect(total(player.counts.leftByCache)).to.equal(1);
		expect(total(player.counts.allocatedByCaller)).to.equal(2);
	});

	it("asks nothing for whole pages, NULL and what failed there", () => {
		const { make, play, player } = world();
		const lines = play(
			make.kmalloc("f+0x2", 9000, 16384, 0x10000),
			make.kfree(0x10000),
			make.kfree(0),
			make.alloc("f+0x1", 192, 0),
			make.kmalloc("f+0x3", 0, 8, 16),
			make.pages(77),
		);
		expect(lines).to.deep.equal([]);
		expect(player.counts).to.include({
			large: 1,
			nulls: 1,
			failedThere: 1,
			withoutCache: 1,
		});
		expect(player.counts.unknownUnnamed).to.equal(0);
	});

	it("frees what lies at an address that is given out again", () => {
		const { make, play, player } = world();
		const lines = play(
			make.alloc("f+0x1", 192, 64),
			make.alloc("f+0x1", 192, 64),
		);
		expect(lines).to.deep.equal([
			"+dentry 1 cpu0",
			"-dentry 1 cpu0",
			"+dentry 2 cpu0",
		]);
		expect(total(player.counts.unseenByCache)).to.equal(1);
	});

	it("makes a request that was overtaken before its event, unless its cache has no slabs of CPUs", () => {
		const { make, diary, play, player } = world();
		const late = make.alloc("f+0x1", 192, 64);
		player.takeEarly(late);
		expect(diary.lines).to.deep.equal(["+dentry 1 cpu0"]);
		expect(play(late)).to.deep.equal([]);
		expect(play(make.free("dentry", 64))).to.deep.equal(["-dentry 1 cpu0"]);
		diary.haveCpuSlabs = false;
		player.takeEarly(late);
		expect(play(late)).to.deep.equal(["+dentry 2 cpu0"]);
	});

	it("takes its seat again when somebody else moved", () => {
		const { kernel, make, play } = world();
		play(make.alloc("f+0x1", 192, 64, { cpu: 1 }));
		kernel.machine.turn.seat(0); // as the player of pages does
		expect(play(make.alloc("f+0x1", 192, 256, { cpu: 1 }))).to.deep.equal([
			"+dentry 2 cpu1",
		]);
	});

	it("frees batches of kfree_rcu, newest first, on the CPU that they waited on", () => {
		const { make, play, player } = world();
		const open = (address: number) => [
			make.kmalloc("kernfs_fop_open+0xbe", 152, 192, 4096, { cpu: 1 }),
			make.kmalloc("kernfs_fop_open+0x300", 72, 96, address, { cpu: 1 }),
			make.kfree(4096, { cpu: 1 }),
		];
		play(...open(96), ...open(192), ...open(288));
		const lines = play(make.kmalloc("other+0x1", 96, 96, 288));
		expect(lines).to.deep.equal([
			...["-kmalloc-96 6 cpu1", "-kmalloc-96 4 cpu1", "-kmalloc-96 2 cpu1"],
			"+kmalloc-96 7 cpu0",
		]);
		expect(player.counts.batches).to.equal(1);
		expect(play(make.kfree(288))).to.deep.equal(["-kmalloc-96 7 cpu0"]);
	});

	it("frees batches of kfree_rcu when a page goes where an object of them waits", () => {
		const { make, play, player } = world();
		const open = (address: number) => [
			make.kmalloc("kernfs_fop_open+0xbe", 152, 192, 4096),
			make.kmalloc("kernfs_fop_open+0x300", 72, 96, address),
			make.kfree(4096),
		];
		play(...open(8 * 4096), ...open(9 * 4096), ...open(10 * 4096));
		expect(play(make.freePages(9))).to.deep.equal([
			...["-kmalloc-96 4 cpu0", "-kmalloc-96 2 cpu0"],
		]);
		expect(play(make.freePages(9))).to.deep.equal([]);
		expect(player.counts.batches).to.equal(1);
	});

	it("leaves alone what was not put aside when an address is given out again", () => {
		const { make, play, player } = world();
		const alloc = (address: number) =>
			make.kmalloc("kernfs_fop_open+0x300", 72, 96, address);
		play(alloc(96), alloc(192));
		const lines = play(make.kmalloc("other+0x1", 96, 96, 192));
		expect(lines).to.deep.equal(["-kmalloc-96 2 cpu0", "+kmalloc-96 3 cpu0"]);
		expect(player.counts.batches).to.equal(0);
	});

	it("puts a name aside when its thread makes the next one, if it was replaced", () => {
		const names = new ReplacedNames();
		names.start();
		names.name(1, 96, HIGH);
		names.reuse(96, HIGH);
		const { make, play } = world({ names });
		const name = (address: number) =>
			make.kmalloc("__d_alloc+0x160", 72, 96, address, { pid: 1 });
		play(name(96), name(192), name(288));
		expect(play(name(96)).slice(0, 1)).to.deep.equal(["-kmalloc-96 1 cpu0"]);
	});

	it("takes the nodes of a tree with the first one, and gives them back as the tree does", () => {
		const nodes = new NodeRequests();
		const of = (low: number) => ({ pid: 1, cpu: 0, low, high: HIGH });
		nodes.request(of(64), 1, 1);
		nodes.back(of(64), 1);
		nodes.back(of(128), 1);
		const { make, play, player } = world({ nodes });
		const by = { pid: 1, gfp: GFP_KERNEL };
		expect(play(make.alloc("mas_alloc_nodes+0x1", 192, 64, by))).to.have.length(
			4,
		);
		const back = (address: number) =>
			play(make.free("maple_node", address, { pid: 1 }, "mas_destroy+0x1"));
		expect(back(64)).to.deep.equal([
			"-maple_node 4 cpu0",
			"-maple_node 3 cpu0",
			"-maple_node 1 cpu0",
		]);
		expect(back(128)).to.deep.equal(["-maple_node 2 cpu0"]);
		expect(player.counts.hidden).to.equal(3);
	});

	it("takes 16 packets for a CPU's drivers when the first unknown one is freed", () => {
		const { make, play, player } = world();
		const free = () => play(make.free("skbuff_head_cache", 64, { cpu: 1 }));
		const first = free();
		expect(first).to.have.length(17);
		expect(first.at(-1)).to.equal("-skbuff_head_cache 16 cpu1");
		expect(free()).to.deep.equal(["-skbuff_head_cache 15 cpu1"]);
		for (let n = 3; n <= 16; n++) expect(free()).to.have.length(1);
		expect(free()).to.have.length(17);
		expect(player.counts.driverTaken).to.equal(32);
	});

	it("frees what is older than the start, by address or out of a pool", () => {
		const objects = new PointerMap();
		objects.set(64, HIGH, asPhys(4096 + 800), tagOf(0, 4));
		const pools = [[], [asPhys(4096 + 1600), asPhys(4096 + 2400)]];
		const { make, play, player } = world({ objects, pools });
		expect(play(make.free("filp", 64))).to.deep.equal(["-filp 100 cpu0"]);
		expect(play(make.free("dentry", 128))).to.deep.equal(["-dentry 300 cpu0"]);
		play(make.free("dentry", 192), make.free("dentry", 256), make.kfree(320));
		expect(player.counts).to.include({ unknownOld: 2, unknownUnnamed: 1 });
		expect(player.counts.unknown.at(1)).to.equal(1);
	});

	it("shrinks the next cache behind each write of the program that shrinks", () => {
		const { make, play } = world({ shrinks: [[4, 0, 1]] });
		const write = (pid: number) =>
			make.kmalloc("kernfs_fop_write_iter+0x183", 2, 8, 64 * pid, { pid });
		const shrinks = (lines: string[]): string[] =>
			lines.filter((line) => /flush|tidy/.test(line));
		play(write(9), make.mark("SHRINK-c BEGIN", 9));
		expect(play(write(9)).at(-1)).to.equal("flush filp cpu0");
		expect(shrinks(play(write(8), make.kfree(64 * 8)))).to.deep.equal([]);
		const kfree = make.kfree(64 * 9, { pid: 9, cpu: 1 });
		expect(play(kfree)[0], "the program has moved").to.equal("tidy filp cpu1");
		expect(shrinks(play(write(9), make.kfree(64 * 9)))).to.deep.equal([]);
		expect(play(write(9)).at(-1)).to.equal("flush dentry cpu0");
		const end = [make.mark("SHRINK-c END", 9), write(9)];
		expect(shrinks(play(...end))).to.deep.equal(["tidy dentry cpu0"]);
	});

	it("OS1: counts what found no memory, and frees of it", () => {
		const { make, play, player, diary } = world();
		diary.isEmpty = true;
		play(make.alloc("f+0x1", 192, 64), make.free("dentry", 64));
		expect(total(player.counts.failed)).to.equal(1);
		expect(total(player.counts.unknown)).to.equal(1);
	});

	it("packs a caller and a cache into a tag", () => {
		const tag = tagOf(2 ** 19 - 1, 4095);
		expect([callerIn(tag), cacheIn(tag), tag | 0]).to.deep.equal([
			2 ** 19 - 1,
			4095,
			tag,
		]);
	});

	it("in a single pass makes caches on demand and learns their names on the way", () => {
		const kernel = boot({ memory: "16M" });
		const make = new EventMaker();
		const caches = new CacheList();
		const attribution = new Attribution(make.names, caches, {
			sites: new Map(),
		});
		const player = new ObjectPlayer({
			names: make.names,
			attribution,
			store: new SlubStore(kernel, caches),
			turn: kernel.machine.turn,
			reader: { clock: "count" },
			plan: null,
		});
		player.event(make.alloc("g+0x1", 328, 64));
		expect(kernel.findCache("size-328")?.usage().slabs).to.equal(1);
		player.event(make.free("inode_cache", 64));
		player.event(make.alloc("g+0x1", 328, 64));
		expect(kernel.findCache("inode_cache")?.geometry.size).to.equal(328);
		expect(player.counts.misattributed).to.equal(1);
		player.event(make.free("inode_cache", 64));
		player.event(make.free("skbuff_head_cache", 128)); // nothing is proved in a single pass
		expect(total(player.counts.unknown)).to.equal(1);
		expect(kernel.check()).to.deep.equal([]);
	});
});
