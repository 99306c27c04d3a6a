import { expect } from "chai";
import fc from "fast-check";
import {
	type Axis,
	blocksAxis,
	bytesAxis,
	countAxis,
	roundStep,
	timeAxis,
} from "../../../scripts/report/axis";

const MIB = 2 ** 20;
const texts = ({ ticks }: Axis): string[] => ticks.map(({ text }) => text);

describe("axes", () => {
	it("step by 1, 2 or 5 times a power of ten", () => {
		expect(
			[1, 3, 17, 60, 0.3].map((range) => roundStep(range, 4)),
		).to.deep.equal([0.5, 1, 5, 20, 0.1]);
	});

	it("begin at 0 in a unit that suits the most", () => {
		const axis = bytesAxis(0, 17.3 * MIB);
		expect(texts(axis)).to.deep.equal(["0", "5", "10", "15", "20"]);
		expect(axis.unit).to.equal("MiB");
		expect(bytesAxis(0, 900 * 1024).unit).to.equal("KiB");
	});

	it("begin where the values do when they all are far from 0", () => {
		const axis = bytesAxis(90 * MIB, 100 * MIB);
		expect(texts(axis)[0]).to.equal("90");
		expect(axis.from).to.equal(90 * MIB);
	});

	it("can show one value alone", () => {
		const { from, to } = bytesAxis(64 * MIB, 64 * MIB);
		expect(from).to.be.below(64 * MIB);
		expect(to).to.be.at.least(64 * MIB);
	});

	it("AX1: ticks enclose what is drawn, in order and not too many", () => {
		const amount = fc.integer({ min: 0, max: 2 ** 40 });
		fc.assert(
			fc.property(amount, amount, (one, other) => {
				const least = Math.min(one, other);
				const most = Math.max(one, other, 1);
				const { from, to, ticks } = bytesAxis(least, most);
				expect(from).to.be.at.most(least);
				expect(to).to.be.at.least(most);
				expect(ticks.length).to.be.within(2, 8);
				expect(new Set(ticks.map(({ text }) => text)).size).to.equal(
					ticks.length,
				);
			}),
		);
	});

	it("AX1: enclose amounts that steps do not divide exactly", () => {
		const [least, most] = [1098632018474, 2 ** 40];
		expect(bytesAxis(least, most).from).to.be.at.most(least);
		expect(bytesAxis(least, most).to).to.be.at.least(most);
	});

	it("of time end with the run", () => {
		const axis = timeAxis(1.6e9);
		expect(axis.unit).to.equal("s");
		expect(axis.to).to.equal(1.6e9);
		expect(texts(axis)).to.deep.equal(["0.0", "0.5", "1.0", "1.5"]);
		expect(timeAxis(8e6).unit).to.equal("ms");
	});

	it("of blocks have a place for no block at all", () => {
		expect(texts(blocksAxis())[0]).to.equal("none");
		expect(texts(blocksAxis()).at(-1)).to.equal("4 MiB");
	});

	it("counts from 0 to exactly the most, in the unit that suits", () => {
		const texts = (count: number) => {
			const { unit, ticks, to } = countAxis(count);
			return [unit, to, ...ticks.map(({ text }) => text)];
		};
		expect(texts(0)).to.deep.equal(["", 1, "0"]);
		expect(texts(3)).to.deep.equal(["", 3, "0", "1", "2", "3"]);
		expect(texts(400)).to.deep.equal([
			"",
			400,
			"0",
			"100",
			"200",
			"300",
			"400",
		]);
		expect(texts(38_893).slice(0, 4)).to.deep.equal([
			...["in thousands", 38_893, "0", "10"],
		]);
		expect(countAxis(2e7).unit).to.equal("in millions");
	});
});
