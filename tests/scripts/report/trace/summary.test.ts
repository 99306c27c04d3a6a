import { expect } from "chai";
import { summarize } from "../../../../kernel/trace/ask/summary";
import { drawTraceSummary } from "../../../../scripts/report/trace/summary";
import { recordedTrace } from "../../../kernel/trace/recorded";
import { plain } from "./sample";

describe("a drawn summary", () => {
	const summary = summarize(recordedTrace("page-tables"));

	it("tells of machine, time, tasks, kinds and stages", () => {
		const text = drawTraceSummary(summary, plain).join("\n");
		expect(text).to.match(/^Trace of page-tables {2}recorded by flagstone/);
		expect(text).to.include("64 MiB in 16,384 frames (DMA, DMA32), 1 CPU");
		expect(text).to.include("tourist(1), vandal(2), dreamer(3)");
		expect(text).to.match(/slab_alloc +[\d,]+ +\d+ %/);
		expect(text).to.match(
			/start_kernel > mm_init > mem_init +\d+ \.\. \d+ +0\.\d+ s/,
		);
		expect(text).to.not.include("not whole");
	});

	it("tells what is wrong with the file", () => {
		const broken = { ...summary, complete: false, lost: 3, end: null };
		const text = drawTraceSummary(broken, plain).join("\n");
		expect(text).to.include("not whole: it was cut short, or is damaged");
		expect(text).to.include("3 events while it was recorded");
		expect(text).to.include("unknown: events before it are missing");
	});

	it("has a title without a scenario too", () => {
		const replay = { ...summary, scenario: null, replay: {} };
		expect(drawTraceSummary(replay, plain)[0]).to.match(/^Trace of a replay/);
	});
});
