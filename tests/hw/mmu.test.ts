import { expect } from "chai";
import fc from "fast-check";
import { COST_TLB_HIT, COST_WALK_LEVEL } from "../../hw/costs";
import { Cpu } from "../../hw/cpu";
import { TurnLocks } from "../../hw/lock";
import { PhysicalMemory } from "../../hw/memory";
import {
	ACCESS_FETCH,
	ACCESS_READ,
	ACCESS_WRITE,
	type Access,
	type EntrySwap,
	FAULT_GENERAL,
	faultCode,
	faultLines,
	Mmu,
} from "../../hw/mmu";
import {
	entryHigh,
	entryLow,
	entryText,
	PTE_ACCESSED,
	PTE_DIRTY,
	PTE_GLOBAL,
	PTE_LARGE,
	PTE_NX,
	PTE_PRESENT,
	PTE_USER,
	PTE_WRITABLE,
	tableIndex,
} from "../../hw/pte";
import { Tlb } from "../../hw/tlb";
import { asPfn, asVirt } from "../../hw/units";

const FRAMES = 64;
const RAM_BYTES = FRAMES * 4096;
const ROOT = 1;
const VA = 0x7f1234567000;
const KERNEL_VA = 0x888000000000;
const ALL = PTE_PRESENT | PTE_WRITABLE | PTE_USER;

/** One CPU whose tables the tests write by hand. */
class Board {
	readonly buffer = new SharedArrayBuffer(RAM_BYTES + 65536);
	readonly memory = new PhysicalMemory(this.buffer, RAM_BYTES);
	readonly cpu = new Cpu(this.buffer, RAM_BYTES, 0);
	readonly tlb = new Tlb(this.buffer, RAM_BYTES + 4096);
	readonly mmu: Mmu;
	private next = ROOT + 1;

	constructor(swap: EntrySwap = new TurnLocks()) {
		this.mmu = new Mmu(this.memory, this.cpu, this.tlb, swap);
		this.cpu.powerOn();
		this.cpu.setRoot(asPfn(ROOT), 1);
		this.cpu.setUserMode(true);
	}

	/** Index of the low word of the entry for `va` at `level`; makes the tables above it. */
	entryAt(va: number, level: number, tableFlags = ALL): number {
		let table = ROOT;
		for (let at = 4; ; at--) {
			const index = table * 1024 + tableIndex(asVirt(va), at) * 2;
			if (at === level) return index;
			if (this.memory.words[index] === 0)
				this.memory.words[index] = entryLow(asPfn(this.next++), tableFlags);
			table = this.memory.words[index]! >>> 12;
		}
	}

	map(va: number, pfn: number, flags: number, level = 1): void {
		const at = this.entryAt(va, level);
		this.memory.words[at] = entryLow(asPfn(pfn), flags);
		this.memory.words[at + 1] = entryHigh(asPfn(pfn), flags);
	}

	text(va: number, level = 1): string {
		const at = this.entryAt(va, level);
		return entryText(this.memory.words[at]!, this.memory.words[at + 1]!);
	}

	go(va: number, access: Access): number {
		return this.mmu.translate(asVirt(va), access);
	}

	/** The fault code of an access, or "ok". */
	code(va: number, access: Access): number | "ok" {
		const answer = this.go(va, access);
		return answer >= 0 ? "ok" : faultCode(answer);
	}
}

describe("translation", () => {
	it("goes through four tables to a frame and remembers it", () => {
		const board = new Board();
		board.map(VA, 40, ALL);
		expect(board.go(VA + 0x123, ACCESS_READ)).to.equal(40 * 4096 + 0x123);
		expect(board.cpu.cycles).to.equal(4 * COST_WALK_LEVEL);
		expect(board.go(VA + 0xfff, ACCESS_READ)).to.equal(40 * 4096 + 0xfff);
		expect(board.cpu.cycles).to.equal(4 * COST_WALK_LEVEL + COST_TLB_HIT);
		expect([board.tlb.misses, board.tlb.hits]).to.deep.equal([1, 1]);
	});

	it("knows pages of 2 MiB", () => {
		const board = new Board();
		const start = 0x40000000;
		board.map(start, 1024, ALL | PTE_LARGE, 2);
		expect(board.go(start + 0x1ff_fff, ACCESS_READ)).to.equal(
			1024 * 4096 + 0x1ff_fff,
		);
		expect(board.cpu.cycles).to.equal(3 * COST_WALK_LEVEL);
		expect(board.go(start + 0x5008, ACCESS_READ)).to.equal(
			1024 * 4096 + 0x5008,
		);
		expect([board.tlb.misses, board.tlb.hits]).to.deep.equal([1, 1]);
	});

	it("reaches frames beyond 4 GiB", () => {
		const board = new Board();
		board.map(VA, 0x123456, ALL | PTE_NX);
		expect(board.go(VA, ACCESS_READ)).to.equal(0x123456 * 4096);
		expect(board.go(VA + 8, ACCESS_READ)).to.equal(0x123456 * 4096 + 8);
	});

	it("keeps address spaces apart, and global pages for all", () => {
		const board = new Board();
		board.map(VA, 40, ALL);
		board.map(KERNEL_VA, 41, PTE_PRESENT | PTE_GLOBAL);
		board.cpu.setUserMode(false);
		board.go(VA, ACCESS_READ);
		board.go(KERNEL_VA, ACCESS_READ);
		board.map(VA, 50, ALL);
		board.map(KERNEL_VA, 51, PTE_PRESENT | PTE_GLOBAL);
		board.cpu.setRoot(asPfn(ROOT), 2);
		expect(board.go(VA, ACCESS_READ)).to.equal(50 * 4096);
		expect(board.go(KERNEL_VA, ACCESS_READ)).to.equal(41 * 4096);
		board.cpu.setRoot(asPfn(ROOT), 1);
		expect(board.go(VA, ACCESS_READ)).to.equal(40 * 4096); // stale until flushed
		board.tlb.flushPage(1, asVirt(VA));
		expect(board.go(VA, ACCESS_READ)).to.equal(50 * 4096);
	});
});

