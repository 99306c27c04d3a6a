import { expect } from "chai";
import { makeColumns } from "../../../../kernel/trace/columns";
import { DICTIONARY, eventName } from "../../../../kernel/trace/dictionary";
import { sentence } from "../../../../scripts/viewer/model/sentences";
import { shown } from "../shows";

describe("sentences", () => {
	it("SE1: every event of the dictionary has one, and an unknown one shows its words", () => {
		const { names } = shown("buddy");
		const columns = makeColumns(1);
		columns.count = 1;
		for (const { code, name } of DICTIONARY) {
			columns.codes[0] = code;
			const words = sentence(columns, 0, names);
			expect(words, name).not.to.match(/undefined|NaN/);
			expect(words, name).not.to.equal("0 0 0 0");
		}
		columns.codes[0] = 250;
		expect(sentence(columns, 0, names)).to.equal("0 0 0 0");
	});

	it("says what happened, with the names of the moment", () => {
		const { film, names } = shown("buddy");
		const said = new Map<string, string>();
		for (let event = 0; event < film.events; event++)
			said.set(
				eventName(film.columns.codes[event]!),
				sentence(film.columns, event, names),
			);
		expect(said.get("task_new")).to.equal("builder (1)");
		expect(said.get("buddy_give")).to.match(
			/^frame 0x[0-9a-f]+, order \d+ to the (head|tail) of \w+$/,
		);
		expect(said.get("slab_alloc")).to.match(/^\S+ at 0xffff8880[0-9a-f]{8}/);
	});
});
