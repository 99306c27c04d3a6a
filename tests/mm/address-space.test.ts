import { expect } from "chai";
import fc from "fast-check";
import { KernelPanic } from "../../hw/panic";
import { LARGE_BYTES } from "../../hw/pte";
import { NULL, type PhysAddr, physOf } from "../../hw/units";
import { type MapOptions, MMAP_BASE } from "../../mm/address-space";
import { PG_ANON } from "../../mm/page";
import { EEXIST, EINVAL, ENOMEM } from "../../mm/page-table";
import { PROT_NONE, PROT_READ, PROT_WRITE } from "../../mm/vma";
import { PagingWorld, va } from "../models/paging-world";

const RW = PROT_READ | PROT_WRITE;
const PAGE = 4096;
const OWNER = 42;
const EAGER: MapOptions = { eager: true };
const AT = va(0x400000);

/** One space, current on the CPU. */
class Task {
	readonly world = new PagingWorld();
	readonly spaces = this.world.spaces;
	readonly before = this.world.holdings();
	readonly space: PhysAddr = this.spaces.create(OWNER);

	constructor() {
		this.world.enter(this.space);
	}
	map(pages: number, permissions = RW, options: MapOptions = EAGER): number {
		return this.spaces.map(this.space, pages * PAGE, permissions, options);
	}
	unmap(at: number, pages: number): number {
		return this.spaces.unmap(this.space, va(at), pages * PAGE);
	}
	protect(at: number, pages: number, permissions: number): number {
		return this.spaces.protect(this.space, va(at), pages * PAGE, permissions);
	}
	/** Fault code of an access, or "ok". */
	touch(at: number, access: 0 | 1): number | "ok" {
		const answer = this.world.mmu.translate(va(at), access);
		return answer >= 0 ? "ok" : ~answer;
	}
	audit(): string[] {
		return this.world.audit(this.space);
	}
	/** Destroys the space; nothing may be left of it. */
	end(): void {
		expect(this.audit()).to.deep.equal([]);
		this.world.cpu.setRoot(this.world.kernelRoot, 0);
		this.spaces.put(this.space);
		expect(this.world.holdings()).to.equal(this.before);
		expect(this.world.audit()).to.deep.equal([]);
		expect(this.world.tlb.used).to.equal(0);
	}
}

describe("an address space", () => {
	it("is a root, an asid and a record, and goes back whole", () => {
		const task = new Task();
		const { spaces, space } = task;
		expect(spaces.users(space)).to.equal(1);
		expect(spaces.owner(space)).to.equal(OWNER);
		expect(spaces.asid(space)).to.not.equal(0);
		expect(spaces.totalPages(space)).to.equal(0);
		task.end();
	});

	it("lives as long as it has users", () => {
		const task = new Task();
		task.spaces.get(task.space);
		task.spaces.put(task.space);
		expect(task.spaces.users(task.space)).to.equal(1);
		task.end();
	});

	it("has an asid of its own while it lives", () => {
		const { spaces } = new PagingWorld();
		const first = spaces.create(1);
		const second = spaces.create(2);
		expect(spaces.asid(first)).to.not.equal(spaces.asid(second));
		spaces.put(first);
		spaces.put(second);
	});
});

