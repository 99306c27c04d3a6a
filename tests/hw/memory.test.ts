import { expect } from "chai";
import fc from "fast-check";
import { PhysicalMemory } from "../../hw/memory";
import {
	asPfn,
	asPhys,
	BANK_BYTES,
	GIB,
	MIB,
	NULL,
	PAGE_SIZE,
	physOf,
} from "../../hw/units";

const SMALL = 64 * 1024; // 16 frames
const WIDE = 5 * GIB; // two banks; only what is touched costs the host anything

function create(bytes = SMALL, extra = 0): PhysicalMemory {
	return new PhysicalMemory(new SharedArrayBuffer(bytes + extra), bytes);
}

const word = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const byteAddress = fc.integer({ min: 0, max: SMALL - 1 });

describe("physical memory", () => {
	it("is zero at power-on", () => {
		const memory = create();
		expect(memory.bytesAt(NULL, SMALL).every((byte) => byte === 0)).to.equal(
			true,
		);
	});

	it("knows its size, holes included", () => {
		const memory = create();
		expect(memory.bytes).to.equal(SMALL);
		expect(memory.frameCount).to.equal(16);
		expect(memory.wide).to.equal(false);
		expect(memory.banks).to.deep.equal([memory.words]);
	});

	it("ends where the RAM ends, not where the buffer does", () => {
		const memory = create(SMALL, PAGE_SIZE);
		expect(memory.words.length * 4).to.equal(SMALL);
		expect(memory.buffer.byteLength).to.equal(SMALL + PAGE_SIZE);
	});

	it("M1: shows the same bytes to everybody who has the buffer", () => {
		const memory = create();
		memory.writeU32(asPhys(0x1234), 42);
		const other = new PhysicalMemory(memory.buffer, SMALL);
		expect(other.readU32(asPhys(0x1234))).to.equal(42);
	});

	it("works on a plain buffer where there is no shared one", () => {
		const memory = new PhysicalMemory(new ArrayBuffer(SMALL), SMALL);
		memory.writeU64(asPhys(8), 2 ** 40);
		expect(memory.readU64(asPhys(8))).to.equal(2 ** 40);
	});
});

describe("numbers in memory", () => {
	it("M2: are little endian", () => {
		const memory = create();
		memory.writeU32(asPhys(16), 0x04030201);
		expect([...memory.bytesAt(asPhys(16), 4)]).to.deep.equal([1, 2, 3, 4]);
		memory.writeU64(asPhys(24), 0x0605040302);
		const low = memory.readU32(asPhys(24));
		expect([low, memory.readU32(asPhys(28))]).to.deep.equal([0x05040302, 6]);
	});

	it("come back unsigned", () => {
		const memory = create();
		memory.writeU32(asPhys(0), -1);
		expect(memory.readU32(asPhys(0))).to.equal(2 ** 32 - 1);
		expect(memory.readU16(asPhys(2))).to.equal(65535);
		expect(memory.readU8(asPhys(3))).to.equal(255);
	});

	it("leave their neighbours alone, whatever their width", () => {
		const memory = create();
		const model = new DataView(new ArrayBuffer(SMALL));
		const width = fc.constantFrom(1, 2, 4, 8);
		fc.assert(
			fc.property(byteAddress, width, word, word, (at, width, low, high) => {
				const aligned = Math.floor(at / width) * width;
				write(memory, aligned, width, high * 2 ** 21 + (low % 2 ** 21));
				writeModel(model, aligned, width, high * 2 ** 21 + (low % 2 ** 21));
				const around = Math.max(0, aligned - 16);
				const length = Math.min(40, SMALL - around);
				const found = [...memory.bytesAt(asPhys(around), length)];
				expect(found).to.deep.equal([
					...new Uint8Array(model.buffer, around, length),
				]);
				expect(read(memory, aligned, width)).to.equal(
					readModel(model, aligned, width),
				);
			}),
		);
	});

	it("of 64 bits are exact below 2^53", () => {
		const memory = create();
		for (const value of [0, 1, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1]) {
			memory.writeU64(asPhys(64), value);
			expect(memory.readU64(asPhys(64))).to.equal(value);
		}
	});
});

