import { expect } from "chai";
import { why } from "../../../../kernel/trace/ask/why";
import { DICTIONARY } from "../../../../kernel/trace/dictionary";
import { shippedNames } from "../../../../scripts/scenario-files";
import { ownTrace, recordedTrace } from "../recorded";

const EACH = 20;
const LARGE = new Set(["debian-boot"]); // takes long to record, and has no kind of event that the others lack

describe("why", () => {
	for (const name of shippedNames().filter((each) => !LARGE.has(each)))
		it(`Y1, CH1: explains the first ${EACH} events of each kind in ${name}`, () => {
			const trace = recordedTrace(name);
			const seen = new Map<number, number>();
			trace.each(0, trace.events, (columns, index, event) => {
				const code = columns.codes[index]!;
				const times = (seen.get(code) ?? 0) + 1;
				seen.set(code, times);
				if (times > EACH) return;
				const { title, chain, name: kind } = why(trace, event);
				expect(title).to.not.equal("");
				expect(kind).to.match(/^[a-z_]+$/);
				expect(chain.length).to.be.greaterThan(0);
				for (const { sentence, numbers } of chain) {
					expect(sentence).to.match(/[.]$/);
					expect(sentence).to.not.match(/undefined|NaN|Infinity/);
					for (const value of Object.values(numbers))
						expect(Number.isFinite(value)).to.equal(true);
				}
			});
		});

	it("CH2: answers with plain data", () => {
		const trace = recordedTrace("buddy");
		const answer = why(trace, 100);
		expect(JSON.parse(JSON.stringify(answer))).to.deep.equal(answer);
	});

	it("Y2: answers the same whatever was asked before", () => {
		const trace = recordedTrace("memory-full");
		const late = why(trace, 20_000);
		why(trace, 10);
		expect(why(trace, 20_000)).to.deep.equal(late);
	});

	it("Y1: tells an event that nobody knows by the words that the trace gives it", () => {
		const trace = ownTrace("buddy");
		const event = { ...trace.event(100), code: 250, a: 7, b: 8, c: 9, d: 10 };
		const dictionary = [
			...DICTIONARY,
			{ code: 250, name: "comet", words: ["mass", "tail"] },
		];
		Object.assign(trace, { event: () => event });
		Object.defineProperty(trace, "header", {
			value: { ...trace.header, dictionary },
		});
		const { name, chain } = why(trace, 100);
		expect(name).to.equal("comet");
		expect(chain[0]?.sentence).to.equal(
			"CPU 0 recorded comet: mass 7, tail 8, c 9, d 10.",
		);
	});

	it("refuses an event that does not exist with one sentence", () => {
		const trace = recordedTrace("buddy");
		expect(() => why(trace, trace.events)).to.throw("there is no event");
		expect(() => why(trace, -1)).to.throw("there is no event -1");
	});
});
