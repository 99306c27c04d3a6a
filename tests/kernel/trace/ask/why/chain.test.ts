import { expect } from "chai";
import { Chain } from "../../../../../kernel/trace/ask/why/chain";

describe("a chain of reasons", () => {
	it("keeps its sentences in order, each with its event and numbers", () => {
		const chain = new Chain();
		chain.say(7, "Zone DMA refused.", { free: 3 });
		chain.say(null, "It is full.");
		expect(chain.steps).to.deep.equal([
			{ event: 7, sentence: "Zone DMA refused.", numbers: { free: 3 } },
			{ event: null, sentence: "It is full.", numbers: {} },
		]);
	});

	it("begins a sentence with a capital, but leaves names alone", () => {
		const chain = new Chain();
		chain.say(null, "somebody outside stages and tasks froze it.");
		chain.say(null, "start_kernel > mm_init made it.");
		expect(chain.steps.map(({ sentence }) => sentence)).to.deep.equal([
			"Somebody outside stages and tasks froze it.",
			"start_kernel > mm_init made it.",
		]);
	});
});
