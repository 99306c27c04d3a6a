import { expect } from "chai";
import {
	counted,
	hex,
	holderText,
	listed,
	pagesOf,
	siteText,
	taskText,
	typeName,
	useText,
} from "../../../../kernel/trace/ask/phrases";
import { recordedTrace } from "../recorded";

describe("words of a trace", () => {
	const trace = recordedTrace("buddy");

	it("count things", () => {
		expect(counted(1, "page")).to.equal("1 page");
		expect(counted(2, "entry", "entries")).to.equal("2 entries");
		expect(pagesOf(4)).to.equal("16 pages");
		expect(listed([])).to.equal("");
		expect(listed(["a"])).to.equal("a");
		expect(listed(["a", "b", "c"])).to.equal("a, b and c");
		expect(hex(4096)).to.equal("0x1000");
	});

	it("WO1: name what is known and what is not", () => {
		const fold = trace.foldAt(trace.events - 1);
		expect(typeName(1)).to.equal("Movable");
		expect(typeName(9)).to.equal("type 9");
		expect(siteText(trace, 0)).to.equal("somebody outside stages and tasks");
		expect(taskText(fold, 1)).to.equal("builder (pid 1)");
		expect(taskText(fold, 99)).to.equal("pid 99");
		expect(taskText(fold, 0)).to.equal("no task");
	});

	it("say whose a frame is, since when and by whom", () => {
		const fold = trace.foldAt(trace.events - 1);
		expect(useText(fold, 4096)).to.equal("a slab of kmem_cache");
		expect(holderText(trace, fold, 4096)).to.match(
			/^a slab of kmem_cache since event \d+ \(start_kernel > mm_init > kmem_cache_init\)$/,
		);
		expect(holderText(trace, fold, 1)).to.equal("reserved since boot");
	});
});
