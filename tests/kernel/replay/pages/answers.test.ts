import { expect } from "chai";
import { boot } from "../../../../kernel/boot";
import { PageAnswers } from "../../../../kernel/replay/pages/answers";
import { Snapshot } from "../../../../kernel/replay/snapshot/snapshot";
import { textSource } from "../../../../kernel/replay/snapshot/source";
import { GFP_KERNEL } from "../../../../mm/gfp";

describe("answers of a replay of pages", () => {
	it("counts allocations by order and type, and over time", () => {
		const answers = new PageAnswers(boot({ memory: "32M" }));
		answers.beginPart("first");
		answers.alloc(0, 1, 5, 5);
		answers.alloc(0, 1, 6, 7);
		answers.beginPart("second");
		answers.alloc(3, 0, 8, 0);
		expect(answers.allocations).to.deep.equal({ count: 3, same: 1 });
		expect(answers.allocationsOf(0, 1)).to.deep.equal({ count: 2, same: 1 });
		expect(answers.allocationsOf(3, 0)).to.deep.equal({ count: 1, same: 0 });
		expect(answers.failed).to.equal(1);
		expect(answers.overTime).to.deep.equal([
			{ name: "first", count: 2, same: 1 },
			{ name: "second", count: 1, same: 0 },
		]);
	});

	it("compares the n-th decision here with the n-th there", () => {
		const kernel = boot({ memory: "32M", recorder: { records: 1024 } });
		const answers = new PageAnswers(kernel);
		const pfn = kernel.allocPages(5, GFP_KERNEL);
		const other = kernel.allocPages(5, GFP_KERNEL);
		answers.take(pfn, 5);
		answers.take(other + 32, 5);
		answers.drain(1, 0);
		answers.collect();
		expect(answers.takes).to.deep.equal({ recorded: 2, ours: 2, equal: 1 });
		expect(answers.drains).to.deep.equal({ recorded: 1, ours: 0, equal: 0 });
		expect(answers.fallbacks).to.deep.equal({ recorded: 0, ours: 0, equal: 0 });
	});

	it("AN1: without a recorder it counts what was recorded only", () => {
		const kernel = boot({ memory: "32M" });
		const answers = new PageAnswers(kernel);
		kernel.allocPages(5, GFP_KERNEL);
		answers.fallback(512, 9 << 8, 1 << 8, 1);
		for (let n = 0; n < 200; n++) answers.step();
		expect(answers.takes.ours).to.equal(0);
		expect(answers.fallbacks.recorded).to.equal(1);
	});

	it("compares free blocks with those of a snapshot", () => {
		const kernel = boot({ memory: "32M" });
		const texts = {
			"snap/a/buddyinfo": kernel.proc("buddyinfo"),
			"snap/a/zoneinfo": kernel.proc("zoneinfo"),
		};
		const snapshot = new Snapshot(textSource(texts), "snap/a/", "a");
		const answers = new PageAnswers(kernel);
		answers.compare(snapshot);
		kernel.allocPages(10, GFP_KERNEL);
		answers.compare(snapshot);
		const [before, after] = answers.snapshots;
		expect([before!.apart, after!.apart]).to.deep.equal([0, 1]);
		expect(before!.frames).to.deep.equal([0, 0]);
		expect(after!.frames).to.deep.equal([0, -1024]);
		expect(before!.listed).to.deep.equal([0, 0]);
	});
});
