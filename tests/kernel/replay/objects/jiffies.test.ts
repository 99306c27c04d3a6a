import { expect } from "chai";
import { Jiffies } from "../../../../kernel/replay/objects/jiffies";

const MS = 1e6;

describe("ticks of a recorded CPU", () => {
	it("go on every four milliseconds in the rhythm of the bursts", () => {
		const jiffies = new Jiffies("nanoseconds");
		jiffies.burst(10.8 * MS);
		const first = jiffies.now;
		expect(jiffies.advance(14.7 * MS)).to.equal(false);
		expect(jiffies.advance(14.9 * MS)).to.equal(true);
		expect(jiffies.burst(14.95 * MS)).to.equal(false);
		expect(jiffies.advance(30.9 * MS)).to.equal(true);
		expect(jiffies.now).to.equal(first + 5);
	});

	it("are not moved by a burst that comes late, only by many", () => {
		const jiffies = new Jiffies("nanoseconds");
		jiffies.burst(10 * MS);
		jiffies.burst(15.5 * MS);
		expect(jiffies.advance(17.9 * MS)).to.equal(false);
		expect(jiffies.advance(18.1 * MS)).to.equal(true);
		for (let nth = 0; nth < 20; nth++) jiffies.burst((20 + nth * 4) * MS);
		expect(jiffies.advance(99.9 * MS)).to.equal(false);
		expect(jiffies.advance(100.1 * MS)).to.equal(true);
	});

	it("JF1: never run backwards", () => {
		const jiffies = new Jiffies("nanoseconds");
		let before = 0;
		for (let n = 0; n < 500; n++) {
			const time = n * 1.3 * MS + ((n * 7919) % 13) * 0.1 * MS;
			if (n % 3 === 0) jiffies.burst(time);
			else jiffies.advance(time);
			expect(jiffies.now).to.be.at.least(before);
			before = jiffies.now;
		}
	});

	it("come with bursts where a clock counts events, and in between where they are far apart", () => {
		const jiffies = new Jiffies("count");
		expect(jiffies.burst(1000)).to.equal(true);
		expect(jiffies.burst(1100)).to.equal(false);
		expect(jiffies.burst(2200)).to.equal(true);
		expect(jiffies.advance(3000)).to.equal(false);
		expect(jiffies.advance(4100)).to.equal(true);
		expect(jiffies.now).to.equal(3);
	});
});
