import { expect } from "chai";
import { pieces, spanOf } from "../../../../kernel/trace/export/span";
import { recordedTrace } from "../recorded";

describe("spans of a trace", () => {
	const trace = recordedTrace("fragmentation");
	const last = trace.events - 1;

	it("is the whole trace when nothing is asked for", () => {
		expect(spanOf(trace, {})).to.deep.equal({
			first: 0,
			end: trace.events,
			at: last,
		});
	});

	it("is what happened between two moments", () => {
		const span = spanOf(trace, { from: 10, to: 20 });
		expect(span).to.deep.equal({ first: 11, end: 21, at: 20 });
		expect(spanOf(trace, { at: 5 })).to.deep.equal({
			...{ first: 0, end: 6, at: 5 },
		});
		expect(spanOf(trace, { to: 9, at: 3 }).at).to.equal(3);
	});

	it("SP1: stays within the trace", () => {
		for (const wish of [
			{ from: -7, to: last + 9 },
			{ from: 50, to: 20 },
			{ at: last + 1 },
		]) {
			const { first, end, at } = spanOf(trace, wish);
			expect(first).to.be.within(0, end);
			expect(end).to.be.at.most(trace.events);
			expect(at).to.be.within(-1, last);
		}
	});

	it("SP2: visits every event once, in pieces", () => {
		const seen: number[] = [];
		const span = { first: 7, end: 9000, at: 0 };
		const parts = [
			...pieces(trace, span, (_columns, _index, event) => {
				seen.push(event);
				return event % 2 === 0 ? "x" : "";
			}),
		];
		expect(seen).to.have.length(8993);
		expect(seen[0]).to.equal(7);
		expect(seen.at(-1)).to.equal(8999);
		expect(parts.join("")).to.have.length(4496);
		expect(parts.length).to.be.above(4);
		for (const part of parts) expect(part.length).to.be.at.most(2048);
	});
});
