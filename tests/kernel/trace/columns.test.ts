import { expect } from "chai";
import { eventAt, makeColumns } from "../../../kernel/trace/columns";

describe("event columns", () => {
	it("have room for what they were made for, and hold nothing yet", () => {
		const columns = makeColumns(3);
		expect(columns.count).to.equal(0);
		for (const array of [columns.cycles, columns.codes, columns.d])
			expect(array).to.have.length(3);
	});

	it("give one event as an object", () => {
		const columns = makeColumns(2);
		columns.count = 2;
		columns.cycles[1] = 2 ** 40;
		columns.codes[1] = 9;
		columns.cpus[1] = 1;
		columns.contexts[1] = 511;
		columns.a[1] = -1;
		columns.d[1] = 64;
		expect(eventAt(columns, 1, 100)).to.deep.equal({
			number: 101,
			cycles: 2 ** 40,
			code: 9,
			cpu: 1,
			context: 511,
			a: -1,
			b: 0,
			c: 0,
			d: 64,
		});
	});
});
