import { expect } from "chai";
import {
	EXPORT_ENDINGS,
	EXPORT_FORMATS,
	exportTrace,
	isExportFormat,
} from "../../../../kernel/trace/export";
import { recordedTrace } from "../recorded";

const bytesOf = (pieces: Iterable<string | Uint8Array>): Buffer =>
	Buffer.concat([...pieces].map((piece) => Buffer.from(piece as string)));

describe("exports of a trace", () => {
	it("has the formats that it names", () => {
		expect([...EXPORT_FORMATS].sort()).to.deep.equal([
			...["chrome", "csv", "ftrace", "pprof", "speedscope", "svg"],
		]);
		expect(EXPORT_FORMATS.every(isExportFormat)).to.equal(true);
		expect(isExportFormat("toString")).to.equal(false);
		for (const format of EXPORT_FORMATS)
			expect(EXPORT_ENDINGS[format]).to.match(/^\.[a-z.]+$/);
	});

	for (const format of EXPORT_FORMATS)
		it(`EX2: gives the same ${format} again, whatever was asked between`, () => {
			const trace = recordedTrace("time-slices");
			const wish = { from: 400, to: 900 };
			const once = bytesOf(exportTrace(trace, format, wish));
			trace.foldAt(50);
			const twice = bytesOf(exportTrace(trace, format, wish));
			expect(once.equals(twice)).to.equal(true);
			expect(once.length).to.be.above(100);
		});

	for (const format of EXPORT_FORMATS)
		it(`EX1: gives ${format} in pieces even while the fold is used for something else`, () => {
			const trace = recordedTrace("time-slices");
			const whole = bytesOf(exportTrace(trace, format));
			const pieces: (string | Uint8Array)[] = [];
			for (const piece of exportTrace(trace, format)) {
				pieces.push(piece);
				trace.foldAt(10);
			}
			expect(bytesOf(pieces).equals(whole)).to.equal(true);
		});
});
