import { expect } from "chai";
import fc from "fast-check";
import { BAD, Digits } from "../../../../kernel/replay/reading/digits";
import { Window } from "../../../../kernel/replay/reading/window";

type Method = "decimal" | "signed" | "integer" | "hexadecimal";

/** Value and length of a number at the beginning of a text. */
function read(method: Method, text: string): (number | null)[] {
	const digits = new Digits(Window.of(text));
	const to = digits[method](0, text.length);
	return to === BAD ? [null] : [digits.value, to];
}

function pointer(text: string): string {
	const digits = new Digits(Window.of(text));
	const to = digits.pointer(0, text.length);
	if (to === BAD) return "bad";
	const word = (n: number) => (n >>> 0).toString(16).padStart(8, "0");
	return `${word(digits.high)}${word(digits.low)} ${to}`;
}

describe("numbers in a line", () => {
	it("are read up to the first byte that is no digit", () => {
		expect(read("decimal", "64 bytes")).to.deep.equal([64, 2]);
		expect(read("decimal", "007")).to.deep.equal([7, 3]);
		expect(read("signed", "-1 x")).to.deep.equal([-1, 2]);
		expect(read("integer", "0x1fede ")).to.deep.equal([0x1fede, 7]);
		expect(read("integer", "10534")).to.deep.equal([10534, 5]);
		expect(read("integer", "0")).to.deep.equal([0, 1]);
	});

	it("G1: have at least one digit", () => {
		for (const method of [
			"decimal",
			"signed",
			"integer",
			"hexadecimal",
		] as const)
			for (const text of ["", "x", " 1", "-", "="])
				expect(read(method, text)).to.deep.equal([null]);
		expect(read("integer", "0xg")).to.deep.equal([null]);
	});

	it("G2: are exact or bad", () => {
		expect(read("decimal", "9007199254740991")[0]).to.equal(
			Number.MAX_SAFE_INTEGER,
		);
		expect(read("decimal", "9007199254740993")).to.deep.equal([null]);
		expect(read("decimal", "9".repeat(400))).to.deep.equal([null]);
		expect(read("hexadecimal", "1fffffffffffff")[0]).to.equal(2 ** 53 - 1);
		expect(read("hexadecimal", "20000000000000")).to.deep.equal([null]);
		expect(read("hexadecimal", "ffffffffffffffff")[0]).to.equal(-1);
		expect(read("hexadecimal", "0".repeat(17))).to.deep.equal([null]);
		fc.assert(
			fc.property(fc.maxSafeNat(), (n) => {
				expect(read("decimal", String(n))).to.deep.equal([n, String(n).length]);
				expect(read("integer", `0x${n.toString(16)}`)[0]).to.equal(n);
			}),
		);
	});

	it("are identities of 32 bits", () => {
		const digits = new Digits(Window.of("4294967295 12345678901"));
		expect(digits.identity(0, 22)).to.equal(10);
		expect(digits.low).to.equal(-1);
		expect(digits.identity(11, 22)).to.equal(BAD);
		expect(digits.identity(10, 22)).to.equal(BAD);
	});

	it("G3: end where the line ends", () => {
		const digits = new Digits(Window.of("123456789012345678901234"));
		expect(digits.decimal(0, 4)).to.equal(4);
		expect(digits.value).to.equal(1234);
		expect(digits.pointer(0, 5)).to.equal(5);
		expect(digits.low).to.equal(0x12345);
		expect(digits.decimal(3, 3)).to.equal(BAD);
	});

	it("are pointers with and without 0x", () => {
		expect(pointer("ffff888004ab0000 b")).to.equal("ffff888004ab0000 16");
		expect(pointer("0xffff88801f24c000")).to.equal("ffff88801f24c000 18");
		expect(pointer("0000000049462ded")).to.equal("0000000049462ded 16");
		expect(pointer("FFFF888004AB00ef")).to.equal("ffff888004ab00ef 16");
		expect(pointer("0x595e ")).to.equal("000000000000595e 6");
		expect(pointer("123456789a")).to.equal("000000123456789a 10");
	});

	it("are NULL as the recorders print it", () => {
		for (const text of ["(nil)", "(null)"])
			expect(pointer(text)).to.equal(`0000000000000000 ${text.length}`);
		expect(pointer("0000000000000000")).to.equal("0000000000000000 16");
	});

	it("are no pointers when they are hidden, cut or too long", () => {
		for (const text of [
			"(____ptrval____)",
			"(ptrval)",
			"(nil",
			"(",
			"",
			"0x",
			"ffff888004ab00001",
			"g",
		])
			expect(pointer(text)).to.equal("bad");
	});
});
