import { expect } from "chai";
import { FoldedTasks } from "../../../../kernel/trace/fold/tasks";

const task = {
	...{ pid: 4, parent: 0, name: "worker", kernelThread: true },
	...{ since: 9, exitCode: -1 },
};

describe("folded tasks", () => {
	it("live, leave a code, and are gone", () => {
		const tasks = new FoldedTasks(2);
		tasks.begin({ ...task });
		tasks.exit(4, 3);
		expect(tasks.tasks.get(4)?.exitCode).to.equal(3);
		tasks.end(4);
		expect(tasks.tasks.size).to.equal(0);
	});

	it("FT1, FT2: know the entries of tables, also of those from before", () => {
		const tasks = new FoldedTasks(1);
		tasks.openTable(70);
		tasks.setEntry(70, 3, 0x1067, 1);
		tasks.markEntry(70, 3, 0x40);
		tasks.setEntry(12, 0, 5, 0);
		expect(tasks.table(70)?.slice(6, 8)).to.deep.equal(
			new Int32Array([0x1067 | 0x40, 1]),
		);
		expect(tasks.tableFrames()).to.deep.equal([12, 70]);
		tasks.closeTable(70);
		expect(tasks.table(70)).to.equal(null);
	});

	it("come back from a key frame", () => {
		const tasks = new FoldedTasks(1);
		tasks.begin({ ...task });
		tasks.setEntry(12, 7, -5, 2);
		tasks.tick = 8;
		const copy = new FoldedTasks(1);
		copy.restore(JSON.parse(JSON.stringify(tasks.plain())));
		expect(copy.plain()).to.deep.equal(tasks.plain());
	});
});
