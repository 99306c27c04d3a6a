import { expect } from "chai";
import { eachEvent } from "../../../../kernel/trace/ask/events";
import { Scene } from "../../../../kernel/trace/ask/scene";
import { type Words, wordsOf } from "../../../../kernel/trace/ask/words";
import { makeColumns } from "../../../../kernel/trace/columns";
import { recordedTrace } from "../recorded";

/** Words of the first event of each kind. */
function firstOfKinds(name: string): Record<string, Words> {
	const found: Record<string, Words> = {};
	eachEvent(recordedTrace(name), {}, ({ name: kind, words }) => {
		found[kind] ??= words;
	});
	return found;
}

describe("words of events", () => {
	const found = { ...firstOfKinds("per-cpu"), ...firstOfKinds("page-tables") };

	it("are named and unpacked", () => {
		expect(found.page_alloc).to.have.keys("pfn", "order", "type", "gfp");
		expect(found.page_alloc?.type).to.equal("Unmovable");
		expect(found.slab_alloc?.object).to.match(/^0xffff8880[0-9a-f]{8}$/);
		expect(found.slab_alloc?.cache).to.be.a("string").that.is.not.empty;
		expect(found.task_new).to.include({ task: "tourist(1)", parent: 0 });
		expect(found.switch).to.deep.equal({
			to: "tourist(1)",
			from: "idle",
			why: "nobody left",
		});
		expect(found.map?.page).to.match(/^0x[0-9a-f]{16}$/);
		expect(found.memblock).to.include({ kind: "memory" });
		expect(found.log?.text).to.be.a("string").that.is.not.empty;
	});

	it("have no kind without a reading", () => {
		for (const [kind, words] of Object.entries(found))
			expect(Object.keys(words), kind).to.not.be.empty;
	});

	it("WO1: of unknown events keep the names of the trace", () => {
		const columns = makeColumns(1);
		columns.codes[0] = 200;
		columns.a[0] = 7;
		columns.b[0] = 8;
		const scene = new Scene(recordedTrace("buddy"));
		const dictionary = [{ code: 200, name: "later", words: ["one", "two"] }];
		expect(wordsOf(columns, 0, scene, dictionary)).to.deep.equal({
			one: 7,
			two: 8,
		});
		expect(wordsOf(columns, 0, scene, [])).to.deep.equal({
			a: 7,
			b: 8,
			c: 0,
			d: 0,
		});
	});
});