describe("mapping", () => {
	it("takes addresses from the top down", () => {
		const task = new Task();
		const first = task.map(4);
		const second = task.map(2);
		expect(first).to.equal(MMAP_BASE - 4 * PAGE);
		expect(second).to.equal(first - 2 * PAGE);
		expect(task.spaces.totalPages(task.space)).to.equal(6);
		task.end();
	});

	it("eagerly gives zeroed frames that belong to the task", () => {
		const task = new Task();
		const { world, spaces, space } = task;
		const at = task.map(3);
		expect(spaces.rssPages(space)).to.equal(3);
		expect(spaces.tableBytes(space)).to.equal(3 * PAGE);
		for (let page = 0; page < 3; page++) {
			const pa = spaces.translate(space, va(at + page * PAGE));
			expect(world.memory.readU64(pa)).to.equal(0);
			const pfn = Math.floor(pa / PAGE) as ReturnType<typeof spaces.root>;
			expect(world.pages.flags(pfn) & PG_ANON).to.equal(PG_ANON);
			expect(world.pages.mapcount(pfn)).to.equal(1);
			expect(world.pages.private_(pfn)).to.equal(OWNER);
			expect(physOf(pfn)).to.equal(pa);
		}
		expect(task.touch(at + 2 * PAGE, 1)).to.equal("ok");
		expect(task.touch(at + 3 * PAGE, 1)).to.not.equal("ok");
		task.end();
	});

	it("lazily takes an area and no frame", () => {
		const task = new Task();
		const at = task.map(3, RW, {});
		expect(task.spaces.rssPages(task.space)).to.equal(0);
		expect(task.spaces.totalPages(task.space)).to.equal(3);
		expect(task.touch(at, 0)).to.equal(0x4);
		task.end();
	});

	it("takes the place that was asked for, if it is free", () => {
		const task = new Task();
		expect(task.map(2, RW, { at: AT, eager: true })).to.equal(AT);
		expect(task.map(2, RW, { at: AT })).to.equal(MMAP_BASE - 2 * PAGE);
		const again = { at: AT, fixed: true };
		expect(task.map(2, RW, again)).to.equal(-EEXIST);
		expect(task.map(1, RW, { at: va(AT + 2 * PAGE), fixed: true })).to.equal(
			AT + 2 * PAGE,
		);
		expect(task.map(1, RW, { at: va(AT + 1) })).to.equal(-EINVAL);
		expect(task.map(1, RW, { at: va(2 ** 47) })).to.equal(-EINVAL);
		expect(task.map(0)).to.equal(-EINVAL);
		expect(task.map(2 ** 40)).to.equal(-EINVAL);
		task.end();
	});

	it("by 2 MiB pages uses one entry and one block", () => {
		const task = new Task();
		const { spaces, space } = task;
		const at = task.map(512, RW, { huge: true });
		expect(at % LARGE_BYTES).to.equal(0);
		expect(spaces.rssPages(space)).to.equal(512);
		expect(spaces.tableBytes(space)).to.equal(2 * PAGE);
		expect(task.touch(at + 0x1ffff8, 1)).to.equal("ok");
		expect(task.map(3, RW, { huge: true })).to.equal(-EINVAL);
		expect(task.audit()).to.deep.equal([]);
		expect(task.unmap(at, 512)).to.equal(0);
		task.end();
	});

	it("by a 2 MiB page can be cut", () => {
		const task = new Task();
		const { spaces, space } = task;
		const at = task.map(512, RW, { huge: true });
		task.touch(at, 1);
		expect(task.unmap(at + 10 * PAGE, 5)).to.equal(0);
		expect(spaces.rssPages(space)).to.equal(507);
		expect(spaces.tableBytes(space)).to.equal(3 * PAGE);
		expect(task.audit()).to.deep.equal([]);
		expect(task.protect(at, 5, PROT_READ)).to.equal(0);
		expect(task.touch(at, 1)).to.equal(0x7);
		expect(task.touch(at + 9 * PAGE, 1)).to.equal("ok");
		expect(task.touch(at + 10 * PAGE, 1)).to.equal(0x6);
		expect(task.touch(at + 15 * PAGE, 1)).to.equal("ok");
		task.end();
	});
});

describe("unmapping", () => {
	it("gives frames back after the translations are gone", () => {
		const task = new Task();
		const at = task.map(4);
		for (let page = 0; page < 4; page++) task.touch(at + page * PAGE, 1);
		const free = task.world.frames.free;
		expect(task.unmap(at + PAGE, 2)).to.equal(0);
		expect(task.world.frames.free).to.equal(free + 2);
		expect(task.world.shootdown.asked).to.deep.equal(["range"]);
		expect(task.touch(at + PAGE, 0)).to.equal(0x4);
		expect(task.touch(at, 0)).to.equal("ok");
		expect(task.spaces.totalPages(task.space)).to.equal(2);
		expect(task.unmap(at, 1)).to.equal(0);
		expect(task.world.shootdown.asked).to.deep.equal(["range", "page"]);
		task.end();
	});

	it("of what is not mapped is no error, and flushes nothing", () => {
		const task = new Task();
		task.map(2, RW, { at: AT });
		expect(task.unmap(AT, 100)).to.equal(0);
		expect(task.unmap(AT, 100)).to.equal(0);
		expect(task.world.shootdown.asked).to.deep.equal([]);
		expect(task.unmap(AT + 1, 1)).to.equal(-EINVAL);
		expect(task.unmap(2 ** 47, 1)).to.equal(-EINVAL);
		task.end();
	});
});

describe("changing permissions", () => {
	it("shows at once", () => {
		const task = new Task();
		const at = task.map(4);
		expect(task.touch(at + PAGE, 1)).to.equal("ok");
		expect(task.protect(at + PAGE, 2, PROT_READ)).to.equal(0);
		expect(task.touch(at + PAGE, 1)).to.equal(0x7);
		expect(task.touch(at + PAGE, 0)).to.equal("ok");
		expect(task.protect(at + PAGE, 1, PROT_NONE)).to.equal(0);
		expect(task.touch(at + PAGE, 0)).to.equal(0x4);
		expect(task.spaces.rssPages(task.space)).to.equal(4);
		expect(task.protect(at, 4, RW)).to.equal(0);
		expect(task.touch(at + PAGE, 1)).to.equal("ok");
		task.end();
	});

	it("needs areas all over the range", () => {
		const task = new Task();
		task.map(2, RW, { at: AT });
		expect(task.protect(AT, 3, PROT_READ)).to.equal(-ENOMEM);
		expect(task.protect(AT, 0, PROT_READ)).to.equal(-EINVAL);
		task.end();
	});
});

