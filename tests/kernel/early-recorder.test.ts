import { expect } from "chai";
import { boot } from "../../kernel";
import { EV_LOG, EV_STAGE } from "../../kernel/events";
import {
	EV_MEMBLOCK,
	EV_PTE_RUN,
	EV_PTE_SET,
	runEntries,
	runFrames,
	runIndex,
} from "../../mm/events";

function codesOf(options: Parameters<typeof boot>[0]): number[] {
	const { recorder } = boot(options).mm;
	const codes: number[] = [];
	recorder?.drain(0, ({ code }) => codes.push(code));
	return codes;
}

describe("the early recorder", () => {
	it("ER1: is not there when nothing is recorded", () => {
		expect(boot({ memory: "16M" }).mm.recorder).to.equal(null);
		expect(boot({ memory: "16M" }).parts.memblock.recorder).to.equal(null);
	});

	it("has what happened before there were rings, without a listener too", () => {
		const codes = codesOf({ memory: "64M", recorder: true });
		expect(codes[0]).to.equal(EV_STAGE);
		expect(codes.filter((code) => code === EV_MEMBLOCK).length).to.be.above(10);
		expect(codes.indexOf(EV_PTE_RUN)).to.be.above(codes.indexOf(EV_LOG));
	});

	it("loses the oldest records, and says how many, where the rings are small", () => {
		const kernel = boot({ memory: "64M", recorder: { records: 16 } });
		const { recorder } = kernel.mm;
		expect(recorder?.lost(0)).to.be.above(200);
		let events = 0;
		recorder?.drain(0, () => events++);
		expect(events).to.equal(16);
	});

	it("tells every entry of the direct map once, in runs where they lie side by side", () => {
		const sets: number[] = [];
		const runs: number[][] = [];
		boot({ memory: "64M", recorder: true }).mm.recorder?.drain(0, (event) => {
			const { code, a: table, b: word } = event;
			if (code === EV_PTE_SET) sets.push(table * 512 + word);
			if (code !== EV_PTE_RUN) return;
			const [index, entries] = [runIndex(word), runEntries(word)];
			runs.push([index, entries, runFrames(word)]);
			for (let i = 0; i < entries; i++) sets.push(table * 512 + index + i);
		});
		expect(runs).to.deep.equal([
			[1, 255, 1],
			[257, 255, 1],
			[2, 30, 512],
		]);
		expect(new Set(sets).size).to.equal(sets.length);
	});

	it("tells thousands of entries of a large direct map in a few runs", () => {
		const codes = codesOf({ memory: "8G", recorder: { records: 65536 } });
		const runs = codes.filter((code) => code === EV_PTE_RUN).length;
		expect(runs).to.be.within(8, 24);
	});
});
