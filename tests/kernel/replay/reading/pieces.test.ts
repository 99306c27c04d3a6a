import { expect } from "chai";
import { NO_PIECE, Pieces } from "../../../../kernel/replay/reading/pieces";
import { Window } from "../../../../kernel/replay/reading/window";
import { dice } from "./support";

const TEXT = "abcdefghijklmnopqrstuvwxyz";

describe("pieces of text", () => {
	it("are known again wherever they stand", () => {
		const window = Window.of(`${TEXT} ${TEXT}`);
		const pieces = new Pieces(window, 100, 1 << 12);
		for (let length = 1; length <= TEXT.length; length++) {
			const piece = pieces.add(0, length);
			expect(pieces.length(piece)).to.equal(length);
			expect(pieces.is(piece, 0, length)).to.equal(true);
			expect(pieces.is(piece, TEXT.length + 1, window.size)).to.equal(true);
			expect(pieces.is(piece, 1, window.size)).to.equal(false);
		}
	});

	it("are not where the window ends before them", () => {
		const window = Window.of(TEXT);
		const pieces = new Pieces(window, 9, 1 << 12);
		const piece = pieces.add(3, 20);
		expect(pieces.is(piece, 3, 20)).to.equal(true);
		expect(pieces.is(piece, 3, 19)).to.equal(false);
	});

	it("I1: differ when any byte differs, by any bit", () => {
		for (const length of [1, 3, 7, 8, 9, 15, 16, 23]) {
			const window = Window.of(TEXT);
			const pieces = new Pieces(window, 9, 1 << 12);
			const piece = pieces.add(2, 2 + length);
			for (let at = 2; at < 2 + length; at++)
				for (let bit = 0; bit < 8; bit++) {
					window.bytes[at]! ^= 1 << bit;
					expect(pieces.is(piece, 2, TEXT.length)).to.equal(false);
					window.bytes[at]! ^= 1 << bit;
				}
			expect(pieces.is(piece, 2, TEXT.length)).to.equal(true);
		}
	});

	it("I1: never claim bytes that are not theirs, whatever these are", () => {
		const roll = dice(77);
		const odd = [0, 0x80, 0xff, 0x7f, 0xf0, 1];
		for (let n = 0; n < 2000; n++) {
			const window = Window.of(" ".repeat(24));
			for (let at = 0; at < 24; at++) window.bytes[at] = odd[roll(6)]!;
			const pieces = new Pieces(window, 9, 1 << 12);
			const piece = pieces.add(0, 12);
			if (piece === NO_PIECE) {
				expect([...window.bytes.subarray(0, 12)]).to.include(0);
				continue;
			}
			const kept = window.bytes.slice(0, 12);
			for (let at = 0; at < 12; at++)
				if (roll(4) === 0) window.bytes[at] = odd[roll(6)]!;
			const isSame = kept.every((byte, at) => window.bytes[at] === byte);
			if (!isSame) expect(pieces.is(piece, 0, 24)).to.equal(false);
		}
	});

	it("I2: are not kept when there is no room, and begin anew when cleared", () => {
		const window = Window.of(TEXT);
		const pieces = new Pieces(window, 2, 1 << 12);
		expect([pieces.add(0, 9), pieces.add(9, 20)]).to.deep.equal([0, 1]);
		expect(pieces.isFull).to.equal(true);
		expect(pieces.add(0, 5)).to.equal(NO_PIECE);
		pieces.clear();
		expect(pieces.is(0, 0, 26)).to.equal(false);
		expect(pieces.add(5, 5)).to.equal(NO_PIECE);
		expect(pieces.add(4, 13)).to.equal(0);
		expect(pieces.is(0, 4, 26)).to.equal(true);
		const small = new Pieces(window, 99, 600);
		while (!small.isFull) small.add(0, 26);
		expect(small.add(0, 26)).to.equal(NO_PIECE);
	});
});
