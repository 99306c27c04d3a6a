import { expect } from "chai";
import { LOOK_NAMES } from "../../../../kernel/trace/export/frame-cells";
import { LOOKS } from "../../../../kernel/trace/export/svg";
import { recordedTrace, tracedWork } from "../recorded";
import { exported } from "./support";

/** Opening and closing tags that do not fit each other. */
function unbalanced(text: string): string[] {
	const open: string[] = [];
	const wrong: string[] = [];
	for (const [tag, slash, name, empty] of text.matchAll(
		/<(\/?)([a-z]+)[^>]*?(\/?)>/g,
	)) {
		if (slash === "/" && open.pop() !== name) wrong.push(tag);
		if (slash === "" && empty === "") open.push(name!);
	}
	return [...wrong, ...open];
}

function luminance(colour: string): number {
	const parts = [1, 3, 5].map((at) => {
		const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
		return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
	});
	return 0.2126 * parts[0]! + 0.7152 * parts[1]! + 0.0722 * parts[2]!;
}

function contrast(one: string, other: string): number {
	const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
	return (high! + 0.05) / (low! + 0.05);
}

describe("frame map as SVG", () => {
	const trace = recordedTrace("page-tables");
	const text = exported(trace, "svg");

	it("SV1: is a document of its own", () => {
		expect(text).to.match(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/);
		expect(unbalanced(text)).to.deep.equal([]);
		expect(text.replace("http://www.w3.org/2000/svg", "")).not.to.match(
			/https?:|<script|<image|url\(|@import/,
		);
		expect(text).not.to.match(/NaN|undefined/);
	});

	it("SV2: follows the reader's scheme", () => {
		expect(text).to.include("@media (prefers-color-scheme: dark){");
		for (const name of LOOK_NAMES) {
			const found = text.match(new RegExp(`\\.${name}\\{fill:`, "g"));
			expect(found, name).to.have.length(2);
		}
	});

	it("SV2: whatever is in use stands out from the ground", () => {
		for (const name of LOOK_NAMES) {
			if (name === "free" || name === "hole") continue;
			for (const scheme of ["light", "dark"] as const)
				expect(
					contrast(LOOKS[name][scheme], LOOKS.free[scheme]),
					`${name}, ${scheme}`,
				).to.be.at.least(3);
		}
	});

	it("has a legend for whatever there is, and nothing else", () => {
		expect(text).to.include(">slab caches</text>");
		expect(text).to.include(">firmware</text>");
		expect(text).not.to.include(">kmalloc of pages</text>");
		expect(text).not.to.include(">no memory</text>");
	});

	it("shows the moment that is asked for", () => {
		const early = exported(trace, "svg", { at: 200 });
		expect(early).to.include("after event 200, tick 0,");
		expect(early).not.to.equal(text);
		const never = exported(trace, "svg", { at: -1 });
		expect(never).to.include("before the first event");
		expect(unbalanced(never)).to.deep.equal([]);
	});

	it("stays small whatever the machine", () => {
		const large = tracedWork({ memory: "6G" }, () => {});
		expect(exported(large, "svg").length).to.be.below(2 ** 16);
		expect(exported(recordedTrace("fragmentation"), "svg").length).to.be.below(
			2 ** 18,
		);
	});
});
