import { expect } from "chai";
import { unreadable } from "../../scripts/unreadable";

describe("why a file cannot be read", () => {
	it("UR1: is one sentence, and none within another", () => {
		const missing = Object.assign(new Error("no"), { code: "ENOENT" });
		expect(unreadable("a.trace", missing)).to.equal(
			"There is no file a.trace.",
		);
		const denied = Object.assign(new Error("no"), { code: "EACCES" });
		expect(unreadable("a.trace", denied)).to.equal(
			"a.trace may not be read (EACCES).",
		);
		const said = new Error("a.trace: the header cannot be read.");
		expect(unreadable("a.trace", said)).to.equal(said.message);
		expect(unreadable("a.trace", new Error("bad"))).to.equal(
			"a.trace cannot be read (Error: bad).",
		);
	});
});
