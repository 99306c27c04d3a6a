import { expect } from "chai";
import { fixture, read } from "./support";

const HEADER = "20000\n2\n3\n1\n";

describe("a .rep file", () => {
	it("is read in both orders of its header", () => {
		const { reader, events } = read(fixture("short.rep"));
		expect(reader.format).to.equal("malloclab");
		expect(reader.tally).to.include({
			operationsPromised: 7,
			damaged: 0,
			headers: 4,
			lines: 11,
		});
		expect(events).to.deep.equal([
			{ kind: "malloc", low: 1, bytesRequested: 512, time: 0 },
			{ kind: "malloc", low: 2, bytesRequested: 128, time: 1 },
			{ kind: "realloc", low: 1, oldLow: 1, bytesRequested: 640, time: 2 },
			{ kind: "free", low: 2, time: 3 },
			{ kind: "malloc", low: 3, bytesRequested: 4072, time: 4 },
			{ kind: "free", low: 1, time: 5 },
			{ kind: "free", low: 3, time: 6 },
		]);
		const newer = read(fixture("short-newer.rep"));
		expect(newer.reader.tally).to.include({
			operationsPromised: 5,
			events: 5,
			damaged: 0,
		});
		expect(newer.events[2]).to.deep.equal({ kind: "free", time: 2 }); // free(NULL)
	});

	it("may lack the last line feed", () => {
		expect(read(`${HEADER}a 0 5\nf 0`).events).to.have.length(2);
	});

	it("is damaged where an operation is none", () => {
		for (const line of [
			"a 0",
			"a",
			"x 0 1",
			"f 0 1",
			"a 0 1 2",
			"a0 5",
			"f x",
			"a 0 -1",
			"a 0 99999999999999999999",
			"f",
		])
			expect(
				read(`${HEADER}${line}\n`).reader.tally.complaints,
				line,
			).to.deep.equal([
				{ line: 5, text: "is none of `a ID BYTES`, `r ID BYTES` and `f ID`" },
			]);
		for (const line of ["a 2 5", "f 2", "a -1 5", "f -2", "r 9999999 1"])
			expect(
				read(`${HEADER}${line}\n`).reader.tally.complaints[0]?.text,
				line,
			).to.equal("names an ID that the header does not allow");
	});

	it("is no .rep file without four numbers", () => {
		const { reader } = read("20000\n2\n3\na 0 5\n");
		expect(reader.format).to.equal(null);
		expect(reader.tally).to.include({ damaged: 4, lines: 4 });
		expect(reader.tally.complaints.map(({ line }) => line)).to.deep.equal([
			1, 2, 3, 4,
		]);
		expect(read("20000\n2\n").reader.tally).to.include({
			damaged: 2,
			lines: 2,
		});
	});
});
