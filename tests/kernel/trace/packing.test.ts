import { expect } from "chai";
import fc from "fast-check";
import { EV_TEXT } from "../../../hw/events";
import { KernelPanic } from "../../../hw/panic";
import { makeColumns } from "../../../kernel/trace/columns";
import { PACK_MAX, Packing } from "../../../kernel/trace/packing";
import { anyRows, columnsOf, likelyRows, rowsOf } from "./sample";

describe("packing", () => {
	const packing = new Packing(4096);

	it("gives back what it got (P1, P2)", () => {
		fc.assert(
			fc.property(anyRows, (rows) => {
				const bytes = packing.pack(columnsOf(rows)).slice();
				const back = new Packing(4096).unpack(bytes, rows.length);
				expect(rowsOf(back)).to.deep.equal(rows);
			}),
		);
	});

	it("takes the worst that there can be", () => {
		const count = 4096;
		const rows = likelyRows(count).map((row, at) => ({
			...row,
			cycles: at % 2 ? 2 ** 53 : 2 ** 53 - 1,
			cpu: at % 256,
			code: 1 + (at % 255),
			context: (at >> 8) % 2 ? 65535 : 0,
			a: (at >> 8) % 2 ? -(2 ** 31) : 0,
			b: (at >> 8) % 2 ? 2 ** 31 - 1 : -1,
			c: at * 0x10001,
			d: Math.imul(at, 0x9e3779b1),
		}));
		const bytes = packing.pack(columnsOf(rows)).slice();
		expect(rowsOf(packing.unpack(bytes, count))).to.deep.equal(rows);
	});

	it("makes few bytes of likely events", () => {
		const bytes = packing.pack(columnsOf(likelyRows(4000)));
		expect(bytes.length / 4000).to.be.below(8);
	});

	it("leaves letters as they are, for the packer behind it", () => {
		const line = "Memory: 5836K/7800K available (64K)!";
		const bytes = Buffer.from(line.padEnd(48, "\0"), "latin1");
		const rows = [0, 1, 2].map((at) => ({
			cycles: 7,
			code: EV_TEXT,
			cpu: 0,
			context: 4,
			a: bytes.readInt32LE(at * 16),
			b: bytes.readInt32LE(at * 16 + 4),
			c: bytes.readInt32LE(at * 16 + 8),
			d: bytes.readInt32LE(at * 16 + 12),
		}));
		const packed = packing.pack(columnsOf(rows)).slice();
		expect(Buffer.from(packed).toString("latin1")).to.include(line);
		expect(rowsOf(packing.unpack(packed, 3))).to.deep.equal(rows);
	});

	it("refuses bytes that are no such pack, and always ends (P3)", () => {
		const bytes = packing.pack(columnsOf(likelyRows(50))).slice();
		const wrong = /not the length it needs|unknown form/;
		expect(() => packing.unpack(bytes.subarray(1), 50)).to.throw(wrong);
		expect(() => packing.unpack(bytes, 49)).to.throw(wrong);
		expect(() => packing.unpack(bytes, 4097)).to.throw("4097 events");
		fc.assert(
			fc.property(fc.uint8Array(), fc.nat({ max: 300 }), (any, count) => {
				try {
					packing.unpack(any, count);
				} catch (error) {
					expect((error as Error).message).to.match(wrong);
				}
			}),
		);
	});

	it("panics when there are too many events", () => {
		const many = makeColumns(4097);
		many.count = 4097;
		expect(() => packing.pack(many)).to.throw(KernelPanic);
		expect(() => new Packing(PACK_MAX + 1)).to.throw(KernelPanic);
	});
});
