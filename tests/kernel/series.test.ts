import { expect } from "chai";
import fc from "fast-check";
import type { Measures } from "../../kernel/measures";
import { alignSeries, Series } from "../../kernel/series";

const measuresAt = (tick: number) => ({ freePages: tick }) as Measures;

function seriesOf(ticks: number, most = 8): Series {
	const series = new Series({ most });
	for (let tick = 0; tick < ticks; tick++)
		series.look(tick, () => measuresAt(tick));
	series.end(ticks, measuresAt(ticks));
	return series;
}
const ticksOf = ({ samples }: Series) => samples.map(({ step }) => step);

describe("series", () => {
	it("keeps every tick as long as there is room", () => {
		expect(ticksOf(seriesOf(4))).to.deep.equal([0, 1, 2, 3, 4]);
	});

	it("keeps every second, fourth ... when there is not", () => {
		const series = seriesOf(21);
		expect(series.every).to.equal(4);
		expect(ticksOf(series)).to.deep.equal([0, 4, 8, 12, 16, 20, 21]);
	});

	it("measures only what it keeps", () => {
		const series = new Series({ most: 8 });
		const looked: number[] = [];
		for (let tick = 0; tick < 30; tick++)
			series.look(tick, () => {
				looked.push(tick);
				return measuresAt(tick);
			});
		const fine = [0, 1, 2, 3, 4, 5, 6, 7, 8];
		expect(looked).to.deep.equal([...fine, 10, 12, 14, 16, 20, 24, 28]);
	});

	it("begins with a wider interval where that is wanted", () => {
		const series = new Series({ most: 8, every: 10 });
		for (let step = 0; step < 35; step++)
			series.look(step, () => measuresAt(step));
		series.end(35, measuresAt(35));
		expect(series.every).to.equal(10);
		expect(ticksOf(series)).to.deep.equal([0, 10, 20, 30, 35]);
		const longer = new Series({ most: 8, every: 10 });
		for (let step = 0; step < 200; step += 10)
			longer.look(step, () => measuresAt(step));
		expect(longer.every).to.equal(40);
	});

	it("takes the last moment once", () => {
		const series = seriesOf(4);
		series.end(4, measuresAt(99));
		expect(series.samples.at(-1)?.measures.freePages).to.equal(99);
		expect(series.samples).to.have.length(5);
	});

	it("aligns with others to the coarsest interval", () => {
		const short = seriesOf(5);
		const long = seriesOf(30);
		expect(alignSeries([short, long])).to.equal(4);
		expect(ticksOf(short)).to.deep.equal([0, 4, 5]);
	});

	it("SE1: has multiples of its interval, and the last", () => {
		fc.assert(
			fc.property(fc.integer({ min: 0, max: 600 }), (ticks) => {
				const series = seriesOf(ticks);
				const expected = [];
				for (let tick = 0; tick < ticks; tick += series.every)
					expected.push(tick);
				expect(ticksOf(series)).to.deep.equal([...expected, ticks]);
				expect(series.samples.length).to.be.at.most(10);
			}),
		);
	});
});
