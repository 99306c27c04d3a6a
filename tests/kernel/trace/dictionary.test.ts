import { expect } from "chai";
import { HW_EVENT_NAMES } from "../../../hw/events";
import { KERNEL_EVENT_NAMES } from "../../../kernel/events";
import { DICTIONARY, eventName } from "../../../kernel/trace/dictionary";
import { MM_EVENT_NAMES } from "../../../mm/events";

describe("the dictionary", () => {
	it("DI1: has every event by the name of its own file, with its words", () => {
		const names = [...MM_EVENT_NAMES, ...HW_EVENT_NAMES, ...KERNEL_EVENT_NAMES];
		expect(DICTIONARY.map(({ name }) => name)).to.deep.equal(
			names.filter((name) => name !== ""),
		);
		for (const { name, words } of DICTIONARY)
			expect(words.length, name).to.be.within(1, 4);
	});

	it("has a name for any code", () => {
		expect(eventName(1)).to.equal("page_alloc");
		expect(eventName(250)).to.equal("event 250");
	});
});
