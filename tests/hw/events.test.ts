import { expect } from "chai";
import * as events from "../../hw/events";
import {
	HW_EVENT_NAMES,
	pageAddress,
	pageHigh,
	pageLow,
} from "../../hw/events";

describe("events of the machine", () => {
	it("each code has a name, from that of text on", () => {
		const codes = Object.entries(events)
			.filter(([name]) => name.startsWith("EV_"))
			.map(([, code]) => code as number)
			.sort((a, b) => a - b);
		expect(codes).to.deep.equal(
			HW_EVENT_NAMES.map((_, index) => events.EV_TEXT + index),
		);
	});

	it("names any page of either half by two words, beside a tag", () => {
		for (const page of [0, 1, 2 ** 20 + 7, 2 ** 35 - 1, 2 ** 35, 2 ** 36 - 1]) {
			const va = page * 4096 + 123;
			const high = pageHigh(va, 4095);
			expect(pageAddress(pageLow(va), high)).to.equal(page * 4096);
			expect(high >>> 8).to.equal(4095);
		}
	});
});
