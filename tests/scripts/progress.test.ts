import { PassThrough } from "node:stream";
import { expect } from "chai";
import { noProgress, progressOn } from "../../scripts/progress";

/** A terminal that keeps what is written, and a clock. */
function stage(isTTY: boolean) {
	let written = "";
	let clock = 0;
	const stream = Object.assign(new PassThrough(), {
		isTTY,
		columns: 100,
		cursorTo: () => true,
		clearLine: () => true,
	}) as unknown as NodeJS.WriteStream;
	stream.on("data", (text) => {
		written += text;
	});
	return {
		stream,
		now: () => clock,
		pass: (ms: number) => {
			clock += ms;
		},
		written: () => written,
	};
}

describe("progress", () => {
	it("shows a bar once a second has passed", () => {
		const { stream, now, pass, written } = stage(true);
		const progress = progressOn(stream, now);
		progress.report("reading x.txt", 10, 100);
		expect(written()).to.equal("");
		pass(1500);
		progress.report("reading x.txt", 50, 100);
		progress.finish();
		expect(written()).to.include("reading x.txt").and.to.include("50 %");
	});

	it("shows nothing where the total is unknown, or there is no terminal", () => {
		for (const [isTTY, total] of [
			[true, null],
			[false, 100],
		] as const) {
			const { stream, now, pass, written } = stage(isTTY);
			const progress = progressOn(stream, now);
			pass(1500);
			progress.report("reading", 50, total);
			progress.finish();
			expect(written()).to.equal("");
		}
	});

	it("may be nobody", () => {
		noProgress.report("reading", 1, 2);
		noProgress.finish();
	});
});
