// CPUs as threads of the host: one kernel, one buffer, several workers that allocate and free each other's memory.

import { join } from "node:path";
import { expect } from "chai";
import { attach, boot } from "../../kernel/boot";
import type { Kernel } from "../../kernel/kernel";
import { startThread, threadProgram } from "../thread";
import type { ThreadJob } from "./threads.worker";

const RING_BYTES = (4 + 1024 * 2) * 4;

const PROGRAM = threadProgram(join(__dirname, "threads.worker.ts"));

function start(job: ThreadJob): Promise<number> {
	return new Promise((resolve, reject) => {
		const worker = startThread(PROGRAM, job);
		worker.on("message", resolve);
		worker.on("error", reject);
	});
}

async function race(
	kernel: Kernel,
	operations: number,
	disturbEvery = 0,
): Promise<number> {
	const cpus = kernel.machine.cpus.length;
	const rings = new SharedArrayBuffer(RING_BYTES * cpus);
	const buffer = kernel.machine.buffer as SharedArrayBuffer;
	const jobs = Array.from({ length: cpus }, (_, cpu) =>
		start({ buffer, rings, cpu, cpus, operations, disturbEvery }),
	);
	const freed = await Promise.all(jobs);
	return freed.reduce((sum, count) => sum + count, 0);
}

/** Everything that can be given back is; then what is still in use. */
function settle(kernel: Kernel): { objects: number; freeFrames: number } {
	let objects = 0;
	for (const cache of kernel.caches()) {
		kernel.shrinkCache(cache);
		objects += cache.usage().active;
	}
	kernel.mm.allocator.drainAll();
	return { objects, freeFrames: kernel.mm.allocator.freeFrames };
}

function ready(memory: string, cpus: number): Kernel {
	const kernel = boot({ memory, cpus });
	kernel.createCache({ name: "handed", size: 200, mayMerge: false });
	return kernel;
}

describe("CPUs that are threads", function () {
	this.timeout(60_000);

	for (const [cpus, memory, operations] of [
		[2, "64M", 500_000],
		[4, "32M", 250_000],
		[3, "5M", 100_000], // too little for all: allocations fail
	] as const)
		it(`hand ${cpus} times ${operations} objects and pages around and lose none, on ${memory}`, async () => {
			const kernel = ready(memory, cpus);
			const before = settle(kernel);
			const freed = await race(kernel, operations);
			expect(freed).to.be.greaterThan((cpus * operations) / 2);
			const after = attach(kernel.machine.buffer);
			expect(after.check()).to.deep.equal([]);
			expect(settle(after)).to.deep.equal(before);
			expect(after.check()).to.deep.equal([]);
		});

	it("flush translations and stand still for each other meanwhile", async () => {
		const kernel = ready("16M", 3);
		const before = settle(kernel);
		await race(kernel, 60_000, 2000);
		const after = attach(kernel.machine.buffer);
		expect(settle(after)).to.deep.equal(before);
		expect(after.check()).to.deep.equal([]);
		for (const tlb of kernel.machine.tlbs)
			expect(tlb.flushes).to.be.at.least(3 * 30);
	});
});
