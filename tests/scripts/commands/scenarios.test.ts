import { expect } from "chai";
import { perform } from "../stage";

describe("flagstone scenarios", () => {
	it("lists names and titles under each other", async () => {
		const { exitCode, out } = await perform(["scenarios"]);
		expect(exitCode).to.equal(0);
		expect(out).to.equal(
			"debian  a recorded machine (default)\nbuddy   splitting and merging\n",
		);
	});

	it("lists them for programs", async () => {
		const { out } = await perform(["scenarios", "--json"]);
		expect(JSON.parse(out)).to.deep.equal([
			{ name: "debian", title: "a recorded machine" },
			{ name: "buddy", title: "splitting and merging" },
		]);
	});
});
