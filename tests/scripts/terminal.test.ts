import { expect } from "chai";
import { makeTerminal, type TerminalFacts } from "../../scripts/terminal";

const FACTS: TerminalFacts = {
	isTerminal: true,
	columns: 100,
	noColour: false,
	environment: {},
	depth: 3,
};

const shows = (facts: Partial<TerminalFacts>): boolean =>
	makeTerminal({ ...FACTS, ...facts }).colour;

describe("the terminal", () => {
	it("shows colour on a terminal and none in a file", () => {
		expect(shows({})).to.equal(true);
		expect(shows({ isTerminal: false })).to.equal(false);
		expect(shows({ environment: { TERM: "dumb" } })).to.equal(false);
	});

	it("obeys --no-color, NO_COLOR and FORCE_COLOR, in this order", () => {
		expect(shows({ noColour: true })).to.equal(false);
		expect(shows({ environment: { NO_COLOR: "1" } })).to.equal(false);
		expect(shows({ environment: { NO_COLOR: "" } })).to.equal(true);
		const force = { isTerminal: false, environment: { FORCE_COLOR: "1" } };
		expect(shows(force)).to.equal(true);
		expect(shows({ ...force, noColour: true })).to.equal(false);
		expect(shows({ environment: { FORCE_COLOR: "0" } })).to.equal(false);
	});

	it("paints only where there is colour", () => {
		const sequence = String.fromCharCode(27);
		const plain = makeTerminal({ ...FACTS, noColour: true });
		expect(plain.paint.bold.hex("#ff0000")("x")).to.equal("x");
		expect(makeTerminal(FACTS).paint.bold("x")).to.include(`${sequence}[1m`);
	});

	it("has a sane width whatever the host says", () => {
		const width = (columns: number | undefined): number =>
			makeTerminal({ ...FACTS, columns }).columns;
		expect(width(100)).to.equal(100);
		expect(width(undefined)).to.equal(80);
		expect(width(0)).to.equal(80);
		expect(width(7)).to.equal(40);
		expect(width(1000)).to.equal(160);
	});
});
