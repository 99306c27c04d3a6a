import { expect } from "chai";
import fc from "fast-check";
import { LINE_MAX, Lines } from "../../../../kernel/replay/reading/lines";

function cut(text: string, sizes: readonly number[]): string[] {
	const found: string[] = [];
	const lines: Lines = new Lines({
		take: () => -1,
		line: (start, end) => found.push(shown(start, end)),
		overlong: () => found.push("overlong"),
		unclosed: (start, end) => found.push(`unclosed ${shown(start, end)}`),
	});
	const shown = (start: number, end: number) =>
		Buffer.from(lines.window.bytes.subarray(start, end)).toString("latin1");
	const bytes = Buffer.from(text, "latin1");
	for (let at = 0, turn = 0; at < bytes.length; turn++) {
		const size = sizes[turn % sizes.length]!;
		lines.push(bytes.subarray(at, at + size));
		at += size;
	}
	lines.finish();
	return found;
}

describe("lines", () => {
	it("end at line feeds, and lose a carriage return", () => {
		expect(cut("a\nbc\r\n\n\r\nd", [99])).to.deep.equal([
			...["a", "bc", "", "", "unclosed d"],
		]);
		expect(cut("", [1])).to.deep.equal([]);
		expect(cut("\n", [1])).to.deep.equal([""]);
	});

	it("L1: do not depend on the chunks", () => {
		const text = fc.string({
			unit: fc.constantFrom("a", "b", "\n", "\r"),
			maxLength: 80,
		});
		fc.assert(
			fc.property(
				text,
				fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
				(t, sizes) => {
					expect(cut(t, sizes)).to.deep.equal(cut(t, [1000]));
				},
			),
		);
	});

	it("go on across the end of the window", () => {
		const rows = Array.from(
			{ length: 9000 },
			(_, n) => `row ${n} ${"x".repeat(n % 70)}`,
		);
		const text = `${rows.join("\n")}\n`;
		for (const sizes of [[1 << 20], [4096], [65536, 7, 131072]])
			expect(cut(text, sizes)).to.deep.equal(rows);
	});

	it("L2: are left out when they are too long, however they come", () => {
		const longest = "y".repeat(LINE_MAX);
		const text = `a\n${longest}\n${longest}y\nb\n${"z".repeat(1_000_000)}\nc\n${longest}yy`;
		for (const sizes of [[1 << 21], [1000], [LINE_MAX], [131071, 1]])
			expect(cut(text, sizes)).to.deep.equal([
				...["a", longest, "overlong", "b", "overlong", "c", "overlong"],
			]);
	});
});