function write(
	memory: PhysicalMemory,
	at: number,
	width: number,
	value: number,
): void {
	const address = asPhys(at);
	if (width === 1) memory.writeU8(address, value);
	if (width === 2) memory.writeU16(address, value);
	if (width === 4) memory.writeU32(address, value);
	if (width === 8) memory.writeU64(address, value);
}

function read(memory: PhysicalMemory, at: number, width: number): number {
	const address = asPhys(at);
	if (width === 1) return memory.readU8(address);
	if (width === 2) return memory.readU16(address);
	return width === 4 ? memory.readU32(address) : memory.readU64(address);
}

function writeModel(
	view: DataView,
	at: number,
	width: number,
	value: number,
): void {
	if (width === 1) view.setUint8(at, value);
	if (width === 2) view.setUint16(at, value, true);
	if (width === 4) view.setUint32(at, value, true);
	if (width === 8) view.setBigUint64(at, BigInt(value), true);
}

function readModel(view: DataView, at: number, width: number): number {
	if (width === 1) return view.getUint8(at);
	if (width === 2) return view.getUint16(at, true);
	if (width === 4) return view.getUint32(at, true);
	return Number(view.getBigUint64(at, true));
}

describe("pointers in memory", () => {
	it("lie in the direct map", () => {
		const memory = create();
		memory.writePointer(asPhys(8), asPhys(0x4560));
		expect(memory.readU32(asPhys(8))).to.equal(0x4560);
		expect(memory.readU32(asPhys(12))).to.equal(0xffff8880);
		expect(memory.readPointer(asPhys(8))).to.equal(0x4560);
	});

	it("are all zero for NULL", () => {
		const memory = create();
		memory.writePointer(asPhys(8), asPhys(0x4560));
		memory.writePointer(asPhys(8), NULL);
		expect(memory.readU64(asPhys(8))).to.equal(0);
		expect(memory.readPointer(asPhys(8))).to.equal(0);
	});

	it("reach the last bytes below 4 GiB", () => {
		const memory = create(4 * GIB);
		expect(memory.wide).to.equal(false);
		const last = asPhys(4 * GIB - 8);
		memory.writePointer(asPhys(8), last);
		expect(memory.readPointer(asPhys(8))).to.equal(last);
		memory.writePointer(last, asPhys(8));
		expect(memory.readPointer(last)).to.equal(8);
	});
});

describe("memory beyond 4 GiB", () => {
	const memory = create(WIDE);
	const high = asPhys(4 * GIB + 3 * MIB);
	const low = asPhys(3 * MIB);

	it("has a bank for each 4 GiB", () => {
		expect(memory.wide).to.equal(true);
		expect(memory.frameCount).to.equal(WIDE / PAGE_SIZE);
		expect(memory.banks.length).to.equal(2);
		expect(memory.bank(low)).to.equal(memory.words);
		expect(memory.bank(high)).to.equal(memory.banks[1]);
		expect(memory.bank(asPhys(BANK_BYTES - 4))).to.equal(memory.words);
		expect(memory.bank(asPhys(BANK_BYTES))).to.equal(memory.banks[1]);
		const bytes = memory.banks.map((bank) => bank.length * 4);
		expect(bytes).to.deep.equal([BANK_BYTES, GIB]);
	});

	it("is not the memory 4 GiB below", () => {
		memory.writeU32(high, 0xabcd);
		expect(memory.readU32(high)).to.equal(0xabcd);
		expect(memory.readU32(low)).to.equal(0);
		memory.writeU8(asPhys(high + 1), 0x12);
		expect(memory.readU16(high)).to.equal(0x12cd);
		expect(memory.bytesAt(high, 1)[0]).to.equal(0xcd);
	});

	it("has pointers whose high word counts the banks", () => {
		const at = asPhys(high + 64);
		for (const target of [8, BANK_BYTES - 8, BANK_BYTES, WIDE - 8]) {
			memory.writePointer(at, asPhys(target));
			expect(memory.readPointer(at)).to.equal(target);
			const word = memory.readU32(asPhys(at + 4));
			expect(word).to.equal(0xffff8880 + Math.floor(target / BANK_BYTES));
			expect(memory.highWord(asPhys(target)) >>> 0).to.equal(word);
		}
		memory.writePointer(at, NULL);
		expect(memory.readPointer(at)).to.equal(0);
	});

	it("can be zeroed and copied by the frame", () => {
		const [from, to] = [asPfn(WIDE / PAGE_SIZE - 1), asPfn(7)];
		memory.fill(physOf(from), PAGE_SIZE, 0x5a);
		memory.copyFrame(from, to);
		expect(memory.readU32(asPhys(physOf(to) + 4092))).to.equal(0x5a5a5a5a);
		memory.zeroFrame(from);
		expect(memory.readU32(asPhys(WIDE - 4))).to.equal(0);
		expect(memory.readU32(physOf(to))).to.equal(0x5a5a5a5a);
	});

	it("can be copied and looked at across the border of two banks", () => {
		const border = asPhys(BANK_BYTES - 8);
		memory.writeText(border, "from bank to bank");
		expect(memory.readText(border, 64)).to.equal("from bank to bank");
		memory.copy(border, asPhys(64), 18);
		expect(memory.readText(asPhys(64), 64)).to.equal("from bank to bank");
		memory.wordsAt(border, 4).fill(-1);
		expect(memory.readU32(asPhys(BANK_BYTES + 4))).to.equal(2 ** 32 - 1);
	});
});

