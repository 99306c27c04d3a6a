import { expect } from "chai";
import {
	BLOCK_HEADER_BYTES,
	type Block,
	blockAt,
	blockHeader,
	EVENTS_BLOCK,
	isPlausible,
	magicBytes,
	magicProblem,
} from "../../../kernel/trace/file";
import { MemorySource } from "./sample";

const PAYLOAD = Uint8Array.of(5, 6, 7, 8, 9);

const bytesOf = (): Uint8Array =>
	Uint8Array.of(
		...blockHeader(EVENTS_BLOCK, 3, 2 ** 40 + 1, PAYLOAD),
		...PAYLOAD,
	);

describe("the container", () => {
	it("begins with a magic word", () => {
		expect(String.fromCharCode(...magicBytes())).to.equal("FLAGTRC2");
		expect(magicProblem(magicBytes())).to.equal(null);
		expect(magicProblem(Buffer.from("FLAGTRC1"))).to.equal(null);
	});

	it("refuses a later version and what is no trace", () => {
		expect(magicProblem(Buffer.from("FLAGTRC3"))).to.equal(
			"trace of version 3: this flagstone reads versions 1 to 2",
		);
		for (const text of ["", "FLAGTRC", "FLAGTRC\n", "GLAGTRC1", "\x7fELF...."])
			expect(magicProblem(Buffer.from(text))).to.equal(
				"this is no trace that Flagstone wrote",
			);
	});

	it("gives a block back", () => {
		const source = new MemorySource(Uint8Array.of(0, ...bytesOf()));
		const block = blockAt(source, 1) as Block;
		expect([...block.payload]).to.deep.equal([...PAYLOAD]);
		expect(block).to.include({
			kind: EVENTS_BLOCK,
			events: 3,
			first: 2 ** 40 + 1,
			at: 1,
			end: 1 + BLOCK_HEADER_BYTES + PAYLOAD.length,
		});
	});

	it("notices every bit of a block that is another (N3)", () => {
		const good = bytesOf();
		for (let bit = 0; bit < good.length * 8; bit++) {
			const bytes = good.slice();
			bytes[bit >> 3]! ^= 1 << (bit & 7);
			expect(blockAt(new MemorySource(bytes), 0), `bit ${bit}`).to.be.a(
				"string",
			);
		}
	});

	it("notices every cut", () => {
		const good = bytesOf();
		for (let size = 0; size < good.length; size++) {
			const why = blockAt(new MemorySource(good.subarray(0, size)), 0);
			expect(why).to.match(/cut short/);
		}
	});

	it("knows what looks like a block", () => {
		const bytes = bytesOf();
		expect(isPlausible(bytes, 0, 5)).to.equal(true);
		expect(isPlausible(bytes, 0, 4)).to.equal(false);
		expect(isPlausible(bytes, 1, 5)).to.equal(false);
	});
});
