import { expect } from "chai";
import { Film } from "../../../../scripts/viewer/model/film";
import { shown } from "../shows";

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
});
