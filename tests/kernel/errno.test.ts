import { expect } from "chai";
import * as errno from "../../kernel/errno";

describe("kernel/errno", () => {
	it("has Linux's numbers", () => {
		expect(errno.EPERM).to.equal(1);
		expect(errno.ENOMEM).to.equal(12);
		expect(errno.EINVAL).to.equal(22);
	});

	it("names every number that it has", () => {
		for (const [name, value] of Object.entries(errno))
			if (typeof value === "number")
				expect(errno.resultText(-value)).to.equal(`-${name}`);
	});
});
