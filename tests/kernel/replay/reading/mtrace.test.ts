import { expect } from "chai";
import { fixture, read } from "./support";

describe("a log of mtrace", () => {
	it("is read as glibc writes it", () => {
		const { reader, events } = read(fixture("mtrace.txt"));
		expect(reader.format).to.equal("mtrace");
		expect(reader.clock).to.equal("count");
		expect(reader.tally).to.include({ damaged: 0, lines: 14, headers: 4 });
		expect(
			events.map(({ kind, bytesRequested }) => [kind, bytesRequested]),
		).to.deep.equal([
			["malloc", 100],
			["malloc", 24],
			["realloc", 5000],
			["malloc", 40],
			["free", undefined],
			["realloc", 10],
			["free", undefined],
			["free", undefined],
			["malloc", 200],
			["free", undefined],
		]);
		expect(events[0]).to.deep.equal({
			...{ kind: "malloc", site: "./m:(work+18)", time: 0 },
			...{ low: 0x7f1734a0, high: 0x5624, bytesRequested: 100 },
		});
		expect(events[2]).to.include({
			oldLow: 0x7f1734a0,
			oldHigh: 0x5624,
			low: 0x7f1734a0,
		});
		expect(events[3]).to.not.have.any.keys("oldLow", "oldHigh");
	});

	it("names its callers in several ways", () => {
		const site = (caller: string) =>
			read(`= Start\n${caller}+ 0x10 0x20\n`).events[0]?.site;
		expect(site("@ ./m:[0x1190] ")).to.equal("./m:[0x1190]");
		expect(site("@ [0x401136] ")).to.equal("[0x401136]");
		expect(site("@ /opt/my prog - v2:(main+0x1)[0x7] ")).to.equal(
			"/opt/my prog - v2:(main+0x1)",
		);
		expect(site("")).to.equal(undefined);
	});

	it("R1: is damaged where half a realloc is missing", () => {
		const reasons = (text: string) =>
			read(`= Start\n${text}`).reader.tally.complaints.map(
				({ line, text: why }) => [line, why],
			);
		const half = "is one half of a realloc without the other";
		expect(reasons("@ a > 0x10 0x20\n")).to.deep.equal([[2, half]]);
		expect(reasons("@ a < 0x10\n@ a + 0x30 0x20\n@ a - 0x30\n")).to.deep.equal([
			[3, half],
		]);
		expect(reasons("@ a < 0x10\n@ a < 0x10\n@ a > 0x10 0x20\n")).to.deep.equal([
			[3, half],
		]);
	});

	it("is damaged where operator, address or size is none", () => {
		for (const line of [
			"@ a + 0x10",
			"@ a + 0x10 zz",
			"@ a * 0x10 0x20",
			"@ a - 0x10 0x20",
			"@ a - 0x12345678901234567",
			"nonsense",
			"@",
		])
			expect(read(`= Start\n${line}\n`).reader.tally, line).to.include({
				damaged: 1,
				events: 0,
			});
	});

	it("passes over a realloc that failed", () => {
		const { reader, events } = read(
			"= Start\n@ a ! 0x10 0x200000\n@ a - 0x10\n",
		);
		expect(events).to.have.length(1);
		expect(reader.tally).to.include({ others: 1, damaged: 0 });
	});
});
