import { expect } from "chai";
import { Sites } from "../../../../kernel/replay/reading/sites";
import { Window } from "../../../../kernel/replay/reading/window";
import { dice, read } from "./support";

describe("call sites that follow one another", () => {
	it("are guessed when they come in the same order again", () => {
		const text = "first+0x1/0x2 second+0x3 ";
		const sites = new Sites(Window.of(text));
		const end = text.length;
		expect(sites.guess(0, end)).to.equal(-1);
		sites.keep(7, 0, 13);
		expect(sites.guess(14, end)).to.equal(-1);
		sites.keep(8, 14, 24);
		sites.keep(7, 0, 13);
		expect(sites.guess(14, end)).to.equal(8);
		expect(sites.length).to.equal(10);
		expect(sites.guess(0, end)).to.equal(7);
		expect(sites.length).to.equal(13);
	});

	it("are not guessed where the text is another, longer or cut", () => {
		const text = "kfree+0x1 kfree+0x12 kfree+0x1";
		const sites = new Sites(Window.of(text));
		sites.keep(7, 0, 9);
		sites.keep(7, 0, 9);
		expect(sites.guess(10, text.length)).to.equal(-1);
		expect(sites.guess(21, text.length)).to.equal(-1);
		expect(sites.guess(0, 9)).to.equal(-1);
		expect(sites.guess(0, text.length)).to.equal(7);
	});

	it("Q1: are the same in any order, modules and long names too", () => {
		const names = Array.from({ length: 40 }, (_, n) =>
			n % 7 === 0
				? `${"long_name".repeat(n)}f+0x${n}/0x99 [module]`
				: `f${n % 5}+0x${n}/0x${n % 3}`,
		).filter((name) => name.length < 400);
		const roll = dice(3);
		const order = Array.from({ length: 4000 }, (_, n) =>
			n % 3 === 0 ? roll(names.length) : n % names.length,
		);
		const line = (n: number) =>
			`            init-1       [000] .....     2.5: kfree: call_site=${names[n]} ptr=00000000b7e50d1a\n`;
		const { events, reader } = read(order.map(line).join(""));
		expect(reader.tally.damaged).to.equal(0);
		expect(events.map(({ site }) => site)).to.deep.equal(
			order.map((n) => names[n]!.replace(/\/.*/, "")),
		);
	});
});
