import { expect } from "chai";
import * as costs from "../../hw/costs";

const table = Object.entries(costs).filter(([name]) =>
	name.startsWith("COST_"),
);

describe("the table of costs", () => {
	it("has whole, positive numbers of cycles, so that sums of them are exact", () => {
		expect(table.length).to.be.greaterThan(10);
		for (const [name, cycles] of table) {
			expect(Number.isInteger(cycles), name).to.equal(true);
			expect(cycles, name).to.be.greaterThan(0);
		}
	});

	it("makes one cycle a nanosecond and a tick 4 milliseconds", () => {
		expect(costs.CYCLES_PER_SECOND).to.equal(1e9);
		expect(costs.CYCLES_PER_TICK).to.equal(4e6);
		expect(costs.CYCLES_PER_TICK * costs.HZ).to.equal(1e9);
	});

	it("leaves a tick room for thousands of steps", () => {
		for (const [name, cycles] of table)
			expect(cycles, name).to.be.below(costs.CYCLES_PER_TICK / 1000);
	});

	it("keeps the order that real machines show", () => {
		const rising = [
			costs.COST_TLB_HIT,
			costs.COST_WALK_LEVEL,
			costs.COST_PCP,
			costs.COST_BUDDY,
			costs.COST_ZERO_PAGE,
			costs.COST_FAULT,
			costs.COST_IPI,
		];
		expect(rising).to.deep.equal([...rising].sort((a, b) => a - b));
		expect(costs.COST_FAST_PATH).to.be.below(costs.COST_SLOW_FREE);
		expect(costs.COST_SLOW_FREE).to.be.below(costs.COST_SLOW_ALLOC);
		expect(costs.COST_TLB_FLUSH_PAGE).to.be.below(costs.COST_TLB_FLUSH);
		expect(costs.COST_SYSCALL).to.be.below(costs.COST_INTERRUPT);
	});
});
