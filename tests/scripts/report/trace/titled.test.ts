import { expect } from "chai";
import {
	left,
	momentText,
	right,
	signed,
	signedBytes,
	title,
	titled,
	trafficText,
} from "../../../../scripts/report/trace/titled";
import { makeTerminal } from "../../../../scripts/terminal";

const terminal = makeTerminal({
	isTerminal: false,
	columns: 80,
	noColour: true,
	environment: {},
	depth: 0,
});

describe("the frame of an answer about a trace", () => {
	it("TI1: is a title with its note, and a table indented by two", () => {
		const rows = [
			["a", "1"],
			["b", "22"],
			["c", "3"],
		];
		const head = title("Letters", "all of them", terminal);
		const columns = [left("letter"), right("times")];
		expect(titled(head, columns, rows, 2, terminal)).to.deep.equal([
			"Letters  all of them",
			"  letter  times",
			"  a           1",
			"  b          22",
			"  and 1 more",
		]);
		expect(titled(head, columns, rows, 3, terminal)).to.have.length(5);
	});

	it("writes signed numbers, moments and allocations", () => {
		expect([signed(3), signed(-3), signed(0)]).to.deep.equal(["+3", "-3", ""]);
		expect([signed(13140), signed(-13140)]).to.deep.equal([
			"+13,140",
			"-13,140",
		]);
		expect(signedBytes(2048)).to.equal("+2 KiB");
		expect(signedBytes(-4096)).to.equal("-4 KiB");
		expect(signedBytes(0)).to.equal("");
		expect(momentText(-1)).to.equal("the start");
		expect(momentText(12)).to.equal("event 12");
		expect(trafficText(1, 1024)).to.equal("1 allocation of 1 KiB");
	});
});
