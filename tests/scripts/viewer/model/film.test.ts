import { expect } from "chai";
import { GFP_KERNEL, type Kernel, type PhysAddr } from "../../../../kernel";
import { Film, MISSING } from "../../../../scripts/viewer/model/film";
import { recordRun } from "../../../kernel/trace/recorded";
import { broken, salvaged, shown } from "../shows";

/** Work of more events than there are between two key frames of a file. */
function churn(kernel: Kernel): void {
	const held: PhysAddr[] = [];
	for (let turn = 0; turn < 180_000; turn++) {
		const size = 8 + ((turn * 7919) % 2000);
		if (held.length > 300) kernel.kfree(held.shift() as PhysAddr);
		held.push(kernel.kmalloc(size, GFP_KERNEL));
	}
}

describe("the film", () => {
	it("FM1: knows the same state whatever was asked before", () => {
		const { film, trace } = shown("fragmentation");
		const last = film.events - 1;
		for (const event of [last, 3, 70_000, 69_999, 66_000, 40_000, -1, 100_000])
			expect(film.at(event).save(), `event ${event}`).to.deep.equal(
				trace.foldAt(event).save(),
			);
	});

	it("FM2: hands out copies that stay", () => {
		const { film } = shown("buddy");
		const copy = film.copyAt(500);
		const before = copy.save();
		film.at(900);
		expect(copy.save()).to.deep.equal(before);
		expect(copy.events).to.equal(501);
	});

	it("tells how far it is while it loads", () => {
		const { trace } = shown("buddy");
		const shares = [...new Film(trace).load()];
		expect(shares.at(-1)).to.equal(1);
		expect(shares).to.deep.equal([...shares].sort((a, b) => a - b));
	});

	it("FM5: says that no frame has moved only where all are as they were", () => {
		const { film } = shown("page-tables");
		const stateAt = (event: number): string =>
			film
				.at(event)
				.frames.columns()
				.map((column) => Buffer.from(column.buffer).toString("base64"))
				.join();
		let still = 0;
		let before = stateAt(399);
		for (let event = 400; event < 700; event++) {
			const after = stateAt(event);
			const isMoved = film.areFramesMoved(event, event - 1);
			if (!isMoved) expect(after === before, `event ${event}`).to.equal(true);
			if (!isMoved) still++;
			before = after;
		}
		expect(still).to.be.greaterThan(100);
		expect(film.areFramesMoved(700, 700)).to.equal(false);
		expect(film.areFramesMoved(-1, 1900)).to.equal(true);
	});

	it("FM4: shows the state before a hole until the next key frame, and the true one from there on", () => {
		const long = recordRun({ memory: "16M" }, churn).bytes;
		const whole = salvaged(long);
		const { blocks, keyFrames } = whole.trace.reader;
		const lost = blocks[2]!;
		const key = keyFrames.find(({ first }) => first > lost.first)!.first;
		const { film, survey } = salvaged(broken(long, 2));
		expect(film.events).to.equal(whole.events);
		expect(film.columns.codes[lost.first]).to.equal(MISSING);
		expect(film.columns.codes[lost.first + lost.count]).not.to.equal(MISSING);
		for (const moment of [key + 5, lost.first + 7, key - 1, 9, key - 2]) {
			const isKnown = moment < lost.first || moment >= key;
			const known = isKnown ? moment : lost.first - 1;
			expect(film.knownAt(moment)).to.equal(known);
			expect(film.at(moment).save()).to.deep.equal(whole.film.at(known).save());
		}
		const wanted = whole.survey.tracks.map(({ values }) => values.at(-1));
		expect(survey.tracks.map(({ values }) => values.at(-1))).to.deep.equal(
			wanted,
		);
		const within = Math.floor((lost.first + 9) / survey.every);
		expect(survey.tracks[0]?.values[within]).to.be.NaN;
	});
});
