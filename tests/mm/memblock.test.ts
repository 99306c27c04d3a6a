import { expect } from "chai";
import fc from "fast-check";
import { CPU_BYTES, Cpu, Turn } from "../../hw/cpu";
import { TurnLocks } from "../../hw/lock";
import { PhysicalMemory } from "../../hw/memory";
import { KernelPanic } from "../../hw/panic";
import { Recorder, ringBytes } from "../../hw/recorder";
import { asPhys } from "../../hw/units";
import { checkMemblock } from "../../mm/check/memblock-check";
import {
	EV_MEMBLOCK,
	MEMBLOCK_FREED,
	MEMBLOCK_HANDED,
	MEMBLOCK_MEMORY,
	MEMBLOCK_REMOVED,
	MEMBLOCK_RESERVED,
} from "../../mm/events";
import {
	MEMBLOCK_BYTES,
	Memblock,
	type MemblockRange,
	PHYS_ADDR_END,
} from "../../mm/memblock";

const KIB = 1024;
const MIB = 1024 * KIB;
const STRUCT = asPhys(4096); // where the tests keep the struct
const BASE = MIB; // first address of the memory that allocation tests use
const SIZE = 16 * KIB; // and how much of it there is
const LAST = BASE + SIZE;

function machine(ramBytes = 4 * MIB): PhysicalMemory {
	return new PhysicalMemory(new ArrayBuffer(ramBytes), ramBytes);
}

const fresh = (memory = machine()): Memblock =>
	new Memblock(memory, new TurnLocks(), STRUCT);

/** A memblock with 16 KiB of memory from 1 MiB on, full of bytes 0x55. */
function withMemory(): { memory: PhysicalMemory; memblock: Memblock } {
	const memory = machine();
	memory.fill(asPhys(BASE), SIZE, 0x55);
	const memblock = fresh(memory);
	memblock.add(BASE, SIZE);
	return { memory, memblock };
}

const pairs = (ranges: readonly MemblockRange[]): number[][] =>
	ranges.map(({ base, end }) => [base, end]);

/** What a memblock tells from now on: kind, first byte, bytes. */
function listenTo(memblock: Memblock): () => number[][] {
	const cpu = new Cpu(new ArrayBuffer(CPU_BYTES), 0, 0);
	const ring = new Int32Array(ringBytes(64) / 4);
	const recorder = new Recorder(new Turn([cpu]), [ring], 64);
	const told: number[][] = [];
	recorder.listen((_cycles, code, _cpu, _context, a, b, c, d) => {
		if (code === EV_MEMBLOCK)
			told.push([b >>> 8, (b & 255) * 2 ** 32 + a, d * 2 ** 32 + c]);
	});
	memblock.recorder = recorder;
	return () => {
		recorder.flush();
		return told;
	};
}