describe("an address space without memory", () => {
	const steps: readonly [name: string, run: (task: Task) => number][] = [
		[
			"an eager mapping",
			(task) => task.map(6, RW, { at: va(0x3ffffd000), eager: true }),
		],
		["a lazy mapping", (task) => task.map(6, RW, {})],
		[
			"a mapping between two others",
			(task) => task.map(4, RW, { at: va(AT + 4 * PAGE), eager: true }),
		],
		["a huge mapping", (task) => task.map(512, RW, { huge: true })],
		["a hole", (task) => task.unmap(AT + PAGE, 2)],
		[
			"a change of permissions",
			(task) => task.protect(AT + PAGE, 2, PROT_READ),
		],
	];
	for (const [name, run] of steps)
		it(`leaves nothing of ${name} that fails, whichever allocation it is`, () => {
			for (let n = 1; n < 100; n++) {
				const task = new Task();
				task.map(4, RW, { at: AT, eager: true });
				task.map(4, RW, { at: va(AT + 8 * PAGE), eager: true });
				const before = task.world.holdings();
				task.world.shortage.after(n);
				const result = run(task);
				task.world.shortage.off();
				expect(task.audit()).to.deep.equal([]);
				if (!task.world.shortage.struck) {
					expect(result).to.be.at.least(0);
					task.end();
					return;
				}
				expect(result).to.equal(-ENOMEM);
				expect(task.world.holdings()).to.equal(before);
				task.end();
			}
			expect.fail("every allocation failed");
		});

	it("is not created in part", () => {
		for (let n = 1; n <= 2; n++) {
			const world = new PagingWorld();
			const before = world.holdings();
			world.shortage.after(n);
			expect(world.spaces.create(1)).to.equal(NULL);
			expect(world.holdings()).to.equal(before);
		}
	});

	it("fails at the end of memory and gives back what it had taken", () => {
		const task = new Task();
		const before = task.world.holdings();
		expect(task.map(5000)).to.equal(-ENOMEM);
		expect(task.world.holdings()).to.equal(before);
		task.end();
	});
});

describe("misuse of an address space", () => {
	it("is a panic", () => {
		const world = new PagingWorld();
		const space = world.spaces.create(1);
		world.spaces.get(space);
		world.spaces.put(space);
		world.memory.writeU32((space + 16) as typeof space, 0);
		expect(() => world.spaces.put(space)).to.throw(KernelPanic, "put without");
	});
});

describe("random life of address spaces", () => {
	const page = fc.integer({ min: 0, max: 40 });
	const length = fc.integer({ min: 1, max: 12 });
	const permissions = fc.constantFrom(PROT_NONE, PROT_READ, RW);
	const what = fc.constantFrom("eager", "lazy", "unmap", "protect", "touch");
	const command = fc.tuple(what, page, length, permissions);

	/** Plays a command on a task and on a model: page -> permissions, with frame or without. */
	function play(
		task: Task,
		model: Map<number, { bits: number; frame: boolean }>,
		[name, first, count, bits]: [string, number, number, number],
	): void {
		const at = AT + first * PAGE;
		const range = Array.from({ length: count }, (_, i) => first + i);
		if (name === "eager" || name === "lazy") {
			const eager = name === "eager";
			const result = task.map(count, bits, { at: va(at), fixed: true, eager });
			const taken = range.some((each) => model.has(each));
			expect(result).to.equal(taken ? -EEXIST : at);
			const frame = eager && bits !== PROT_NONE;
			if (!taken) for (const each of range) model.set(each, { bits, frame });
		} else if (name === "unmap") {
			expect(task.unmap(at, count)).to.equal(0);
			for (const each of range) model.delete(each);
		} else if (name === "protect") {
			const covered = range.every((each) => model.has(each));
			expect(task.protect(at, count, bits)).to.equal(covered ? 0 : -ENOMEM);
			if (covered) for (const each of range) model.get(each)!.bits = bits;
		} else {
			const known = model.get(first);
			const there = known?.frame && known.bits !== PROT_NONE;
			expect(task.touch(at, 0)).to.equal(there ? "ok" : 0x4);
			const refusal = there ? 0x7 : 0x6;
			const writable = there && known.bits === RW;
			expect(task.touch(at, 1)).to.equal(writable ? "ok" : refusal);
		}
	}

	it("is what a map of pages says, and the auditor finds nothing", () => {
		fc.assert(
			fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
				const task = new Task();
				const model = new Map<number, { bits: number; frame: boolean }>();
				for (const each of commands) {
					play(task, model, each);
					expect(task.audit()).to.deep.equal([]);
				}
				const frames = [...model.values()].filter((each) => each.frame);
				expect(task.spaces.rssPages(task.space)).to.equal(frames.length);
				expect(task.spaces.totalPages(task.space)).to.equal(model.size);
				task.end();
			}),
			{ numRuns: 60 },
		);
	});
});
