import { expect } from "chai";
import { mapSvg } from "../../../../scripts/viewer/model/map-svg";
import { paint, painterOf } from "../../../../scripts/viewer/model/paint";
import { shown } from "../shows";

describe("the map as SVG", () => {
	it("MS1: stands alone, and its legend counts every frame", () => {
		const { film, survey, ground } = shown("buddy");
		const painter = painterOf("use", {
			survey,
			columns: film.columns,
			before: null,
		});
		const frames = new Uint8Array(ground.length);
		const counts = paint(film.at(900), painter, ground, frames);
		const text = mapSvg({
			title: "a < b & c",
			frames,
			inks: painter.inks,
			counts,
			isDark: false,
		});
		expect(text).to.match(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" /);
		expect(text).to.include("a &lt; b &amp; c");
		expect(text).not.to.match(/href|url\(|<script|<style/);
		const numbers = [...text.matchAll(/\(([\d,]+)\)<\/text>/g)].map(([, it]) =>
			Number(it!.replace(/,/g, "")),
		);
		expect(numbers.reduce((sum, it) => sum + it, 0)).to.equal(frames.length);
	});
});
