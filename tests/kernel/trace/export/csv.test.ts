import { expect } from "chai";
import { exportTrace } from "../../../../kernel/trace/export";
import { recordedTrace, tracedWork } from "../recorded";
import { exported } from "./support";

/** Reads RFC 4180. */
function parsed(text: string): string[][] {
	const rows: string[][] = [];
	let row: string[] = [];
	const cell = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n)/y;
	while (cell.lastIndex < text.length) {
		const found = cell.exec(text);
		if (found === null) throw new Error("no CSV");
		const raw = found[1]!;
		row.push(raw[0] === '"' ? raw.slice(1, -1).replaceAll('""', '"') : raw);
		if (found[2] === ",") continue;
		rows.push(row);
		row = [];
	}
	return rows;
}

function table(text: string): Record<string, string>[] {
	const [head, ...rows] = parsed(text);
	return rows.map((row) =>
		Object.fromEntries(row.map((value, at) => [head![at]!, value])),
	);
}

describe("CSV of a trace", () => {
	const trace = recordedTrace("page-tables");
	const text = exported(trace, "csv");
	const rows = table(text);

	it("CS1: has a row for each event, and as many fields in each", () => {
		const lines = parsed(text);
		expect(lines).to.have.length(trace.events + 1);
		expect(new Set(lines.map((line) => line.length)).size).to.equal(1);
		expect(new Set(lines[0]).size).to.equal(lines[0]!.length);
		expect(rows.map(({ event }) => Number(event))).to.deep.equal(
			rows.map((_, at) => at),
		);
	});

	it("says of an event what the trace says of it", () => {
		for (const at of [0, 100, 900, 1500]) {
			const event = trace.event(at);
			const row = rows[at]!;
			expect(Number(row.cycles)).to.equal(event.cycles);
			expect(Number(row.cpu)).to.equal(event.cpu);
			expect(row.site).to.equal(trace.path(event.context).join(" > "));
		}
		const alloc = rows.find(({ name }) => name === "page_alloc")!;
		const event = trace.event(Number(alloc.event));
		expect(Number(alloc.pfn)).to.equal(event.a);
		expect(Number(alloc.order)).to.equal(event.b & 255);
		expect(Number(alloc.type)).to.equal(event.b >>> 8);
		expect(Number(alloc.gfp)).to.equal(event.c);
		expect(alloc.index).to.equal("");
	});

	it("CS2: gives addresses, entries and names", () => {
		const entry = rows.find(({ name }) => name === "pte_set")!;
		expect(entry.entry).to.match(/^0x[0-9a-f]+$/);
		const object = rows.find(({ name }) => name === "slab_alloc")!;
		expect(object.object).to.match(/^0x[0-9a-f]+$/);
		expect(object.cache).to.equal("kmem_cache");
		const task = rows.find(({ name }) => name === "task_new")!;
		expect(task.text).not.to.equal("");
		const log = rows.find(({ name }) => name === "log")!;
		expect(log.text).to.include("Linux version");
	});

	it("CS1: quotes what needs it", () => {
		const odd = tracedWork({ memory: "16M" }, (kernel) => {
			kernel.createCache({ name: 'a,"b"', size: 300 });
		});
		const out = exported(odd, "csv");
		expect(out).to.include('"a,""b"""');
		expect(table(out).some(({ text: name }) => name === 'a,"b"')).to.equal(
			true,
		);
	});

	it("takes a stretch, with the names that it needs", () => {
		const part = table(exported(trace, "csv", { from: 1000, to: 1100 }));
		expect(part).to.deep.equal(rows.slice(1001, 1101));
	});

	it("comes in pieces", () => {
		const long = recordedTrace("fragmentation");
		const export_ = exportTrace(long, "csv");
		let longest = 0;
		for (const piece of export_) longest = Math.max(longest, piece.length);
		expect(longest).to.be.below(2 ** 19);
	});
});
