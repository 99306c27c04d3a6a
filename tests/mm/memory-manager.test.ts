import { expect } from "chai";
import { Machine } from "../../hw/machine";
import { GFP_KERNEL } from "../../mm/gfp";
import { MmGlobals } from "../../mm/globals";
import { MemoryManager, PGDAT_BYTES } from "../../mm/memory-manager";
import { ZONE_COUNT } from "../../mm/zone";
import { audit, world } from "./world";

/** A second set of views on a machine, made from its buffer alone. */
function attach(mm: MemoryManager): MemoryManager {
	const machine = Machine.attach(mm.machine.buffer);
	const globals = new MmGlobals(machine.memory, machine.statics);
	expect(globals.isValid).to.equal(true);
	return new MemoryManager(machine, globals, {
		tuning: { cpuCount: globals.cpuCount },
	});
}

describe("memory manager", () => {
	it("has all five zones, and hands out of those with frames", () => {
		const mm = world();
		expect(mm.zones).to.have.lengthOf(ZONE_COUNT);
		expect(mm.allocator.zones).to.have.lengthOf(1);
		expect(PGDAT_BYTES).to.equal(5 * 1024);
	});

	it("all state is in the buffer: views made later see the same machine", () => {
		const mm = world({ memory: "32M", cpus: 2 });
		const cache = mm.caches.create({ name: "inode", size: 600 })!;
		const objects = cache.allocBulk(GFP_KERNEL, 50);
		const again = attach(mm);
		expect(audit(again)).to.deep.equal([]);
		const same = again.caches.byName("inode")!;
		expect(same.usage()).to.deep.equal(cache.usage());
		for (const object of objects) again.kmalloc.kfree(object);
		again.turn.seat(1);
		const page = again.allocator.allocPages(3, GFP_KERNEL);
		mm.allocator.freePages(page, 3);
		expect(audit(mm)).to.deep.equal([]);
		expect(audit(again)).to.deep.equal([]);
	});

	it("and a copy of the buffer is a machine of its own", () => {
		const mm = world();
		const object = mm.kmalloc.kmalloc(100, GFP_KERNEL);
		const bytes = new Uint8Array(mm.machine.buffer);
		const copy = new SharedArrayBuffer(bytes.length);
		new Uint8Array(copy).set(bytes);
		const machine = Machine.attach(copy);
		const other = new MemoryManager(
			machine,
			new MmGlobals(machine.memory, machine.statics),
			{ tuning: { cpuCount: 1 } },
		);
		other.kmalloc.kfree(object);
		expect(other.kmalloc.kmalloc(100, GFP_KERNEL)).to.equal(object);
		expect(mm.kmalloc.kmalloc(100, GFP_KERNEL)).not.to.equal(object);
		expect([...audit(mm), ...audit(other)]).to.deep.equal([]);
	});

	it("same machine, same seed, same commands: the same bytes", () => {
		const run = () => {
			const mm = world({
				cpus: 2,
				seed: 5,
				records: 64,
				switches: { shuffleFreelist: true, shufflePages: true },
			});
			const kept = [];
			for (let i = 0; i < 500; i++) {
				mm.turn.seat(i % 2);
				kept.push(mm.kmalloc.kmalloc((i * 37) % 3000, GFP_KERNEL));
				if (i % 3 === 0) mm.kmalloc.kfree(kept.shift()!);
			}
			return Buffer.from(new Uint8Array(mm.machine.buffer)).toString("base64");
		};
		const first = run();
		expect(run() === first).to.equal(true);
	});

	it("object allocations can be made to fail on purpose", () => {
		let refuse = false;
		const mm = world({ injector: { shouldFail: () => refuse } });
		expect(mm.kmalloc.kmalloc(100, GFP_KERNEL)).not.to.equal(0);
		refuse = true;
		expect(mm.kmalloc.kmalloc(100, GFP_KERNEL)).to.equal(0);
		expect(audit(mm)).to.deep.equal([]);
	});
});

describe("memory manager: the n-th page allocation fails", () => {
	/** Work that touches every path; returns the page allocations it made. */
	function script(mm: MemoryManager, failing: number): number {
		let calls = 0;
		mm.allocator.injector = { shouldFail: () => ++calls === failing };
		const objects: number[] = [];
		const keep = (object: number) => {
			if (object !== 0) objects.push(object);
		};
		const cache = mm.caches.create({ name: "a", size: 700, mayMerge: false });
		const built = mm.caches.create({ name: "b", size: 60, ctor: () => {} });
		for (let round = 0; round < 6; round++) {
			mm.turn.seat(round % 2);
			for (let i = 0; i < 20; i++)
				keep(
					mm.kmalloc.kmalloc(1 + ((round * 977 + i * 613) % 9000), GFP_KERNEL),
				);
			for (const object of cache?.allocBulk(GFP_KERNEL, 30) ?? []) keep(object);
			keep(built?.alloc(GFP_KERNEL) ?? 0);
			const last = objects.pop() as never;
			keep(mm.kmalloc.krealloc(last, 20000, GFP_KERNEL) || last);
			for (let i = 0; i < 15; i++)
				mm.kmalloc.kfree(
					objects.splice((i * 7) % objects.length, 1)[0] as never,
				);
			if (round === 3) cache?.shrink();
			const pfn = mm.allocator.allocPages(round, GFP_KERNEL);
			if (pfn !== 0) mm.allocator.freePages(pfn, round);
		}
		mm.allocator.injector = null;
		for (const object of objects) mm.kmalloc.kfree(object as never);
		for (const made of [cache, built])
			if (made !== null) expect(mm.caches.destroy(made)).to.deep.equal([]);
		return calls;
	}
	function settle(mm: MemoryManager): number {
		for (const cache of mm.caches.all()) cache.shrink();
		mm.allocator.drainAll();
		return mm.allocator.freeFrames;
	}

	it("and nothing is lost, for every n", () => {
		const mm = world({ memory: "16M", cpus: 2 });
		const calls = script(mm, 0);
		expect(calls).to.be.greaterThan(40);
		const free = settle(mm);
		for (let failing = 1; failing <= calls; failing++) {
			script(mm, failing);
			expect(audit(mm), `n = ${failing}`).to.deep.equal([]);
			expect(settle(mm), `n = ${failing}`).to.equal(free);
		}
		expect(audit(mm)).to.deep.equal([]);
	});
});
