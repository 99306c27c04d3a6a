import { expect } from "chai";
import { listsScore } from "../../../../kernel/replay/score/lists";

describe("kernel/replay/score/lists", () => {
	it("counts against the larger side (LI1)", () => {
		const [refill, drain, fallback] = listsScore([
			{ event: "drain", recorded: 100, ours: 80, equal: 60 },
			{ event: "refill", recorded: 100, ours: 200, equal: 100 },
		]);
		expect(refill).to.deep.include({ event: "refill", share: 0.5 });
		expect(drain).to.deep.include({ event: "drain", share: 0.6 });
		expect(fallback).to.deep.equal({
			event: "fallback",
			recorded: 0,
			ours: 0,
			equal: 0,
			share: null,
		});
	});

	it("adds up rows of one kind, such as those of several zones", () => {
		const row = { event: "drain", recorded: 5, ours: 5, equal: 4 } as const;
		expect(listsScore([row, row])[1]).to.deep.include({
			recorded: 10,
			equal: 8,
			share: 0.8,
		});
	});
});
