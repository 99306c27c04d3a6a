import { expect } from "chai";
import { HW_EVENT_NAMES } from "../../hw/events";
import { EV_TEXT } from "../../hw/recorder";
import * as events from "../../kernel/events";
import { KERNEL_EVENT_NAMES } from "../../kernel/events";
import { MM_EVENT_NAMES } from "../../mm/events";

describe("events of the running system", () => {
	it("each code has a name, from that of stage on", () => {
		const codes = Object.entries(events)
			.filter(([name]) => name.startsWith("EV_"))
			.map(([, code]) => code as number)
			.sort((a, b) => a - b);
		expect(codes).to.deep.equal(
			KERNEL_EVENT_NAMES.map((_, index) => events.EV_STAGE + index),
		);
	});

	it("the codes of the layers do not meet", () => {
		expect(MM_EVENT_NAMES.length).to.be.at.most(EV_TEXT);
		expect(EV_TEXT + HW_EVENT_NAMES.length).to.be.at.most(events.EV_STAGE);
		expect(events.EV_STAGE + KERNEL_EVENT_NAMES.length).to.be.at.most(256);
	});
});
