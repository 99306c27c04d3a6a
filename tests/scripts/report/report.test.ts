import { expect } from "chai";
import { succeeded } from "../../../scripts/report/report";
import { sampleReport } from "./sample";

describe("a report", () => {
	const good = sampleReport({ expectations: [] });

	it("is plain data (P1)", () => {
		expect(JSON.parse(JSON.stringify(good))).to.deep.equal(good);
	});

	it("is a success without panic, damage and failed expectations", () => {
		expect(succeeded(good)).to.equal(true);
		expect(succeeded({ ...good, panic: "at the disco" })).to.equal(false);
		expect(succeeded({ ...good, damage: ["B1"] })).to.equal(false);
		const failed = { text: "x", held: false, detail: "" };
		expect(succeeded({ ...good, expectations: [failed] })).to.equal(false);
	});
});
