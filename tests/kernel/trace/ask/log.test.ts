import { expect } from "chai";
import { logAt } from "../../../../kernel/trace/ask/log";
import { watched } from "./watched";

describe("the log at a moment", () => {
	it("GQ1: is that of the machine from the first recorded line on", () => {
		const { trace, kernel } = watched("page-tables", 1e9, () => {});
		const lines = logAt(trace, trace.events - 1).flatMap(({ line }) =>
			line.split("\n"),
		);
		const real = kernel.logLines();
		expect(lines.length).to.be.greaterThan(10);
		expect(lines).to.deep.equal(real.slice(real.length - lines.length));
		const half = logAt(trace, Math.floor(trace.events / 2));
		expect(half.length).to.be.lessThan(lines.length);
		expect(half.map(({ line }) => line)).to.deep.equal(
			lines.slice(0, half.length),
		);
	});
});
