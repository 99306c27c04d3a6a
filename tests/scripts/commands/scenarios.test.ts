import { expect } from "chai";
import { perform } from "../stage";

describe("flagstone scenarios", () => {
	it("lists names and titles under each other", () => {
		const { exitCode, out } = perform(["scenarios"]);
		expect(exitCode).to.equal(0);
		expect(out).to.equal(
			"debian  a recorded machine (default)\nbuddy   splitting and merging\n",
		);
	});

	it("lists them for programs", () => {
		const { out } = perform(["scenarios", "--json"]);
		expect(JSON.parse(out)).to.deep.equal([
			{ name: "debian", title: "a recorded machine" },
			{ name: "buddy", title: "splitting and merging" },
		]);
	});
});