describe("memblock", () => {
	it("is empty when its struct is zero", () => {
		const memblock = fresh();
		expect(memblock.memoryRanges()).to.deep.equal([]);
		expect(memblock.reservedRanges()).to.deep.equal([]);
		expect(memblock.arrays.memory.capacity).to.equal(128);
		expect(memblock.arrays.reserved.capacity).to.equal(128);
		expect(memblock.isBottomUp).to.equal(false);
		expect(memblock.limit).to.equal(PHYS_ADDR_END);
		expect(MEMBLOCK_BYTES).to.be.below(8192);
	});

	it("keeps everything in the simulated memory", () => {
		const { memory, memblock } = withMemory();
		memblock.setBottomUp(true);
		memblock.setLimit(LAST - KIB);
		memblock.alloc(64, 64);
		const other = fresh(memory);
		expect(other.memoryRanges()).to.deep.equal(memblock.memoryRanges());
		expect(other.reservedRanges()).to.deep.equal(memblock.reservedRanges());
		expect(other.isBottomUp).to.equal(true);
		expect(other.limit).to.equal(LAST - KIB);
	});

	// The same rules for what exists (add, remove) and for what is taken (reserve, free).
	const LISTS = [
		{
			name: "memory",
			put: (it: Memblock, base: number, size: number) => it.add(base, size),
			drop: (it: Memblock, base: number, size: number) => it.remove(base, size),
			ranges: (it: Memblock) => pairs(it.memoryRanges()),
			bytes: (it: Memblock) => it.memoryBytes,
		},
		{
			name: "reserved",
			put: (it: Memblock, base: number, size: number) => it.reserve(base, size),
			drop: (it: Memblock, base: number, size: number) => it.free(base, size),
			ranges: (it: Memblock) => pairs(it.reservedRanges()),
			bytes: (it: Memblock) => it.reservedBytes,
		},
	];
	for (const { name, put, drop, ranges, bytes } of LISTS) {
		describe(`ranges of ${name}`, () => {
			let memblock: Memblock;
			beforeEach(() => {
				memblock = fresh();
			});
			afterEach(() => {
				expect(checkMemblock(memblock)).to.deep.equal([]);
			});

			it("simple: one region", () => {
				put(memblock, 2 * MIB, 4 * MIB);
				expect(ranges(memblock)).to.deep.equal([[2 * MIB, 6 * MIB]]);
				expect(bytes(memblock)).to.equal(4 * MIB);
			});

			it("disjoint: sorted by base", () => {
				put(memblock, 8 * MIB, MIB);
				put(memblock, 2 * MIB, MIB);
				expect(ranges(memblock)).to.deep.equal([
					[2 * MIB, 3 * MIB],
					[8 * MIB, 9 * MIB],
				]);
			});

			it("overlapping at the top or the bottom: the union", () => {
				put(memblock, 4 * MIB, 4 * MIB);
				put(memblock, 2 * MIB, 3 * MIB);
				expect(ranges(memblock)).to.deep.equal([[2 * MIB, 8 * MIB]]);
				put(memblock, 7 * MIB, 3 * MIB);
				expect(ranges(memblock)).to.deep.equal([[2 * MIB, 10 * MIB]]);
				expect(bytes(memblock)).to.equal(8 * MIB);
			});

			it("within, or twice: unchanged", () => {
				put(memblock, 2 * MIB, 4 * MIB);
				put(memblock, 3 * MIB, MIB);
				put(memblock, 2 * MIB, 4 * MIB);
				expect(ranges(memblock)).to.deep.equal([[2 * MIB, 6 * MIB]]);
				expect(bytes(memblock)).to.equal(4 * MIB);
			});

			it("between: three become one", () => {
				put(memblock, 2 * MIB, MIB);
				put(memblock, 4 * MIB, MIB);
				put(memblock, 3 * MIB, MIB);
				expect(ranges(memblock)).to.deep.equal([[2 * MIB, 5 * MIB]]);
			});

			it("over several: the gaps are filled", () => {
				put(memblock, 2 * MIB, MIB);
				put(memblock, 4 * MIB, MIB);
				put(memblock, 6 * MIB, MIB);
				put(memblock, MIB, 9 * MIB);
				expect(ranges(memblock)).to.deep.equal([[MIB, 10 * MIB]]);
			});

			it("near the end of addresses: cut there", () => {
				const base = PHYS_ADDR_END - 4 * MIB;
				put(memblock, base, 8 * MIB);
				expect(ranges(memblock)).to.deep.equal([[base, PHYS_ADDR_END]]);
				drop(memblock, base + MIB, 16 * MIB);
				expect(ranges(memblock)).to.deep.equal([[base, base + MIB]]);
			});

			it("nothing: nothing changes", () => {
				put(memblock, 2 * MIB, 4 * MIB);
				put(memblock, 9 * MIB, 0);
				drop(memblock, 3 * MIB, 0);
				expect(ranges(memblock)).to.deep.equal([[2 * MIB, 6 * MIB]]);
			});

			it("dropping the first of two leaves the second", () => {
				put(memblock, 2 * MIB, MIB);
				put(memblock, 8 * MIB, MIB);
				drop(memblock, 2 * MIB, MIB);
				expect(ranges(memblock)).to.deep.equal([[8 * MIB, 9 * MIB]]);
				expect(bytes(memblock)).to.equal(MIB);
			});

			it("dropping what is not there changes nothing", () => {
				put(memblock, 2 * MIB, MIB);
				drop(memblock, 4 * MIB, MIB);
				expect(ranges(memblock)).to.deep.equal([[2 * MIB, 3 * MIB]]);
			});

			it("dropping over the top or the bottom takes only what both have", () => {
				put(memblock, 4 * MIB, 4 * MIB);
				drop(memblock, 2 * MIB, 3 * MIB);
				drop(memblock, 7 * MIB, 3 * MIB);
				expect(ranges(memblock)).to.deep.equal([[5 * MIB, 7 * MIB]]);
				expect(bytes(memblock)).to.equal(2 * MIB);
			});

			it("dropping from within splits in two", () => {
				put(memblock, 2 * MIB, 8 * MIB);
				drop(memblock, 4 * MIB, MIB);
				expect(ranges(memblock)).to.deep.equal([
					[2 * MIB, 4 * MIB],
					[5 * MIB, 10 * MIB],
				]);
			});

			it("dropping the only one leaves none", () => {
				put(memblock, 2 * MIB, MIB);
				drop(memblock, 2 * MIB, MIB);
				expect(ranges(memblock)).to.deep.equal([]);
				expect(bytes(memblock)).to.equal(0);
			});

			it("dropping over two trims both", () => {
				put(memblock, 2 * MIB, 2 * MIB);
				put(memblock, 6 * MIB, 2 * MIB);
				drop(memblock, 3 * MIB, 4 * MIB);
				expect(ranges(memblock)).to.deep.equal([
					[2 * MIB, 3 * MIB],
					[7 * MIB, 8 * MIB],
				]);
			});
		});
	}

	it("keeps nodes apart", () => {
		const memblock = fresh();
		memblock.add(MIB, MIB, 0);
		memblock.add(2 * MIB, MIB, 1);
		memblock.add(3 * MIB, MIB, 1);
		expect(memblock.memoryRanges()).to.deep.equal([
			{ base: MIB, end: 2 * MIB, node: 0 },
			{ base: 2 * MIB, end: 4 * MIB, node: 1 },
		]);
		expect(checkMemblock(memblock)).to.deep.equal([]);
	});

	it("holds addresses of 48 bits exactly", () => {
		const memblock = fresh();
		const base = 2 ** 47 + 12345;
		memblock.add(base, 2 ** 46 + 1);
		memblock.reserve(base + 7, 2 ** 40 + 3);
		expect(pairs(memblock.memoryRanges())).to.deep.equal([
			[base, base + 2 ** 46 + 1],
		]);
		expect(pairs(memblock.freeRanges())).to.deep.equal([
			[base, base + 7],
			[base + 7 + 2 ** 40 + 3, base + 2 ** 46 + 1],
		]);
	});

	it("answers what overlaps, to the byte", () => {
		const memblock = fresh();
		memblock.add(MIB, MIB);
		memblock.reserve(MIB, 4096);
		expect(memblock.isReserved(MIB - 1)).to.equal(false);
		expect(memblock.isReserved(MIB - 1, 2)).to.equal(true);
		expect(memblock.isReserved(MIB + 4095)).to.equal(true);
		expect(memblock.isReserved(MIB + 4096)).to.equal(false);
		expect(memblock.isMemory(MIB, MIB)).to.equal(true);
		expect(memblock.isMemory(MIB, MIB + 1)).to.equal(false);
		expect(memblock.isMemory(MIB - 1)).to.equal(false);
		expect(memblock.endOfMemory()).to.equal(2 * MIB);
		expect(fresh().endOfMemory()).to.equal(0);
	});

	describe("trim", () => {
		const trimmed = (base: number, size: number): number[][] => {
			const memblock = fresh();
			memblock.add(2 * MIB, MIB);
			memblock.add(base, size);
			memblock.trim(64 * KIB);
			expect(checkMemblock(memblock)).to.deep.equal([]);
			return pairs(memblock.memoryRanges()).slice(1);
		};

		it("leaves aligned memory alone", () => {
			expect(trimmed(4 * MIB, MIB)).to.deep.equal([[4 * MIB, 5 * MIB]]);
		});

		it("drops what is smaller than the alignment", () => {
			expect(trimmed(4 * MIB, 32 * KIB)).to.deep.equal([]);
			expect(trimmed(4 * MIB + 40 * KIB, 40 * KIB)).to.deep.equal([]);
		});

		it("rounds the base up", () => {
			expect(trimmed(4 * MIB + 1, MIB - 1)).to.deep.equal([
				[4 * MIB + 64 * KIB, 5 * MIB],
			]);
		});

		it("rounds the end down", () => {
			expect(trimmed(4 * MIB, MIB - 1)).to.deep.equal([
				[4 * MIB, 5 * MIB - 64 * KIB],
			]);
		});
	});

	for (const bottomUp of [false, true]) {
		const direction = bottomUp ? "bottom-up" : "top-down";
		/** The address that mirrors `offset` bytes from the end that allocation starts at. */
		const at = (offset: number, size: number): number =>
			bottomUp ? BASE + offset : LAST - offset - size;
		const range = (offset: number, size: number): number[] => [
			at(offset, size),
			at(offset, size) + size,
		];

		describe(`allocation ${direction}`, () => {
			let memory: PhysicalMemory;
			let memblock: Memblock;
			beforeEach(() => {
				({ memory, memblock } = withMemory());
				memblock.setBottomUp(bottomUp);
			});
			afterEach(() => {
				expect(checkMemblock(memblock)).to.deep.equal([]);
			});
			const taken = () => pairs(memblock.reservedRanges());
			const reserve = (offset: number, size: number) =>
				memblock.reserve(at(offset, size), size);

			it("simple: an aligned block at its end of memory", () => {
				expect(memblock.alloc(128, 64)).to.equal(at(0, 128));
				expect(taken()).to.deep.equal([range(0, 128)]);
			});

			it("zeroes the bytes, and only those; a raw one is left alone", () => {
				const base = memblock.alloc(5000, 64);
				const bytes = memory.bytesAt(base, 5000);
				expect(bytes.every((byte) => byte === 0)).to.equal(true);
				expect(memory.readU8(asPhys(base - 1))).to.equal(
					base === BASE ? 0 : 0x55,
				);
				expect(memory.readU8(asPhys(base + 5000))).to.equal(
					base + 5000 === LAST ? 0 : 0x55,
				);
				const raw = memblock.allocRaw(512, 64);
				expect(memory.readU8(raw)).to.equal(0x55);
			});

			it("disjoint: an odd reservation is not merged", () => {
				reserve(0, 1);
				const base = memblock.alloc(256, 64);
				expect(base).to.equal(at(64, 256));
				expect(taken().length).to.equal(2);
			});

			it("before: fits in front of a reservation and merges with it", () => {
				reserve(512, 1024);
				expect(memblock.alloc(512, 64)).to.equal(at(0, 512));
				expect(taken()).to.deep.equal([range(0, 1536)]);
			});

			it("after: goes to the other side when there is too little space", () => {
				reserve(256, 1024);
				expect(memblock.alloc(512, 64)).to.equal(at(1280, 512));
				expect(taken()).to.deep.equal([range(256, 1536)]);
			});

			it("second fit: passes a gap that is too small", () => {
				reserve(0, 512);
				reserve(768, 512);
				expect(memblock.alloc(512, 64)).to.equal(at(1280, 512));
				expect(taken()).to.deep.equal([range(0, 512), range(768, 1024)].sort());
			});

			it("in between: fills a gap exactly, three become one", () => {
				reserve(0, 512);
				reserve(1024, 512);
				expect(memblock.alloc(512, 64)).to.equal(at(512, 512));
				expect(taken()).to.deep.equal([range(0, 1536)]);
			});

			it("small gaps, all reserved, too large, no memory: 0, and nothing changes", () => {
				for (let offset = 0; offset < SIZE; offset += 512)
					reserve(offset + 256, 256);
				const before = taken();
				expect(memblock.alloc(512, 64)).to.equal(0);
				expect(taken()).to.deep.equal(before);
				memblock.reserve(BASE, SIZE);
				expect(memblock.alloc(1, 1)).to.equal(0);
				memblock.free(BASE, SIZE);
				expect(memblock.alloc(SIZE + 1, 64)).to.equal(0);
				expect(memblock.alloc(0, 64)).to.equal(0);
				expect(taken()).to.deep.equal([]);
				expect(fresh().alloc(64, 64)).to.equal(0);
			});

			it("limited space: the last bytes are given", () => {
				memblock.reserve(at(256, SIZE - 256), SIZE - 256);
				expect(memblock.alloc(256, 64)).to.equal(at(0, 256));
				expect(taken()).to.deep.equal([[BASE, LAST]]);
				expect(memblock.reservedBytes).to.equal(SIZE);
			});

			it("alignment 0 means a cache line", () => {
				memblock.alloc(1, 1);
				expect(memblock.alloc(64, 0) % 64).to.equal(0);
			});

			it("takes the direction that a call asks for", () => {
				expect(memblock.alloc(64, 64, { bottomUp: true })).to.equal(BASE);
				expect(memblock.alloc(64, 64, { bottomUp: false })).to.equal(LAST - 64);
			});
		});
	}

	describe("allocation within bounds", () => {
		let memblock: Memblock;
		beforeEach(() => {
			({ memblock } = withMemory());
		});

		it("from an exact lower bound", () => {
			const wish = { min: LAST - 128 };
			expect(memblock.alloc(128, 64, wish)).to.equal(LAST - 128);
		});

		it("from a misaligned lower bound: the next aligned", () => {
			const wish = { min: LAST - 128 - 63, bottomUp: true };
			expect(memblock.alloc(64, 64, wish)).to.equal(LAST - 128);
		});

		it("a lower bound that is too high is dropped", () => {
			const wish = { min: LAST - 64 };
			expect(memblock.alloc(128, 64, wish)).to.equal(LAST - 128);
			const low = memblock.alloc(128, 64, { ...wish, bottomUp: true });
			expect(low).to.equal(BASE);
		});

		it("no space above the lower bound: below it", () => {
			memblock.reserve(LAST - 512, 512);
			const base = memblock.alloc(128, 64, { min: LAST - 512 });
			expect(base).to.equal(LAST - 640);
		});

		it("a lower bound below memory is no bound", () => {
			const wish = { min: BASE - 4096, bottomUp: true };
			expect(memblock.alloc(64, 64, wish)).to.equal(BASE);
		});

		it("a range: its highest or lowest aligned place", () => {
			const wish = { min: BASE + 1000, max: BASE + 3000 };
			expect(memblock.alloc(128, 64, wish)).to.equal(BASE + 2816);
			const low = memblock.alloc(128, 64, { ...wish, bottomUp: true });
			expect(low).to.equal(BASE + 1024);
		});

		it("an exact range", () => {
			const wish = { min: BASE + 1024, max: BASE + 2048 };
			expect(memblock.alloc(1024, 64, wish)).to.equal(BASE + 1024);
		});

		it("a range that is too narrow drops its lower bound", () => {
			const wish = { min: BASE + 1024, max: BASE + 1100 };
			const base = memblock.alloc(256, 64, wish);
			expect(base).to.equal(BASE + 832);
		});

		it("an upper bound too low for the size: 0", () => {
			expect(memblock.alloc(256, 64, { max: BASE + 128 })).to.equal(0);
		});

		it("reservations at a bound are merged with", () => {
			memblock.reserve(BASE + 2048, 1024);
			const wish = { min: BASE, max: BASE + 3072 };
			expect(memblock.alloc(512, 64, wish)).to.equal(BASE + 1536);
			expect(pairs(memblock.reservedRanges())).to.deep.equal([
				[BASE + 1536, BASE + 3072],
			]);
		});

		it("a range that is taken drops its lower bound, and fails when all is taken", () => {
			memblock.reserve(BASE + 1024, 1024);
			const wish = { min: BASE + 1024, max: BASE + 2048 };
			expect(memblock.alloc(128, 64, wish)).to.equal(BASE + 896);
			memblock.reserve(BASE, 1024);
			expect(memblock.alloc(128, 64, wish)).to.equal(0);
		});

		it("an upper bound beyond memory is capped", () => {
			expect(memblock.alloc(64, 64, { max: LAST + MIB })).to.equal(LAST - 64);
		});

		it("the limit caps every allocation", () => {
			memblock.setLimit(BASE + 4096);
			expect(memblock.alloc(64, 64)).to.equal(BASE + 4032);
			expect(memblock.alloc(64, 64, { max: LAST })).to.equal(BASE + 3968);
		});

		it("never gives frame 0", () => {
			const low = fresh();
			low.add(0, 8192);
			expect(low.allocRaw(64, 64, { bottomUp: true })).to.equal(4096);
			expect(low.allocRaw(8192, 64)).to.equal(0);
		});
	});

	describe("allocation by node", () => {
		let memblock: Memblock;
		beforeEach(() => {
			memblock = fresh();
			memblock.add(BASE, 4 * KIB, 0);
			memblock.add(BASE + 4 * KIB, 8 * KIB, 1);
			memblock.add(BASE + 12 * KIB, 4 * KIB, 2);
		});

		it("comes from the node", () => {
			expect(memblock.alloc(KIB, 64, { node: 1 })).to.equal(BASE + 11 * KIB);
			const low = memblock.alloc(KIB, 64, { node: 1, bottomUp: true });
			expect(low).to.equal(BASE + 4 * KIB);
		});

		it("comes from another when the node is too small or full", () => {
			expect(memblock.alloc(6 * KIB, 64, { node: 0 })).to.equal(BASE + 6 * KIB);
			memblock.reserve(BASE, 4 * KIB);
			expect(memblock.alloc(KIB, 64, { node: 0 })).to.equal(BASE + 15 * KIB);
		});

		it("fails when exactly that node is wanted", () => {
			const wish = { node: 0, isExactNode: true };
			expect(memblock.alloc(6 * KIB, 64, wish)).to.equal(0);
			expect(memblock.alloc(KIB, 64, wish)).to.equal(BASE + 3 * KIB);
		});

		it("does not span nodes", () => {
			expect(memblock.alloc(9 * KIB, 64)).to.equal(0);
		});
	});

	describe("more regions than the array holds", () => {
		it("add: the 129th doubles the array, which is reserved", () => {
			const memblock = fresh();
			memblock.add(3 * MIB, MIB);
			for (let i = 1; i < 128; i++) memblock.add(MIB + i * 8192, 4096);
			expect(memblock.arrays.memory.hasGrown).to.equal(false);
			memblock.add(MIB, 4096);
			const { base, capacity, hasGrown } = memblock.arrays.memory;
			expect([capacity, hasGrown]).to.deep.equal([256, true]);
			expect(memblock.memoryRanges().length).to.equal(129);
			expect(pairs(memblock.reservedRanges())).to.deep.equal([
				[base, base + 8192],
			]);
			expect(checkMemblock(memblock)).to.deep.equal([]);
		});

		it("add: fails when there is no memory for a larger array", () => {
			const memblock = fresh();
			for (let i = 0; i < 128; i++)
				expect(memblock.add(MIB + i * 4096, 2048)).to.equal(true);
			expect(memblock.add(3 * MIB, 2048)).to.equal(false);
			expect(memblock.memoryRanges().length).to.equal(128);
			expect(checkMemblock(memblock)).to.deep.equal([]);
		});

		it("reserve: the doubled array never clashes, wherever the 129th goes", () => {
			for (let place = 0; place < 129; place++) {
				const memblock = fresh();
				memblock.add(MIB, 2 * MIB);
				const bases = Array.from({ length: 129 }, (_, i) => MIB + i * 8192);
				const [late] = bases.splice(place, 1);
				for (const base of bases) memblock.reserve(base, 4096);
				expect(memblock.arrays.reserved.capacity).to.equal(128);
				expect(memblock.reserve(late!, 4096)).to.equal(true);
				expect(memblock.arrays.reserved.capacity).to.equal(256);
				expect(memblock.reservedRanges().length).to.equal(130);
				expect(checkMemblock(memblock)).to.deep.equal([]);
			}
		});

		it("reserve: the doubled array keeps clear of the range being taken", () => {
			const memblock = fresh();
			memblock.add(MIB, 2 * MIB);
			for (let i = 0; i < 128; i++) memblock.reserve(MIB + i * 8192, 4096);
			memblock.reserve(2 * MIB + 4096, MIB - 4096); // all that is large enough, but a little below
			const { base } = memblock.arrays.reserved;
			expect(base).to.equal(2 * MIB - 4096);
			expect(checkMemblock(memblock)).to.deep.equal([]);
		});

		it("grows again and gives the old array back", () => {
			const memblock = fresh();
			memblock.add(MIB, 3 * MIB);
			for (let i = 0; i < 300; i++) memblock.reserve(MIB + i * 128, 64);
			expect(memblock.arrays.reserved.capacity).to.equal(512);
			const taken = 300 * 64 + 12288;
			expect(memblock.reservedBytes).to.equal(taken);
			expect(checkMemblock(memblock)).to.deep.equal([]);
		});
	});

	it("allocates above 4 GiB", () => {
		const memory = machine(4096 * MIB + 2 * MIB);
		const memblock = fresh(memory);
		memblock.add(4096 * MIB, 2 * MIB);
		const first = memblock.alloc(10000, 64);
		expect(first).to.equal(4098 * MIB - 10048);
		for (let i = 0; i < 200; i++) memblock.reserve(MIB + i * 128, 64);
		const { base, hasGrown } = memblock.arrays.reserved;
		expect([base > 4096 * MIB, hasGrown]).to.deep.equal([true, true]);
		expect(fresh(memory).reservedRanges().length).to.equal(202);
		expect(checkMemblock(memblock)).to.deep.equal([]);
	});

	describe("handing over to the page allocator", () => {
		const blocksOf = (memblock: Memblock): string => {
			const blocks: string[] = [];
			memblock.freeAll((pfn, order) => blocks.push(`(${pfn},o${order})`));
			return blocks.join(" ");
		};

		it("cuts free pages into the largest aligned blocks, ascending", () => {
			const memblock = fresh();
			memblock.add(3 * 4096, 39 * 4096);
			expect(blocksOf(memblock)).to.equal(
				"(3,o0) (4,o2) (8,o3) (16,o4) (32,o3) (40,o1)",
			);
		});

		it("gives whole pages only, and never frame 0", () => {
			const memblock = fresh();
			memblock.add(0, 8 * 4096);
			memblock.reserve(4 * 4096 + 10, 1);
			expect(blocksOf(memblock)).to.equal("(1,o0) (2,o1) (5,o0) (6,o1)");
		});

		it("never gives more than order 10 at once, and counts the pages", () => {
			const memblock = fresh();
			memblock.add(4 * MIB, 9 * MIB);
			const pages: number[] = [];
			const given = memblock.freeAll((pfn) => pages.push(pfn));
			expect(given).to.equal(2304);
			expect(pages).to.deep.equal([1024, 2048, 3072]);
		});

		it("is the end: nothing may change any more", () => {
			const { memblock } = withMemory();
			memblock.freeAll(() => {});
			expect(memblock.isHandedOver).to.equal(true);
			expect(() => memblock.alloc(64, 64)).to.throw(KernelPanic, "MB6");
			expect(() => memblock.reserve(BASE, 64)).to.throw(KernelPanic, "MB6");
			expect(() => memblock.freeAll(() => {})).to.throw(KernelPanic, "MB6");
			expect(memblock.memoryBytes).to.equal(SIZE);
		});
	});

	// Small addresses, so that ranges meet often. The model has one cell for each unit of 64 bytes.
	it("agrees with a model of cells under random commands", () => {
		const UNIT = 64;
		const CELLS = 400;
		const FIRST = BASE / UNIT;
		const span = fc.record({
			from: fc.nat({ max: CELLS - 1 }),
			cells: fc.integer({ min: 1, max: 40 }),
		});
		const command = fc.oneof(
			fc.record({ verb: fc.constant("add" as const), span }),
			fc.record({ verb: fc.constant("remove" as const), span }),
			fc.record({ verb: fc.constant("reserve" as const), span }),
			fc.record({ verb: fc.constant("free" as const), span }),
			fc.record({
				verb: fc.constantFrom("top" as const, "bottom" as const),
				span,
			}),
		);
		fc.assert(
			fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
				const memblock = fresh();
				const exists = new Array<boolean>(CELLS).fill(false);
				const taken = new Array<boolean>(CELLS).fill(false);
				for (const { verb, span } of commands) {
					const to = Math.min(span.from + span.cells, CELLS);
					const base = (FIRST + span.from) * UNIT;
					const size = (to - span.from) * UNIT;
					if (verb === "add") {
						memblock.add(base, size);
						exists.fill(true, span.from, to);
					} else if (verb === "remove") {
						memblock.remove(base, size);
						exists.fill(false, span.from, to);
					} else if (verb === "reserve") {
						memblock.reserve(base, size);
						taken.fill(true, span.from, to);
					} else if (verb === "free") {
						memblock.free(base, size);
						taken.fill(false, span.from, to);
					} else {
						const bottomUp = verb === "bottom";
						const got = memblock.allocRaw(span.cells * UNIT, UNIT, {
							bottomUp,
						});
						const cell = fit(exists, taken, span.cells, bottomUp);
						expect(got).to.equal(cell < 0 ? 0 : (FIRST + cell) * UNIT);
						if (cell >= 0) taken.fill(true, cell, cell + span.cells);
					}
					const cells = (ranges: MemblockRange[]) => cellsOf(ranges, CELLS);
					expect(cells(memblock.memoryRanges())).to.deep.equal(exists);
					expect(cells(memblock.reservedRanges())).to.deep.equal(taken);
					const free = exists.map((is, i) => is && !taken[i]);
					expect(cells(memblock.freeRanges())).to.deep.equal(free);
					expect(checkMemblock(memblock)).to.deep.equal([]);
				}
			}),
			{ numRuns: 60 },
		);

		function cellsOf(ranges: MemblockRange[], count: number): boolean[] {
			const cells = new Array<boolean>(count).fill(false);
			for (const { base, end } of ranges)
				cells.fill(true, base / UNIT - FIRST, end / UNIT - FIRST);
			return cells;
		}
	});

	it("MB7: tells of each change, and of nothing else", () => {
		const { memblock } = withMemory();
		const told = listenTo(memblock);
		memblock.reserve(BASE, KIB);
		memblock.free(BASE, 512);
		memblock.remove(LAST - KIB, KIB);
		memblock.add(2 * MIB, MIB);
		const at = memblock.alloc(64, 64);
		memblock.free(0, 0);
		memblock.freeAll(() => {});
		expect(told()).to.deep.equal([
			[MEMBLOCK_RESERVED, BASE, KIB],
			[MEMBLOCK_FREED, BASE, 512],
			[MEMBLOCK_REMOVED, LAST - KIB, KIB],
			[MEMBLOCK_MEMORY, 2 * MIB, MIB],
			[MEMBLOCK_RESERVED, at, 64],
			[MEMBLOCK_HANDED, BASE + 4 * KIB, 8 * KIB + MIB - 4 * KIB],
		]);
	});

	it("MB7: tells where a larger array lies", () => {
		const memory = machine();
		const memblock = fresh(memory);
		memblock.add(BASE, 2 * MIB);
		const told = listenTo(memblock);
		for (let i = 0; i < 200; i++) memblock.reserve(BASE + i * 128, 64);
		const { base, capacity } = memblock.arrays.reserved;
		expect(capacity).to.equal(256);
		expect(told()).to.deep.include([MEMBLOCK_RESERVED, base, 8 * KIB]);
		expect(told()).to.have.length(201);
	});
});

/** First cell of the highest or lowest run of free cells that holds `count`; -1 when there is none. */
function fit(
	exists: boolean[],
	taken: boolean[],
	count: number,
	bottomUp: boolean,
): number {
	const isFree = (from: number): boolean => {
		for (let i = from; i < from + count; i++)
			if (!exists[i] || taken[i]) return false;
		return true;
	};
	const places = Array.from(
		{ length: Math.max(0, exists.length - count + 1) },
		(_, i) => i,
	);
	if (!bottomUp) places.reverse();
	return places.find(isFree) ?? -1;
}
