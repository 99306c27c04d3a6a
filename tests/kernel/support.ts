// A small world for tests of the running system: real memory, CPUs, tasks and loop over allocators that are plain maps.

import { CallTree, CONTEXT_BYTES } from "../../hw/context";
import { CPU_BYTES, Cpu, Turn } from "../../hw/cpu";
import { TurnLocks } from "../../hw/lock";
import { PhysicalMemory } from "../../hw/memory";
import { ACCESS_WRITE, type Access } from "../../hw/mmu";
import {
	asPfn,
	asPhys,
	asVirt,
	NULL,
	type Pfn,
	type PhysAddr,
	physOf,
	type VirtAddr,
} from "../../hw/units";
import {
	HOLDING_BYTES,
	type Holdings,
	type RecordSource,
} from "../../kernel/holding";
import type { KernelMemory, TaskLife, TaskSpaces } from "../../kernel/life";
import type { TickLoop } from "../../kernel/loop";
import {
	generatorCode,
	type Self,
	type Steps,
	type TaskSpec,
} from "../../kernel/program";
import { Running, runningBytes } from "../../kernel/running";
import type { Scheduler } from "../../kernel/scheduler";
import type { Syscalls, Translator } from "../../kernel/syscall";
import { NO_TASK, TASK_BYTES, type Tasks } from "../../kernel/task";
import { Witness } from "../../kernel/witness";
import type { DeferredWork } from "../../kernel/work";
import { __GFP_ZERO } from "../../mm/gfp";

const RAM_BYTES = 16 * 1024 * 1024;
const PAGE = 4096;
const FIRST_USER_ADDRESS = 0x7f0000000000;

/** A first-fit allocator of bytes whose books are a Map; can be told to fail. */
export class FakeMemory implements KernelMemory {
	readonly live = new Map<number, number>();
	readonly caches = new Map<string, number>();
	/** Allocations until one fails; negative: never. */
	failIn = -1;
	private next = 1024 * 1024;
	private readonly freed = new Map<number, number[]>();

	constructor(private readonly memory: PhysicalMemory) {}

	take(bytes: number, align: number, mayFail = true): number {
		if (mayFail && this.failIn === 0) return 0;
		if (mayFail && this.failIn > 0) this.failIn--;
		const size = Math.ceil(Math.max(bytes, 8) / align) * align;
		const again = this.freed.get(size)?.pop();
		let address = again ?? Math.ceil(this.next / align) * align;
		if (again === undefined) this.next = address + size;
		if (address + size > RAM_BYTES) address = 0;
		if (address !== 0) this.live.set(address, size);
		return address;
	}
	give(address: number): void {
		const size = this.live.get(address);
		if (size === undefined) throw new Error(`fake: ${address} is not live`);
		this.live.delete(address);
		const list = this.freed.get(size);
		if (list) list.push(address);
		else this.freed.set(size, [address]);
	}

	kmalloc(size: number): PhysAddr {
		return asPhys(size === 0 ? 16 : this.take(size, 8));
	}
	kfree(address: PhysAddr): void {
		this.give(address);
	}
	krealloc(address: PhysAddr, size: number): PhysAddr {
		const old = this.live.get(address) ?? 0;
		if (size <= old) return address;
		const bigger = this.kmalloc(size);
		if (bigger !== NULL && old > 0) this.give(address);
		return bigger;
	}
	allocPages(order: number, gfp: number): Pfn {
		const address = this.take(PAGE << order, PAGE << order);
		if (address !== 0 && (gfp & __GFP_ZERO) !== 0)
			this.memory.fill(asPhys(address), PAGE << order, 0);
		return asPfn(address / PAGE);
	}
	freePages(pfn: Pfn): void {
		this.give(physOf(pfn));
	}
	createCache(spec: {
		readonly name: string;
		readonly size: number;
	}): PhysAddr {
		const cache = this.take(256, 256);
		if (cache === 0) return NULL;
		this.caches.set(spec.name, cache);
		this.memory.writeU32(asPhys(cache), spec.size);
		return asPhys(cache);
	}
	findCache(name: string): PhysAddr {
		return asPhys(this.caches.get(name) ?? 0);
	}
	cacheAlloc(cache: PhysAddr): PhysAddr {
		return asPhys(this.take(this.memory.readU32(cache), 8));
	}
	cacheFree(_cache: PhysAddr, object: PhysAddr): void {
		this.give(object);
	}
	cacheShrink(): void {}
	cacheDestroy(cache: PhysAddr): number {
		this.give(cache);
		return 0;
	}
}

/** Address spaces as maps from page to frame; also what translates. */
export class FakeSpaces implements TaskSpaces, Translator {
	active: PhysAddr = NULL;
	readonly spaces = new Map<number, Map<number, [frame: Pfn, prot: number]>>();

	constructor(private readonly memory: FakeMemory) {}

