import { expect } from "chai";
import { asPhys, NULL } from "../../hw/units";
import { boot } from "../../kernel/boot";
import { kmalloc, log, type Steps, sleep } from "../../kernel/program";
import { GFP_KERNEL } from "../../mm/gfp";
import { ZERO_SIZE } from "../../mm/kmalloc";

describe("the kernel from outside", () => {
	describe("memory", () => {
		it("comes by the byte", () => {
			const kernel = boot();
			const p = kernel.kmalloc(100, GFP_KERNEL);
			kernel.memory.writeU32(p, 42);
			expect(kernel.ksize(p)).to.equal(128);
			const q = kernel.krealloc(p, 5000, GFP_KERNEL);
			expect(kernel.memory.readU32(q)).to.equal(42);
			kernel.kfree(q);
			const zeroed = kernel.kcalloc(10, 800, GFP_KERNEL);
			expect(
				kernel.memory.bytesAt(zeroed, 8000).every((b) => b === 0),
			).to.equal(true);
			kernel.kfree(zeroed);
			kernel.kfree(NULL);
			expect(kernel.kmalloc(0, GFP_KERNEL)).to.equal(ZERO_SIZE);
			expect(kernel.check()).to.deep.equal([]);
		});

		it("comes from caches of one's own", () => {
			const kernel = boot();
			const inodes = kernel.createCache({
				name: "inode",
				size: 600,
				align: 64,
			});
			const inode = inodes.alloc(GFP_KERNEL);
			expect(inode % 64).to.equal(0);
			inodes.free(inode);
			expect(kernel.findCache("inode")).to.equal(inodes);
			expect(kernel.shrinkCache(inodes)).to.equal(true);
			expect(inodes.usage().slabs).to.equal(0);
			expect(kernel.destroyCache(inodes)).to.deep.equal([]);
			expect(kernel.findCache("inode")).to.equal(null);
			expect(kernel.check()).to.deep.equal([]);
		});

		it("does not let a cache go that is in use, and says so", () => {
			const kernel = boot();
			const cache = kernel.createCache({ name: "busy", size: 600 });
			const object = cache.alloc(GFP_KERNEL);
			const left = kernel.destroyCache(cache);
			expect(left.map((each) => each.object)).to.deep.equal([object]);
			expect(kernel.logLines().at(-1)).to.contain(
				"kmem_cache_destroy busy: Slab cache still has objects",
			);
		});

		it("throws when there is none for a cache", () => {
			const kernel = boot({ memory: "8M" });
			while (kernel.allocPages(0, GFP_KERNEL) !== 0);
			const many = (): void => {
				for (let i = 0; i < 100; i++)
					kernel.createCache({ name: `cache-${i}`, size: 64 * i + 8 });
			};
			expect(many).to.throw("There is no memory for the cache");
		});

		it("comes by the page", () => {
			const kernel = boot();
			const pfn = kernel.allocPages(3, GFP_KERNEL);
			expect(pfn % 8).to.equal(0);
			kernel.freePages(pfn, 3);
			expect(kernel.allocPages(11, GFP_KERNEL)).to.equal(0);
			expect(kernel.check()).to.deep.equal([]);
		});
	});

	describe("time", () => {
		it("passes in ticks, with tasks or without", () => {
			const kernel = boot();
			expect(kernel.run({ ticks: 100 })).to.equal(100);
			expect(kernel.ticks).to.equal(100);
		});

		it("stops when a condition holds, or nobody has a future", () => {
			const kernel = boot();
			kernel.spawn("sleeper", function* () {
				yield sleep(30);
			});
			const until = (): boolean => kernel.ticks >= 7;
			expect(kernel.run({ ticks: 100, until })).to.equal(7);
			const rest = kernel.run({ ticks: 1000, whileTasks: true });
			expect(rest).to.be.within(23, 30);
		});

		it("is what tasks need to run, on the CPU they are put on", () => {
			const kernel = boot({ cpus: 2 });
			const body = function* (): Steps {
				yield kmalloc(64);
				yield log("hello");
			};
			const pid = kernel.spawn("greeter", body, {
				kernelThread: true,
				cpu: 1,
				nice: 5,
			});
			kernel.run({ ticks: 3 });
			expect(pid).to.equal(1);
			expect(kernel.logLines().join("\n")).to.contain("greeter[1]: hello");
			expect(kernel.check()).to.deep.equal([]);
		});
	});

	describe("CPUs", () => {
		it("take a turn when asked to, and give it back", () => {
			const kernel = boot({ cpus: 3 });
			const { turn } = kernel.machine;
			const id = kernel.onCpu(2, () => turn.cpu.id);
			expect([id, turn.cpu.id]).to.deep.equal([2, 0]);
			expect(() => kernel.onCpu(3, () => {})).to.throw("CPUs 0 to 2");
		});

		it("free what others allocated", () => {
			const kernel = boot({ cpus: 2 });
			const objects = Array.from({ length: 200 }, () =>
				kernel.kmalloc(256, GFP_KERNEL),
			);
			kernel.onCpu(1, () => {
				for (const object of objects) kernel.kfree(object);
			});
			expect(kernel.check()).to.deep.equal([]);
		});
	});

	describe("what can be seen", () => {
		it("is the text of every /proc file", () => {
			const kernel = boot({ cmdline: "quiet" });
			for (const name of kernel.procNames())
				if (!name.startsWith("PID/"))
					expect(kernel.proc(name), name).to.match(/\n$/);
			expect(kernel.proc("cmdline")).to.equal("quiet\n");
			expect(() => kernel.proc("nothing")).to.throw("no /proc file");
		});

		it("is the status of every task", () => {
			const kernel = boot();
			const pid = kernel.spawn("seen", function* () {
				yield sleep(50);
			});
			kernel.run({ ticks: 2 });
			expect(kernel.proc(`${pid}/status`)).to.match(/^Name:\tseen\n/);
			expect(kernel.proc(`${pid}/maps`)).to.equal("");
		});

		it("is every counter by its name", () => {
			const kernel = boot();
			const before = kernel.counters();
			kernel.allocPages(0, GFP_KERNEL);
			const after = kernel.counters();
			const key = "pgalloc_dma32";
			expect(after[key]! - before[key]!).to.equal(1);
		});

		it("is damage, when a word is broken", () => {
			const kernel = boot();
			const zone = kernel.mm.zones[0]!;
			zone.addFree(1);
			expect(kernel.check().join("\n")).to.match(/^[BZ]\d/m);
		});

		it("is the state as one number", () => {
			const kernel = boot();
			const before = kernel.stateHash();
			const p = kernel.kmalloc(64, GFP_KERNEL);
			const after = kernel.stateHash();
			expect(after)
				.to.match(/^[0-9a-f]{16}$/)
				.and.not.equal(before);
			kernel.memory.writeU32(asPhys(p), 1);
			expect(kernel.stateHash()).to.not.equal(after);
		});
	});
});
