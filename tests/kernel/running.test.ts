import { expect } from "chai";
import { kfree, kmalloc } from "../../kernel/program";
import { runningBytes } from "../../kernel/running";
import { World } from "./support";

describe("kernel/running", () => {
	it("takes one block whose size grows with CPUs and memory", () => {
		expect(runningBytes(1, 1024)).to.equal(128 + 64 + 320 + 2048);
		expect(runningBytes(2, 1024) - runningBytes(1, 1024)).to.equal(64 + 256);
		expect(runningBytes(1, 2 ** 22)).to.be.above(512 * 1024);
	});

	it("runs a task from its spawn to its end", () => {
		const world = new World();
		const pid = world.running.spawn({
			name: "task",
			kernelThread: true,
			code: {
				name: "task",
				start: () => {
					const steps = (function* () {
						const p: number = yield kmalloc(10);
						yield kfree(p);
						return 3;
					})();
					return steps as never;
				},
			},
		});
		world.running.loop.run({ ticks: 10, whileTasks: true });
		expect(world.exitCode(pid)).to.equal(3);
		expect(world.running.tasks.ended).to.equal(1);
	});
});
