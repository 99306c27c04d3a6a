import { expect } from "chai";
import { Reading } from "../../../kernel/scenario/facts";
import { recorded as recordingOf, type SnapshotFile } from "../../fixtures";
import { World } from "../support";
import { kernelOf, runTasks } from "./support";

describe("kernel/scenario/facts", () => {
	const recording = recordingOf("m12-net-2cpu-counterclock");
	const world = new World();
	const recorded = new Reading({
		...kernelOf(world),
		proc: (name) => recording.text(name as SnapshotFile, "a"),
	});
	const look = (path: string): unknown => {
		const facts = recorded.look(path.split("."));
		return typeof facts === "string" ? facts : facts[0]?.value;
	};

	it("reads every report of a recorded machine", () => {
		expect(look("meminfo.MemTotal")).to.equal(468144);
		expect(look("meminfo.Inactive(anon)")).to.equal(4468);
		expect(look("vmstat.nr_dirty")).to.equal(0);
		expect(look("slabinfo.kmalloc-64.num_objs")).to.equal(34560);
		expect(look("slabinfo.dentry.objperslab")).to.equal(21);
		expect(look("buddyinfo.DMA.order0")).to.be.a("number");
		expect(look("pagetypeinfo.DMA32.Movable.blocks")).to.be.above(100);
		expect(look("zoneinfo.DMA32.managed")).to.be.above(100_000);
		expect(look("zoneinfo.DMA32.cpu1.batch")).to.equal(31);
		expect(look("zoneinfo.DMA32.nr_free_pages")).to.equal(
			look("zoneinfo.DMA32.free"),
		);
	});

	it("adds free blocks up to pages", () => {
		let pages = 0;
		for (let order = 0; order <= 10; order++)
			pages += Number(look(`buddyinfo.DMA32.order${order}`)) * 2 ** order;
		expect(look("buddyinfo.DMA32.pages")).to.equal(pages);
	});

	it("knows wholes and units", () => {
		const [free] = recorded.look(["meminfo", "MemFree"]);
		expect(free).to.deep.include({ whole: 468144, scale: 1024 });
		const [active] = recorded.look(["slabinfo", "kmalloc-32", "active_objs"]);
		expect(active).to.deep.include({ value: 748, whole: 1408 });
	});

	it("says what there is none of, and what may have been meant", () => {
		expect(look("vmstat.pgfre")).to.equal(
			'vmstat has no "pgfre" (did you mean "pgfree"?)',
		);
		expect(look("slabinfo.dentri.num_objs")).to.equal(
			'slabinfo has no "dentri" (did you mean "dentry"?)',
		);
		expect(look("buddyinfo.Normal.order0")).to.equal(
			'there is no zone "Normal"; there are DMA, DMA32',
		);
		expect(look("pagetypeinfo.DMA.Unmoveable.blocks")).to.equal(
			'pagetypeinfo has no "Unmoveable" (did you mean "Unmovable"?)',
		);
		expect(look("task.nobody.exit")).to.equal('there is no task "nobody"');
	});

	it("reads tasks, alive and dead", () => {
		const { world: ran } = runTasks({
			ticks: 5,
			tasks: [
				{ name: "done", steps: [{ alloc: { size: 8 } }, { exit: 3 }] },
				{ name: "asleep", nice: 4, steps: [{ sleep: 99 }] },
			],
		});
		const reading = new Reading(kernelOf(ran));
		const value = (path: string): unknown => {
			const facts = reading.look(path.split("."));
			return typeof facts === "string" ? facts : facts[0]?.value;
		};
		expect(value("task.done.state")).to.equal("zombie");
		expect(value("task.done.exit")).to.equal(3);
		expect(value("task.done.allocations")).to.equal(1);
		expect(value("task.asleep.state")).to.equal("sleeping");
		expect(value("task.asleep.nice")).to.equal(4);
		expect(value("task.asleep.exit")).to.equal(
			"task asleep has not ended, it is sleeping",
		);
		expect(value("tasks.count")).to.equal(2);
		expect(value("tasks.ended")).to.equal(1);
		expect(value("machine.ticks")).to.equal(5);
		expect(value("machine.cpus")).to.equal(1);
	});

	it("reads a text once, so that one reading shows one moment", () => {
		let reads = 0;
		const reading = new Reading({
			...kernelOf(world),
			proc: () => `pgfree ${++reads}\n`,
		});
		expect(reading.look(["vmstat", "pgfree"])).to.deep.equal(
			reading.look(["vmstat", "pgfree"]),
		);
		expect(reads).to.equal(1);
	});
});
