import { expect } from "chai";
import type {
	Answering,
	Asked,
} from "../../../scripts/commands/trace-question";
import { QUESTIONS, taskProc } from "../../../scripts/commands/trace-questions";
import { noProgress } from "../../../scripts/progress";
import { recordedTrace, recordRun } from "../../kernel/trace/recorded";
import { stageTerminal } from "../stage";

const trace = recordedTrace("buddy");
const alone = recordRun({ memory: "16M" }, () => {}).trace; // of no scenario

/** What a question writes. */
function answer(name: string, rest: Partial<Answering> = {}, of = trace) {
	let out = "";
	let note = "";
	const question = QUESTIONS.find((each) => each.name === name);
	const asked = {
		trace: of,
		subject: "4112",
		second: "",
		moment: of.events - 1,
		options: { color: false, ...rest },
		terminal: stageTerminal(),
		host: {
			out: (text: string) => {
				out += text;
			},
			note: (text: string) => {
				note += text;
			},
			progress: noProgress,
			terminal: () => stageTerminal(),
		},
	} as unknown as Asked;
	question?.answer(asked);
	return { out, note };
}

describe("the questions", () => {
	it("have names of their own, and examples that begin with them", () => {
		const names = QUESTIONS.map(({ name }) => name);
		expect(new Set(names).size).to.equal(names.length);
		for (const { name, example } of QUESTIONS)
			expect(example.split(" ")[0]).to.equal(name);
	});

	it("list events up to a limit", () => {
		const { out } = answer("events", { limit: 3, kind: "page_alloc" });
		expect(out.trimEnd().split("\n")).to.have.length(3);
		const { out: json } = answer("events", { limit: 3, json: true });
		expect(JSON.parse(json)).to.have.length(3);
	});

	it("begin a listing with an event, or behind a moment", () => {
		const first = (from: string) =>
			JSON.parse(answer("events", { from, limit: 1, json: true }).out)[0];
		expect(first("40").event).to.be.at.least(40);
		expect(first("start").event).to.be.at.most(3);
		expect(first("tick:1")).to.include({ name: "tick", tick: 1 });
	});

	it("TQ1: list nothing as an empty list", () => {
		const { out, note } = answer("events", { kind: "fault", json: true });
		expect(JSON.parse(out)).to.deep.equal([]);
		expect(note).to.equal("No event fits.\n");
	});

	it("tell on stderr what meminfo lacks where nothing can be run again", () => {
		const { out, note } = answer("meminfo", {}, alone);
		expect(out).to.match(/^MemTotal: /);
		expect(note).to.include("the others do not");
	});

	it("know the /proc texts of tasks by their form", () => {
		expect(taskProc("3/status")?.name).to.equal("3/status");
		expect(taskProc("3/stat")).to.equal(null);
		expect(taskProc("map")).to.equal(null);
	});
});
