import { expect } from "chai";
import { drawFreelists } from "../../../../scripts/report/trace/freelists";
import { at, plain } from "./sample";

const list = (blocks: readonly number[], cpu: number | null = null) => ({
	zone: "DMA32",
	cpu,
	order: 3,
	type: "Movable",
	blocks,
});

describe("drawn free lists", () => {
	it("have their heads on the left", () => {
		const lists = [list([8, 16]), list([24], 1)];
		const [title, first, second] = drawFreelists(lists, at, false, plain);
		expect(title).to.match(/^Free lists {2}after event 500/);
		expect(first).to.match(/^ {2}DMA32 +order 3 +Movable +2 blocks +8 16$/);
		expect(second).to.match(
			/^ {2}CPU 1, DMA32 +order 3 +Movable +1 block +24$/,
		);
		expect(first?.indexOf("8 16")).to.equal(second?.indexOf("24"));
	});

	it("are cut when they are long, unless all is wanted", () => {
		const blocks = Array.from({ length: 200 }, (_, at) => 10_000 + 8 * at);
		const short = drawFreelists([list(blocks)], at, false, plain);
		expect(short).to.have.length(5);
		expect(short.at(-1)).to.match(/^ +\.\.\. \(--all shows the rest\)$/);
		const whole = drawFreelists([list(blocks)], at, true, plain).join(" ");
		expect(whole.match(/\b1\d{4}\b/g)?.map(Number)).to.deep.equal(blocks);
		for (const line of short) expect(line.length).to.be.at.most(100);
	});
});
