import { expect } from "chai";
import { drawPicture, VARIANTS_MAX } from "../../../scripts/report/picture";
import { sampleComparison, sampleVariant } from "./sample";

const numbersOf = (svg: string): number[] =>
	[...svg.matchAll(/\b(?:x|y|width|height)="([^"]*)"/g)].map((found) =>
		Number(found[1]),
	);

describe("the picture of a comparison", () => {
	it("is one document that needs nothing from elsewhere (PI1)", () => {
		const svg = drawPicture(sampleComparison());
		expect(svg).to.match(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
		expect(svg).to.match(/<\/svg>\n$/);
		expect(svg).not.to.match(/href|url\(|<script|<image|@import|@font-face/);
	});

	it("closes whatever it opens", () => {
		const svg = drawPicture(sampleComparison());
		const open: string[] = [];
		for (const [, slash, name, self] of svg.matchAll(
			/<(\/?)(\w+)[^>]*?(\/?)>/g,
		)) {
			if (slash) expect(open.pop()).to.equal(name);
			else if (!self) open.push(name as string);
		}
		expect(open).to.deep.equal([]);
	});

	it("has four panels with titles, units and a time axis", () => {
		const svg = drawPicture(sampleComparison());
		for (const title of [
			"Memory used, MiB",
			"Slabs, MiB",
			"Waste in slabs, KiB",
			"Largest free block",
		])
			expect(svg).to.include(`>${title}</text>`);
		expect(svg.split(">simulated time, ms</text>")).to.have.length(5);
	});

	it("has a legend entry and four lines for each variant, in colours for light and dark", () => {
		const svg = drawPicture(sampleComparison());
		expect(svg).to.include(">objects=slob pcp=off</text>");
		expect(svg.match(/class="line v1"/g)).to.have.length(5);
		expect(svg).to.match(/@media \(prefers-color-scheme: dark\)/);
	});

	it("has only numbers where numbers belong, whatever was measured", () => {
		const same = sampleVariant("a", 0, { steps: 0 });
		const none = sampleVariant("b", 0, { samples: [], panic: "dead" });
		for (const variants of [
			[same, same],
			[none, none],
			[same, none],
		])
			for (const number of numbersOf(drawPicture(sampleComparison(variants))))
				expect(number).to.satisfy(Number.isFinite);
		expect(drawPicture(sampleComparison([none, none]))).not.to.match(
			/NaN|Infinity|undefined/,
		);
	});

	it("marks where a panic ended a line", () => {
		const dead = sampleVariant("memory=8M", 900, { panic: "dead" });
		const svg = drawPicture(sampleComparison([sampleVariant("a", 1), dead]));
		expect(svg).to.include(">memory=8M (kernel panic)</text>");
		expect(svg.match(/l10 10m0 -10l-10 10/g)).to.have.length(4);
	});

	it("takes long names apart into rows, and escapes them", () => {
		const variants = Array.from({ length: VARIANTS_MAX }, (_, at) =>
			sampleVariant(`slub_debug="<&${at}>" ${"slab_nomerge ".repeat(4)}`, 1000),
		);
		const svg = drawPicture(sampleComparison(variants));
		expect(svg).to.include("&lt;&amp;0&gt;&quot;");
		const heights = (text: string) =>
			Number(/ height="(\d+)"/.exec(text)?.[1] ?? 0);
		expect(heights(svg)).to.be.above(heights(drawPicture(sampleComparison())));
	});

	it("counts events where the steps are no time", () => {
		const variants = [1, 2].map((used) =>
			sampleVariant("a", used, { steps: 20_000 }),
		);
		const step = { word: "event", nanoseconds: null } as const;
		const svg = drawPicture({ ...sampleComparison(variants), step });
		expect(svg).to.include("measured every 10 events<");
		expect(svg).to.include(">events, in thousands</text>");
		expect(svg).not.to.match(/NaN|Infinity|undefined|simulated time/);
		expect(drawPicture(sampleComparison())).to.include(
			"measured every 10 ticks of 4 ms<",
		);
	});
});
