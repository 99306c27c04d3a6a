import { expect } from "chai";
import fc from "fast-check";
import { asPhys, type PhysAddr } from "../../hw/units";
import { inBulkOrder } from "../../mm/bulk-order";

/** Groups of objects written as slab * 10 + number. */
function groupsOf(objects: readonly number[]): number[][] {
	const groups: number[][] = [];
	inBulkOrder(
		objects.map(asPhys),
		(object: PhysAddr) => Math.floor(object / 10),
		(group) => groups.push(group.map((index) => objects[index] as number)),
	);
	return groups;
}

describe("the order of a bulk free", () => {
	it("goes from the end and gathers objects of one slab", () => {
		expect(groupsOf([11, 12, 13])).to.deep.equal([[13, 12, 11]]);
		expect(groupsOf([21, 11, 31, 22, 12, 41, 13])).to.deep.equal([
			[13, 12],
			[41],
			[22, 21],
			[11],
			[31],
		]);
	});

	it("looks ahead until the third object of another slab", () => {
		expect(groupsOf([11, 21, 31, 12])).to.deep.equal([[12, 11], [21], [31]]);
		expect(groupsOf([11, 21, 31, 41, 12])).to.deep.equal([
			[12],
			[41],
			[31],
			[21],
			[11],
		]);
	});

	it("BO1: visits everything once but NULL", () => {
		fc.assert(
			fc.property(fc.array(fc.integer({ min: 0, max: 8 })), (slabs) => {
				const objects = slabs.map((slab, nth) =>
					slab === 0 ? 0 : slab * 1e6 + nth,
				);
				const seen: number[] = [];
				inBulkOrder(
					objects.map(asPhys),
					(object) => Math.floor(object / 1e6),
					(group) => {
						const its = new Set(group.map((index) => slabs[index]));
						expect(its.size).to.equal(1);
						seen.push(...group);
					},
				);
				const wanted = [...objects.keys()].filter((at) => objects[at] !== 0);
				expect(seen.sort((a, b) => a - b)).to.deep.equal(wanted);
			}),
		);
	});
});
