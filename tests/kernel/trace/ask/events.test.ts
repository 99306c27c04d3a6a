import { expect } from "chai";
import {
	type EventAnswer,
	type EventFilter,
	eachEvent,
} from "../../../../kernel/trace/ask/events";
import { recordedTrace } from "../recorded";

const trace = recordedTrace("page-tables");

function found(filter: EventFilter): EventAnswer[] {
	const all: EventAnswer[] = [];
	eachEvent(trace, filter, (event) => {
		all.push(event);
	});
	return all;
}

describe("events one by one", () => {
	const all = found({});

	it("EQ1: are all but letters", () => {
		expect(all.some(({ name }) => name === "text")).to.equal(false);
		const letters = trace.events - all.length;
		expect(letters).to.be.greaterThan(0);
		expect(all.filter(({ text }) => text !== "").length).to.be.greaterThan(50);
	});

	it("are those between two of them", () => {
		const some = found({ from: 500, to: 600 });
		expect(some).to.deep.equal(
			all.filter(({ event }) => event >= 500 && event <= 600),
		);
	});

	it("are of some kinds", () => {
		const some = found({ kinds: ["fault", "map"] });
		expect(some).to.deep.equal(
			all.filter(({ name }) => name === "fault" || name === "map"),
		);
		expect(() => found({ kinds: ["falt"] })).to.throw(
			'there is no kind of event "falt" (did you mean "fault"?)',
		);
		expect(() => found({ kinds: ["text"] })).to.throw("no kind of event");
	});

	it("are about a frame, a cache, a task", () => {
		const stack = found({ kinds: ["page_use"] })[0];
		const pfn = stack?.words.pfn as number;
		const about = found({ frame: pfn });
		expect(about).to.deep.include(stack);
		expect(about.length).to.be.lessThan(all.length / 10);
		const cache = found({ cache: "vm_area_struct" });
		expect(cache).to.not.be.empty;
		for (const { words } of cache)
			expect(words.cache).to.equal("vm_area_struct");
	});

	it("EQ2: are a task's when it runs or is named", () => {
		const own = found({ task: 2 });
		expect(own.map(({ name }) => name)).to.include.members([
			"task_new",
			"task_exit",
			"fault",
		]);
		for (const { task, words } of own)
			if (task?.pid !== 2)
				expect(JSON.stringify(words)).to.include("vandal(2)");
	});

	it("end when it is enough", () => {
		let count = 0;
		eachEvent(trace, {}, () => ++count === 5);
		expect(count).to.equal(5);
	});
});
