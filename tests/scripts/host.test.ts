import { expect } from "chai";
import { processHost } from "../../scripts/host";

describe("the host", () => {
	it("draws on the terminal of this process, without colour when asked", () => {
		const terminal = processHost().terminal(true);
		expect(terminal.colour).to.equal(false);
		expect(terminal.columns).to.be.within(40, 160);
	});
});
