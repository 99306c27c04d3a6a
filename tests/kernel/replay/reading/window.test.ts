import { expect } from "chai";
import fc from "fast-check";
import { Window } from "../../../../kernel/replay/reading/window";

describe("a window", () => {
	it("shows a text as bytes and as words", () => {
		const window = Window.of("ptr=ff");
		expect(window.size).to.equal(6);
		expect(window.bytes[3]).to.equal(61);
		expect(window.words.getInt32(0, true)).to.equal(0x3d727470);
	});

	it("finds the next of a byte, and answers the end where there is none", () => {
		const window = Window.of("a=1 b=22 c");
		expect(window.find(32, 0, 10)).to.equal(3);
		expect(window.find(32, 4, 10)).to.equal(8);
		expect(window.find(32, 9, 10)).to.equal(10);
		expect(window.find(32, 4, 7)).to.equal(7);
		expect(window.find(61, 10, 10)).to.equal(10);
	});

	it("finds what indexOf finds, whatever the bytes", () => {
		const bytes = fc.uint8Array({ maxLength: 60, max: 40 });
		fc.assert(
			fc.property(
				bytes,
				fc.nat(60),
				fc.nat(60),
				fc.nat(40),
				(b, x, y, wanted) => {
					const window = new Window(60);
					window.bytes.set(b);
					const [at, end] = [Math.min(x, y), Math.max(x, y)];
					const hit = window.bytes.subarray(0, end).indexOf(wanted, at);
					expect(window.find(wanted, at, end)).to.equal(hit < 0 ? end : hit);
				},
			),
			{ numRuns: 2000 },
		);
	});

	it("finds bytes above 127 as well", () => {
		const window = new Window(16);
		window.bytes.set([0x80, 0x7f, 0xff, 0x81, 0x80], 2);
		expect(window.find(0xff, 0, 16)).to.equal(4);
		expect(window.find(0x80, 3, 16)).to.equal(6);
	});
});