describe("work on whole frames", () => {
	it("touches no other frame", () => {
		const memory = create();
		const whole = memory.bytesAt(NULL, SMALL);
		const frame = fc.integer({ min: 0, max: 15 });
		fc.assert(
			fc.property(frame, frame, (zeroed, copied) => {
				whole.forEach((_, at) => {
					whole[at] = at * 7;
				});
				const model = whole.slice();
				model.copyWithin(
					copied * PAGE_SIZE,
					zeroed * PAGE_SIZE,
					(zeroed + 1) * PAGE_SIZE,
				);
				model.fill(0, zeroed * PAGE_SIZE, (zeroed + 1) * PAGE_SIZE);
				memory.copyFrame(asPfn(zeroed), asPfn(copied));
				memory.zeroFrame(asPfn(zeroed));
				expect(Buffer.compare(whole, model)).to.equal(0);
			}),
			{ numRuns: 20 },
		);
	});

	it("fills and copies ranges that begin anywhere", () => {
		const memory = create();
		memory.fill(asPhys(5), 3, 9);
		memory.copy(asPhys(4), asPhys(101), 5);
		const bytes = [...memory.bytesAt(asPhys(100), 7)];
		expect(bytes).to.deep.equal([0, 0, 9, 9, 9, 0, 0]);
	});
});

describe("windows on memory", () => {
	it("begin at their address and are no copies", () => {
		const memory = create();
		const words = memory.wordsAt(asPhys(0x2000), 4);
		words[3] = 77;
		expect(memory.readU32(asPhys(0x200c))).to.equal(77);
		expect(words.length).to.equal(4);
		memory.writeU8(asPhys(0x2003), 1);
		expect(memory.bytesAt(asPhys(0x2003), 1)[0]).to.equal(1);
	});
});

describe("text in memory", () => {
	it("ends with a zero byte", () => {
		const memory = create();
		memory.fill(asPhys(32), 16, 0xff);
		memory.writeText(asPhys(33), "kmalloc-64");
		expect(memory.readText(asPhys(33), 64)).to.equal("kmalloc-64");
		expect(memory.readU8(asPhys(43))).to.equal(0);
		expect(memory.readU8(asPhys(44))).to.equal(0xff);
	});

	it("is read no further than asked", () => {
		const memory = create();
		memory.writeText(asPhys(0), "abcdef");
		expect(memory.readText(asPhys(0), 3)).to.equal("abc");
		expect(memory.readText(asPhys(0), 0)).to.equal("");
	});

	it("may be empty", () => {
		const memory = create();
		memory.writeText(asPhys(8), "");
		expect(memory.readText(asPhys(8), 10)).to.equal("");
	});

	it("is ASCII: other characters become question marks", () => {
		const memory = create();
		memory.writeText(asPhys(8), "caf\u00e9 \u041b");
		expect(memory.readText(asPhys(8), 10)).to.equal("caf? ?");
	});
});