describe("A and D", () => {
	it("are set by the walk: A on every level, D in the leaf on a write", () => {
		const board = new Board();
		board.map(VA, 40, ALL);
		board.go(VA, ACCESS_READ);
		expect(board.text(VA)).to.equal("pfn 0x28 P RW US A");
		for (const level of [2, 3, 4])
			expect(board.text(VA, level)).to.match(/P RW US A$/);
		board.go(VA, ACCESS_WRITE); // the entry in the TLB is clean: walks again
		expect(board.text(VA)).to.equal("pfn 0x28 P RW US A D");
		expect(board.tlb.misses).to.equal(2);
		board.go(VA, ACCESS_WRITE);
		expect(board.tlb.misses).to.equal(2);
	});

	it("stay as they are when the access is refused", () => {
		const board = new Board();
		board.map(VA, 40, PTE_PRESENT | PTE_USER);
		board.go(VA, ACCESS_WRITE);
		expect(board.text(VA)).to.equal("pfn 0x28 P US");
	});

	it("are written again when another CPU changed the entry meanwhile", () => {
		let disturbed = false;
		const board: Board = new Board({
			swap(words, index, expected, value) {
				if (!disturbed && index === board.entryAt(VA, 1)) {
					disturbed = true;
					words[index] = entryLow(asPfn(41), ALL);
				}
				if (words[index] !== expected) return false;
				words[index] = value;
				return true;
			},
		});
		board.map(VA, 40, ALL);
		expect(board.go(VA, ACCESS_WRITE)).to.equal(41 * 4096);
		expect(board.text(VA)).to.equal("pfn 0x29 P RW US A D");
	});
});

