import { expect } from "chai";
import { drawEvent, wordsText } from "../../../../scripts/report/trace/events";
import { deed, plain } from "./sample";

describe("a drawn event", () => {
	it("is one line, in the manner of a kernel trace", () => {
		const event = { ...deed(812), words: { pfn: 7, listed: true }, text: "" };
		expect(drawEvent(event, plain)).to.equal(
			"     812  [    0.000812] 000  worker-3          page_alloc    pfn=7 listed  <worker > kmalloc>",
		);
		expect(
			drawEvent({ ...event, task: null, path: [], words: {} }, plain),
		).to.equal("     812  [    0.000812] 000  <idle>-0          page_alloc");
	});

	it("quotes words with blanks", () => {
		expect(
			wordsText({ text: "two words", "must stay": 4, stolen: false }),
		).to.equal('text="two words" must_stay=4 stolen=false');
		expect(wordsText({ "kernel thread": true, parent: 0 })).to.equal(
			"kernel_thread parent=0",
		);
	});
});
