import { expect } from "chai";
import { finder } from "../../../scripts/step/finder";
import { recordedTrace } from "../../kernel/trace/recorded";

const trace = () => recordedTrace("slab-life");
const find = (text: string) =>
	finder(trace(), (address) => Number.parseInt(address, 16))(
		text,
		trace().events - 1,
	);

describe("the finder", () => {
	it("finds events by number and frames by address", () => {
		expect(find("12")).to.deep.equal({ event: 12 });
		expect(find("0x5000")).to.deep.equal({ frame: 5 });
	});

	it("finds tasks where they began", () => {
		const fold = trace().foldAt(trace().events - 1);
		const [task] = [...fold.tasks.tasks.values()];
		expect(find(`pid:${task?.pid}`)).to.deep.equal({ event: task?.since });
		expect(find(task?.name ?? "")).to.deep.equal({ event: task?.since });
	});

	it("finds the newest slab of a cache", () => {
		const found = find("task_struct") as { frame: number };
		const { objects, frames } = trace().foldAt(trace().events - 1);
		expect(objects.cache(frames.owner[found.frame] as number)?.name).to.equal(
			"task_struct",
		);
	});

	it("FI1: answers with a sentence where there is nothing", () => {
		expect(find("99999999")).to.include("there is no event 99999999");
		expect(find("pid:999")).to.include("there is no task 999");
		expect(find("task_strukt")).to.include('did you mean "task_struct"');
	});
});