	create(): PhysAddr {
		const space = this.memory.take(64, 64);
		if (space !== 0) this.spaces.set(space, new Map());
		return asPhys(space);
	}
	destroy(space: PhysAddr): void {
		for (const [frame] of this.pages(space).values())
			this.memory.freePages(frame);
		this.spaces.delete(space);
		this.memory.give(space);
	}
	activate(space: PhysAddr): void {
		this.active = space;
	}
	map(space: PhysAddr, bytes: number, prot: number, at: number): number {
		const pages = this.pages(space);
		const start = at || FIRST_USER_ADDRESS + this.memory.live.size * 2 ** 24;
		for (let va = start; va < start + bytes; va += PAGE) {
			const frame = this.memory.allocPages(0, __GFP_ZERO);
			if (frame === 0) {
				this.unmap(space, start, va - start);
				return -12;
			}
			pages.set(va / PAGE, [frame, prot]);
		}
		return start;
	}
	unmap(space: PhysAddr, address: number, bytes: number): number {
		const pages = this.pages(space);
		for (let va = address; va < address + bytes; va += PAGE) {
			const page = pages.get(va / PAGE);
			if (page) this.memory.freePages(page[0]);
			pages.delete(va / PAGE);
		}
		return 0;
	}
	protect(
		space: PhysAddr,
		address: number,
		bytes: number,
		prot: number,
	): number {
		for (let va = address; va < address + bytes; va += PAGE) {
			const page = this.pages(space).get(va / PAGE);
			if (page) page[1] = prot;
		}
		return 0;
	}
	translate(va: VirtAddr, access: Access): number {
		const page = this.spaces.get(this.active)?.get(Math.floor(va / PAGE));
		const write = access === ACCESS_WRITE ? 2 : 0;
		if (!page) return ~(4 | write);
		if (write && !(page[1] & 2)) return ~7;
		return physOf(page[0]) + (va & 4095);
	}

	private pages(space: PhysAddr): Map<number, [Pfn, number]> {
		return this.spaces.get(space) as Map<number, [Pfn, number]>;
	}
}

/** Everything that runs, on fakes. */
export class World {
	readonly memory: PhysicalMemory;
	readonly turn: Turn;
	readonly fake: FakeMemory;
	readonly spaces: FakeSpaces;
	readonly running: Running;
	readonly tasks: Tasks;
	readonly holdings: Holdings;
	readonly scheduler: Scheduler;
	readonly life: TaskLife;
	readonly syscalls: Syscalls;
	readonly work: DeferredWork;
	readonly loop: TickLoop;
	readonly lines: string[] = [];

	constructor(cpuCount = 1, seed = 1) {
		const buffer = new ArrayBuffer(RAM_BYTES + cpuCount * CPU_BYTES);
		this.memory = new PhysicalMemory(buffer, RAM_BYTES);
		const cpus: Cpu[] = [];
		for (let id = 0; id < cpuCount; id++)
			cpus.push(new Cpu(buffer, RAM_BYTES + id * CPU_BYTES, id));
		for (const cpu of cpus) cpu.powerOn();
		this.turn = new Turn(cpus);
		this.turn.setAreas(
			cpus.map(() => new Int32Array(2)),
			cpus.map(() => new Float64Array(1)),
		);
		this.fake = new FakeMemory(this.memory);
		this.spaces = new FakeSpaces(this.fake);
		const log = {
			info: (text: string) => void this.lines.push(text),
			error: (text: string) => void this.lines.push(text),
		};
		this.running = new Running({
			memory: this.memory,
			turn: this.turn,
			locks: new TurnLocks(),
			mmus: cpus.map(() => this.spaces),
			kernelMemory: this.fake,
			spaces: this.spaces,
			log,
			seed,
			witness: new Witness(
				new CallTree(new ArrayBuffer(CONTEXT_BYTES), 0),
				this.turn,
				null,
			),
			block: this.fixed(runningBytes(cpuCount, RAM_BYTES / PAGE)),
			taskRecords: this.records(TASK_BYTES),
			holdingRecords: this.records(HOLDING_BYTES),
		});
		this.tasks = this.running.tasks;
		this.holdings = this.running.holdings;
		this.scheduler = this.running.scheduler;
		this.life = this.running.life;
		this.syscalls = this.running.syscalls;
		this.work = this.running.work;
		this.loop = this.running.loop;
	}

	/** Starts a kernel thread from a generator; its pid. */
	thread(
		name: string,
		body: (self: Self) => Steps,
		spec: Partial<TaskSpec> = {},
	): number {
		const code = generatorCode(name, body);
		return this.life.spawn(
			{ name, code, kernelThread: true, ...spec },
			NO_TASK,
		);
	}
	/** Starts a task with an address space of its own; its pid. */
	user(
		name: string,
		body: (self: Self) => Steps,
		spec: Partial<TaskSpec> = {},
	): number {
		return this.thread(name, body, { kernelThread: false, ...spec });
	}
	/** Exit code of a dead task that nobody has waited for. */
	exitCode(pid: number): number {
		return this.tasks.exitCode(this.tasks.find(pid));
	}
	va(address: number): VirtAddr {
		return asVirt(address);
	}

	/** Memory that never fails and that no count sees. */
	private fixed(bytes: number): PhysAddr {
		const address = this.fake.take(bytes, 64, false);
		this.fake.live.delete(address);
		return asPhys(address);
	}
	private records(bytes: number): RecordSource {
		return {
			alloc: () => asPhys(this.fake.take(bytes, 8)),
			free: (record) => this.fake.give(record),
		};
	}
}