describe("faults", () => {
	it("have the codes of x86", () => {
		const board = new Board();
		board.map(VA, 40, PTE_PRESENT | PTE_USER | PTE_NX);
		const hole = VA + 4096;
		expect(board.code(hole, ACCESS_READ)).to.equal(0x4);
		expect(board.code(hole, ACCESS_WRITE)).to.equal(0x6);
		expect(board.code(hole, ACCESS_FETCH)).to.equal(0x14);
		expect(board.code(VA, ACCESS_WRITE)).to.equal(0x7);
		expect(board.code(VA, ACCESS_FETCH)).to.equal(0x15);
		expect(board.code(VA, ACCESS_READ)).to.equal("ok");
		expect(board.code(VA, ACCESS_WRITE)).to.equal(0x7); // from the TLB's entry too
		board.cpu.setUserMode(false);
		expect(board.code(hole, ACCESS_READ)).to.equal(0x0);
		expect(board.code(hole, ACCESS_WRITE)).to.equal(0x2);
		expect(board.code(VA, ACCESS_WRITE)).to.equal(0x3);
		expect(board.code(VA, ACCESS_FETCH)).to.equal(0x11);
		expect(board.cpu.faultAddress).to.equal(VA);
	});

	it("of programs include the kernel's pages, even when the TLB has them", () => {
		const board = new Board();
		board.map(KERNEL_VA, 41, PTE_PRESENT | PTE_WRITABLE | PTE_GLOBAL);
		board.cpu.setUserMode(false);
		expect(board.code(KERNEL_VA, ACCESS_READ)).to.equal("ok");
		board.cpu.setUserMode(true);
		expect(board.code(KERNEL_VA, ACCESS_READ)).to.equal(0x5);
	});

	it("see what all levels permit together", () => {
		const board = new Board();
		board.map(VA, 40, ALL);
		const at = board.entryAt(VA, 3);
		const before = board.memory.words[at]!;
		board.memory.words[at] = before & ~PTE_WRITABLE;
		expect(board.code(VA, ACCESS_WRITE)).to.equal(0x7);
		board.memory.words[at] = before & ~PTE_USER;
		expect(board.code(VA, ACCESS_READ)).to.equal(0x5);
		board.memory.words[at] = before;
		board.memory.words[at + 1] = PTE_NX;
		expect(board.code(VA, ACCESS_FETCH)).to.equal(0x15);
		expect(board.code(VA, ACCESS_READ)).to.equal("ok");
	});

	it("name reserved bits, and tables outside of memory", () => {
		const board = new Board();
		board.map(VA, 40, ALL);
		const at = board.entryAt(VA, 1);
		board.memory.words[at + 1] = 1 << 12;
		expect(board.code(VA, ACCESS_READ)).to.equal(0xd);
		board.memory.words[at + 1] = 0;
		board.memory.words[board.entryAt(VA, 3)] = ALL | PTE_LARGE;
		expect(board.code(VA, ACCESS_READ)).to.equal(0xd);
		board.memory.words[board.entryAt(VA, 4)] = entryLow(asPfn(FRAMES), ALL);
		expect(board.code(VA, ACCESS_READ)).to.equal(0xd);
	});

	it("of addresses that are not canonical are another exception", () => {
		const board = new Board();
		board.cpu.setFaultAddress(asVirt(0x1234));
		for (const va of [2 ** 48, 2 ** 48 + VA, -1, -(2 ** 47)])
			expect(board.code(va, ACCESS_READ)).to.equal(FAULT_GENERAL);
		expect(board.cpu.faultAddress).to.equal(0x1234);
	});

	it("leave nothing in the TLB", () => {
		const board = new Board();
		board.go(VA, ACCESS_READ);
		expect(board.tlb.used).to.equal(0);
		board.map(VA, 40, ALL); // now present: needs no flush
		expect(board.code(VA, ACCESS_READ)).to.equal("ok");
	});

	it("are printed as the kernel prints them", () => {
		expect(faultLines(0x2, asVirt(8))).to.deep.equal([
			"BUG: kernel NULL pointer dereference, address: 0000000000000008",
			"#PF: supervisor write access in kernel mode",
			"#PF: error_code(0x0002) - not-present page",
		]);
		expect(faultLines(0x15, asVirt(KERNEL_VA))).to.deep.equal([
			"BUG: unable to handle page fault for address: ffff888000000000",
			"#PF: user instruction fetch in user mode",
			"#PF: error_code(0x0015) - permissions violation",
		]);
		expect(faultLines(0x9, asVirt(VA))[2]).to.match(
			/ - reserved bit violation$/,
		);
		expect(faultLines(0x4, asVirt(VA))[1]).to.match(/^#PF: user read access/);
	});
});

describe("any page and any access", () => {
	it("are answered from the flags of the entry alone, cached or not", () => {
		const flag = (bit: number) => fc.constantFrom(0, bit);
		const flags = fc
			.tuple(
				flag(PTE_PRESENT),
				flag(PTE_WRITABLE),
				flag(PTE_USER),
				flag(PTE_NX),
			)
			.map((bits) => bits.reduce((all, bit) => all | bit, 0));
		const access = fc.constantFrom<Access>(0, 1, 2);
		const accesses = fc.array(fc.tuple(access, fc.boolean()), { minLength: 1 });
		fc.assert(
			fc.property(flags, accesses, (bits, list) => {
				const board = new Board();
				board.map(VA, 40, bits);
				let dirty = false;
				for (const [kind, user] of list) {
					board.cpu.setUserMode(user);
					const expected = expectedCode(bits, kind, user);
					expect(board.code(VA, kind)).to.equal(expected);
					dirty ||= expected === "ok" && kind === ACCESS_WRITE;
				}
				const low = board.memory.words[board.entryAt(VA, 1)]!;
				expect((low & PTE_DIRTY) !== 0).to.equal(dirty);
				if (dirty) expect(low & PTE_ACCESSED).to.not.equal(0);
			}),
		);
	});

	function expectedCode(
		bits: number,
		kind: Access,
		user: boolean,
	): number | "ok" {
		const how =
			(kind === ACCESS_WRITE ? 2 : 0) |
			(user ? 4 : 0) |
			(kind === ACCESS_FETCH ? 16 : 0);
		if ((bits & PTE_PRESENT) === 0) return how;
		const refused =
			(kind === ACCESS_WRITE && (bits & PTE_WRITABLE) === 0) ||
			(kind === ACCESS_FETCH && (bits & PTE_NX) !== 0) ||
			(user && (bits & PTE_USER) === 0);
		return refused ? how | 1 : "ok";
	}
});
