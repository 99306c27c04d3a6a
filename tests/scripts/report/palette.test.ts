import { expect } from "chai";
import {
	colourOf,
	isIdle,
	LOOK_INDEX,
	LOOKS,
} from "../../../scripts/report/palette";

type Triple = readonly [number, number, number];

/** Linear light of #rrggbb, each part 0 to 1 [IEC 61966-2-1]. */
function linear(colour: string): Triple {
	const part = (at: number): number => {
		const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
		return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
	};
	return [part(1), part(3), part(5)];
}

function dot([a, b, c]: Triple, [x, y, z]: Triple): number {
	return a * x + b * y + c * z;
}

/** Relative luminance, 0 to 1 [WCAG 2.1]. */
function luminance(colour: string): number {
	return dot([0.2126, 0.7152, 0.0722], linear(colour));
}

/** What each kind of eye makes of linear light [Machado, Oliveira and Fernandes 2009, severity 1]. */
const EYES: Readonly<Record<string, readonly [Triple, Triple, Triple]>> = {
	usual: [
		[1, 0, 0],
		[0, 1, 0],
		[0, 0, 1],
	],
	"without red cones": [
		[0.152286, 1.052583, -0.204868],
		[0.114503, 0.786281, 0.099216],
		[-0.003882, -0.048116, 1.051998],
	],
	"without green cones": [
		[0.367322, 0.860646, -0.227968],
		[0.280085, 0.672501, 0.047413],
		[-0.01182, 0.04294, 0.968881],
	],
	"without blue cones": [
		[1.255528, -0.076749, -0.178779],
		[-0.078411, 0.930809, 0.147602],
		[0.004733, 0.691367, 0.3039],
	],
};

/** Lightness and two opponent colours of linear light: CIELAB under D65. */
function lab(light: Triple): Triple {
	const root = (value: number): number =>
		value > 0.008856 ? Math.cbrt(value) : 7.787 * value + 16 / 116;
	const x = root(dot([0.4124, 0.3576, 0.1805], light) / 0.95047);
	const y = root(dot([0.2126, 0.7152, 0.0722], light));
	const z = root(dot([0.0193, 0.1192, 0.9505], light) / 1.08883);
	return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** Distance of two colours as an eye sees them; about 2.3 is just noticeable. */
function apart(one: string, other: string, eye: string): number {
	const seen = (colour: string): Triple => {
		const light = (EYES[eye] as readonly [Triple, Triple, Triple]).map((row) =>
			Math.max(0, Math.min(1, dot(row, linear(colour)))),
		);
		return lab(light as unknown as Triple);
	};
	const to = seen(other);
	return Math.hypot(...seen(one).map((value, at) => value - (to[at] ?? 0)));
}

describe("the palette", () => {
	it("keeps a contrast of 3 to 1 against black and against white", () => {
		for (const { colour, words } of LOOKS) {
			const light = luminance(colour);
			expect((light + 0.05) / 0.05, `${words} on black`).to.be.at.least(3);
			expect(1.05 / (light + 0.05), `${words} on white`).to.be.at.least(3);
		}
	});

	it("has a letter of its own for every use", () => {
		const letters = new Set(LOOKS.map(({ letter }) => letter));
		expect(letters.size).to.equal(LOOKS.length);
	});

	it("keeps the colours of what is in use apart, for every eye", () => {
		const used = LOOKS.filter(({ use }) => !isIdle(use));
		for (const eye of Object.keys(EYES))
			for (const one of used)
				for (const other of used)
					if (one.use < other.use)
						expect(
							apart(one.colour, other.colour, eye),
							`${one.use} and ${other.use}, ${eye}`,
						).to.be.at.least(24);
	});

	it("finds each look by its use", () => {
		for (const [use, index] of Object.entries(LOOK_INDEX))
			expect(LOOKS[index]?.use).to.equal(use);
		expect(colourOf("slab")).to.equal(LOOKS[LOOK_INDEX.slab]?.colour);
	});
});
