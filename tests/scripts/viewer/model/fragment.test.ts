import { expect } from "chai";
import {
	fragmentText,
	type PageState,
	parseFragment,
	START,
} from "../../../../scripts/viewer/model/fragment";

describe("the fragment of the address", () => {
	it("FR1: is a state and back", () => {
		const state: PageState = {
			event: 812,
			selection: { kind: "frame", pfn: 4096 },
			mode: "age",
			panel: "proc",
			report: "3/maps",
			measure: "waste",
			filter: "slab, @ & more",
			a: 10,
			b: 200,
			window: [5, 900],
		};
		const text = fragmentText(state);
		expect(text).to.include("event=812&select=frame:4096");
		expect(parseFragment(`#${text}`, 1000)).to.deep.equal(state);
		const plain = { ...START, event: -1 };
		expect(parseFragment(fragmentText(plain), 1000)).to.deep.equal(plain);
	});

	it("leaves what is wrong at its default", () => {
		const end = { ...START, event: 99 };
		expect(parseFragment("", 100)).to.deep.equal(end);
		const wrong =
			"#event=x&select=dog&colour=red&panel=no&report=cpuinfo&measure=size&a=&window=9-3";
		expect(parseFragment(wrong, 100)).to.deep.equal(end);
		expect(parseFragment("#event=5000", 100).event).to.equal(99);
	});
});
