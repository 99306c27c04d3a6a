import { expect } from "chai";
import * as fc from "fast-check";
import { FrameLists } from "../../../../kernel/trace/fold/lists";

describe("lists of a fold", () => {
	it("FL3: has no use for frames and lists that there are not", () => {
		const lists = new FrameLists(2, 8);
		lists.pushTail(0, 5);
		for (const [list, pfn] of [
			[0, 8],
			[0, -1],
			[0, 0],
			[0, 2 ** 31],
			[2, 5],
			[-1, 5],
		] as const) {
			lists.pushHead(list, pfn);
			lists.pushTail(list, pfn);
			lists.remove(pfn === 5 ? 9 : pfn);
		}
		expect(lists.members(0)).to.deep.equal([5]);
		expect(lists.members(1)).to.deep.equal([]);
		expect(lists.members(2)).to.deep.equal([]);
	});

	it("FL1, FL2: agree with arrays, whatever is pushed and removed", () => {
		const step = fc.record({
			what: fc.constantFrom("head", "tail", "remove"),
			list: fc.nat(2),
			pfn: fc.integer({ min: 1, max: 9 }),
		});
		fc.assert(
			fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
				const lists = new FrameLists(3, 10);
				const model: number[][] = [[], [], []];
				for (const { what, list, pfn } of steps) {
					model.forEach((each, i) => {
						model[i] = each.filter((it) => it !== pfn);
					});
					if (what === "head") {
						model[list]?.unshift(pfn);
						lists.pushHead(list, pfn);
					} else if (what === "tail") {
						model[list]?.push(pfn);
						lists.pushTail(list, pfn);
					} else lists.remove(pfn);
					const found = [0, 1, 2].map((each) => lists.members(each));
					expect(found).to.deep.equal(model);
					expect(lists.count(list)).to.equal(model[list]?.length);
					const at = model.findIndex((each) => each.includes(pfn));
					expect(lists.listOf(pfn)).to.equal(at);
				}
			}),
		);
	});
});
