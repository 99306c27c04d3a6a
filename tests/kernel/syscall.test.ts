import { expect } from "chai";
import { asPhys } from "../../hw/units";
import { EINVAL, ENOMEM, EPERM, resultText } from "../../kernel/errno";
import { EXIT_SEGFAULT } from "../../kernel/life";
import {
	allocPages,
	cacheAlloc,
	cacheFree,
	compute,
	createCache,
	destroyCache,
	findCache,
	freePages,
	getpid,
	kfree,
	kmalloc,
	krealloc,
	log,
	map,
	PROT_READ,
	protect,
	Request,
	read,
	relinquish,
	type Steps,
	shrinkCache,
	sleep,
	unmap,
	write,
} from "../../kernel/program";
import { World } from "./support";

describe("kernel/syscall", () => {
	let world: World;
	const asThread = (body: () => Steps): number => {
		const pid = world.thread("thread", body);
		world.loop.run({ ticks: 50, whileTasks: true });
		return pid;
	};
	const asUser = (body: () => Steps): number => {
		const pid = world.user("user", body);
		world.loop.run({ ticks: 50, whileTasks: true });
		return pid;
	};
	const objects = (pid: number): number =>
		world.tasks.objects(world.tasks.find(pid));

	beforeEach(() => {
		world = new World();
	});

	it("allocates and frees kernel memory, and keeps the books", () => {
		asThread(function* () {
			const pid = yield getpid();
			const a = yield kmalloc(100);
			const b = yield kmalloc(200);
			expect(objects(pid)).to.equal(2);
			yield kfree(a);
			yield kfree(b);
			expect(objects(pid)).to.equal(0);
			expect(world.tasks.allocations(world.tasks.find(pid))).to.equal(2);
		});
	});

	it("treats NULL and the pointer of size 0 as nothing to free", () => {
		asThread(function* () {
			const nothing = yield kmalloc(0);
			expect(nothing).to.equal(16);
			yield kfree(nothing);
			yield kfree(0);
		});
		expect(world.exitCode(1)).to.equal(0);
	});

	it("follows krealloc, whether the memory moves or not", () => {
		asThread(function* () {
			const a = yield kmalloc(64);
			expect(yield krealloc(a, 32)).to.equal(a);
			const b = yield krealloc(a, 500);
			expect(b).not.to.equal(a);
			expect(objects(yield getpid())).to.equal(1);
			expect(yield krealloc(b, 0)).to.equal(16);
			expect(objects(yield getpid())).to.equal(0);
			const c = yield krealloc(0, 10);
			yield kfree(c);
		});
		expect(world.lines).to.deep.equal([]);
	});

	it("gives objects of a cache that the task made or found", () => {
		asThread(function* () {
			const cache = yield createCache({ name: "thing", size: 40 });
			expect(yield findCache("thing")).to.equal(cache);
			expect(yield findCache("nothing")).to.equal(0);
			const object = yield cacheAlloc(cache);
			yield cacheFree(object);
			expect(yield shrinkCache(cache)).to.equal(0);
			expect(yield destroyCache(cache)).to.equal(0);
			expect(yield shrinkCache(0)).to.equal(-EINVAL);
			expect(yield cacheAlloc(0)).to.equal(0);
		});
		expect(world.exitCode(1)).to.equal(0);
	});

	it("frees pages by their first frame alone, and only pages", () => {
		asThread(function* () {
			const pfn = yield allocPages(4);
			const object = yield kmalloc(4096);
			expect(yield freePages(pfn + 1)).to.equal(-EINVAL);
			expect(yield freePages(object / 4096)).to.equal(-EINVAL);
			expect(yield freePages(pfn)).to.equal(0);
			yield kfree(object);
		});
		expect(world.lines).to.deep.equal([]);
	});

	it("answers 0, counts a failure and leaks nothing when an allocation or its record fails", () => {
		for (let n = 0; n < 6; n++) {
			world = new World();
			const before = world.fake.live.size;
			let failures = 0;
			const pid = asThread(function* () {
				const cache = yield createCache({ name: "thing", size: 40 });
				world.fake.failIn = n;
				const results = [
					yield kmalloc(10),
					yield cacheAlloc(cache),
					yield allocPages(1),
				];
				failures = results.filter((result) => result === 0).length;
				world.fake.failIn = -1;
				for (const result of results) expect(result).to.be.at.least(0);
				yield destroyCache(cache);
			});
			const task = world.tasks.find(pid);
			expect(world.tasks.failures(task)).to.equal(failures);
			expect(failures).to.be.at.least(1);
			world.life.reap(task);
			expect(world.fake.live.size).to.equal(before);
		}
	});

	it("maps, writes and reads real bytes", () => {
		asUser(function* () {
			const va = yield map(3 * 4096);
			yield write(va + 4096, 0xdeadbeef);
			expect(yield read(va + 4096)).to.equal(0xdeadbeef);
			expect(yield read(va)).to.equal(0);
			const frame = world.spaces.translate(world.va(va + 4096), 0);
			expect(world.memory.readU32(asPhys(frame))).to.equal(0xdeadbeef);
			expect(world.tasks.pages(world.tasks.find(1))).to.equal(3);
			yield unmap(va, 3 * 4096);
			expect(world.tasks.pages(world.tasks.find(1))).to.equal(0);
		});
		expect(world.exitCode(1)).to.equal(0);
	});

	it("refuses what makes no sense with -EINVAL and what a kernel thread cannot have with -EPERM", () => {
		asUser(function* () {
			const va = yield map(4096);
			expect(yield read(va + 1)).to.equal(-EINVAL);
			expect(yield write(va + 2, 1)).to.equal(-EINVAL);
			expect(yield unmap(va + 8, 4096)).to.equal(-EINVAL);
			expect(yield unmap(va, 0)).to.equal(-EINVAL);
		});
		asThread(function* () {
			expect(yield map(4096)).to.equal(-EPERM);
			expect(yield unmap(4096, 4096)).to.equal(-EPERM);
			expect(yield protect(4096, 4096, PROT_READ)).to.equal(-EPERM);
		});
		expect(world.exitCode(1) + world.exitCode(2)).to.equal(0);
	});

	it("takes a mapping back when there is no memory for its record", () => {
		asUser(function* () {
			const live = world.fake.live.size;
			world.fake.failIn = 2;
			expect(yield map(2 * 4096)).to.equal(-ENOMEM);
			world.fake.failIn = -1;
			expect(world.fake.live.size).to.equal(live);
		});
	});

	it("kills a task that touches what is not mapped, as a kernel reports it", () => {
		asUser(function* () {
			yield write(0x1000, 1);
			throw new Error("not reached");
		});
		expect(world.exitCode(1)).to.equal(EXIT_SEGFAULT);
		expect(world.tasks.killed).to.equal(1);
		expect(world.lines).to.deep.equal([
			"user[1]: segfault at 1000 ip 0000000000000000 sp 0000000000000000 error 6 likely on CPU 0 (core 0, socket 0)",
		]);
	});

	it("kills a task that writes to memory it made read-only", () => {
		asUser(function* () {
			const va = yield map(4096);
			yield protect(va, 4096, PROT_READ);
			yield read(va);
			yield write(va, 1);
		});
		expect(world.exitCode(1)).to.equal(EXIT_SEGFAULT);
		expect(world.lines[0]).to.match(/ error 7 /);
	});

	it("prints an oops when a kernel thread does", () => {
		asThread(function* () {
			yield read(0x10);
		});
		expect(world.lines[0]).to.equal(
			"BUG: kernel NULL pointer dereference, address: 0000000000000010",
		);
		expect(world.exitCode(1)).to.equal(EXIT_SEGFAULT);
	});

	it("computes in pieces, and charges the task's own time", () => {
		const rests: number[] = [];
		asUser(function* () {
			let rest = 250_000;
			while (rest > 0) {
				rest = yield compute(rest);
				rests.push(rest);
			}
			yield sleep(1);
		});
		expect(rests).to.deep.equal([150_000, 50_000, 0]);
		expect(world.tasks.userCycles(world.tasks.find(1))).to.equal(250_000);
	});

	it("sleeps for ticks, and not at all for none", () => {
		const ticks: number[] = [];
		asThread(function* () {
			for (const wanted of [1, 5, 0]) {
				ticks.push(world.loop.ticks);
				expect(yield sleep(wanted)).to.equal(0);
			}
			ticks.push(world.loop.ticks);
		});
		expect(ticks).to.deep.equal([1, 2, 7, 7]);
	});

	it("prints what a task logs, and shows observers what it reports", () => {
		const seen: number[] = [];
		world.syscalls.setObserver((_, number) => seen.push(number));
		asThread(function* () {
			yield log("hello");
			yield relinquish();
			yield new Request(24, 7);
		});
		expect(world.lines).to.deep.equal(["thread[1]: hello"]);
		expect(seen).to.deep.equal([7]);
	});

	it("names errors", () => {
		expect([0, 5, -ENOMEM, -999].map(resultText)).to.deep.equal([
			"0",
			"5",
			"-ENOMEM",
			"-999",
		]);
	});
});
