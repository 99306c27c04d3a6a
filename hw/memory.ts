// Physical memory: the RAM of the machine, one buffer of words.
//
//   byte 0                                  4 GiB                    RAM end
//     +--------------------------------------+------------------------+- - - - - - - - +
//     | bank 0                               | bank 1 ...             | machine area   |
//     +--------------------------------------+------------------------+- - - - - - - - +
//       frame 0, frame 1, ...                                           not RAM (machine.ts)
//
// A bank is the 4 GiB that the low word of a pointer can reach. Inside a bank every index is a 32-bit integer, which is
// what keeps the engine fast; a machine of up to 4 GiB has one bank, `words`, and `wide` is false.
// The buffer is zero at power-on and the host commits only pages that are touched: a machine of 8 GiB costs what it uses.
//
// M1: all state of the simulated kernel is in here; the views below are made from the buffer alone.
// M2: word = 4 bytes, little endian, and a stored kernel pointer is two words: low, then high.

import {
	asciiAt,
	asPhys,
	BANK_BYTES,
	DIRECT_MAP_HIGH,
	type Pfn,
	type PhysAddr,
} from "./units";

const PAGE_DOUBLES = 512; // 8-byte lanes in a page
const HIGH = DIRECT_MAP_HIGH; // same-file constant: an imported one costs in accessor loops

/** What backs the RAM: shared where the host has it, so that other threads can be CPUs. */
export type MemoryBuffer = SharedArrayBuffer | ArrayBuffer;

/** RAM with typed access. Addresses are physical bytes; 16-, 32- and 64-bit accesses must be aligned. */
export class PhysicalMemory {
	/** RAM bytes, from physical address 0 to the end of the last usable range, holes included. */
	readonly bytes: number;
	/** Frames from frame 0 to the RAM end, holes included. */
	readonly frameCount: number;
	/** RAM reaches beyond 4 GiB, so pointers need their high word. */
	readonly wide: boolean;
	/** Bank 0: the first 4 GiB as words. */
	readonly words: Int32Array;
	/** All banks: `banks[high word of the physical address][low word >>> 2]`. */
	readonly banks: readonly Int32Array[];
	private readonly lanes: Float64Array; // all RAM as 8-byte lanes, for zero and copy

	constructor(
		readonly buffer: MemoryBuffer,
		ramBytes: number,
	) {
		this.bytes = ramBytes;
		this.frameCount = Math.floor(ramBytes / 4096);
		this.wide = ramBytes > BANK_BYTES;
		const banks: Int32Array[] = [];
		for (let base = 0; base < ramBytes; base += BANK_BYTES) {
			const bytes = Math.min(BANK_BYTES, ramBytes - base);
			banks.push(new Int32Array(buffer, base, bytes / 4));
		}
		this.words = banks[0] as Int32Array;
		this.banks = banks;
		this.lanes = new Float64Array(buffer, 0, ramBytes / 8);
	}

	/** Words of the bank that holds `address`; index them by `address >>> 2`. */
	bank(address: PhysAddr): Int32Array {
		return this.wide
			? (this.banks[(address / BANK_BYTES) | 0] as Int32Array)
			: this.words;
	}

	readU32(address: PhysAddr): number {
		return (this.bank(address)[address >>> 2] as number) >>> 0;
	}

	writeU32(address: PhysAddr, value: number): void {
		this.bank(address)[address >>> 2] = value;
	}

	readU8(address: PhysAddr): number {
		return (this.readU32(address) >>> ((address & 3) << 3)) & 0xff;
	}

	writeU8(address: PhysAddr, value: number): void {
		const shift = (address & 3) << 3;
		const rest = this.readU32(address) & ~(0xff << shift);
		this.writeU32(address, rest | ((value & 0xff) << shift));
	}

	readU16(address: PhysAddr): number {
		return (this.readU32(address) >>> ((address & 2) << 3)) & 0xffff;
	}

	writeU16(address: PhysAddr, value: number): void {
		const shift = (address & 2) << 3;
		const rest = this.readU32(address) & ~(0xffff << shift);
		this.writeU32(address, rest | ((value & 0xffff) << shift));
	}

	/** 64 bits as a number; exact below 2^53. */
	readU64(address: PhysAddr): number {
		const high = this.readU32(asPhys(address + 4));
		return high * 2 ** 32 + this.readU32(address);
	}

	writeU64(address: PhysAddr, value: number): void {
		this.writeU32(address, value >>> 0);
		this.writeU32(asPhys(address + 4), Math.floor(value / 2 ** 32));
	}

	/** A stored kernel pointer as the physical address that it points to; 0 for NULL. */
	readPointer(address: PhysAddr): PhysAddr {
		const words = this.bank(address);
		const low = (words[address >>> 2] as number) >>> 0;
		if (!this.wide) return low as PhysAddr;
		const high = words[(address >>> 2) + 1] as number;
		return (high === 0 ? 0 : low + (high - HIGH) * BANK_BYTES) as PhysAddr;
	}

	/** Stores a kernel pointer (0xffff888000000000 + target), or NULL for 0. */
	writePointer(address: PhysAddr, target: PhysAddr): void {
		const words = this.bank(address);
		words[address >>> 2] = target;
		words[(address >>> 2) + 1] = target === 0 ? 0 : this.highWord(target);
	}

	/** High word of a stored pointer to `target`, which is not NULL. */
	highWord(target: PhysAddr): number {
		return this.wide ? HIGH + Math.floor(target / BANK_BYTES) : HIGH;
	}

	/** Zeroes one frame at memory speed. */
	zeroFrame(pfn: Pfn): void {
		const lanes = this.lanes;
		const end = (pfn + 1) * PAGE_DOUBLES;
		for (let lane = pfn * PAGE_DOUBLES; lane < end; lane += 4) {
			lanes[lane] = 0; // four stores a turn: 0.4 of the time of fill
			lanes[lane + 1] = 0;
			lanes[lane + 2] = 0;
			lanes[lane + 3] = 0;
		}
	}

	/** Copies frame `from` over frame `to`. */
	copyFrame(from: Pfn, to: Pfn): void {
		const start = from * PAGE_DOUBLES;
		this.lanes.copyWithin(to * PAGE_DOUBLES, start, start + PAGE_DOUBLES);
	}

	/** Sets `bytes` bytes from `address` on to `value`. */
	fill(address: PhysAddr, bytes: number, value: number): void {
		this.bytesAt(address, bytes).fill(value);
	}

	/** Copies `bytes` bytes; the ranges must not overlap. */
	copy(from: PhysAddr, to: PhysAddr, bytes: number): void {
		this.bytesAt(to, bytes).set(this.bytesAt(from, bytes));
	}

	/** A window of bytes, for bulk work; not for hot paths. */
	bytesAt(address: PhysAddr, bytes: number): Uint8Array {
		return new Uint8Array(this.buffer, address, bytes);
	}

	/** A window of words that begins at `address`: what record classes are built on. */
	wordsAt(address: PhysAddr, words: number): Int32Array {
		return new Int32Array(this.buffer, address, words);
	}

	/** Writes `text` as ASCII, question marks for what is none, with a terminating zero byte. */
	writeText(address: PhysAddr, text: string): void {
		const bytes = this.bytesAt(address, text.length + 1);
		for (let i = 0; i < text.length; i++) bytes[i] = asciiAt(text, i);
		bytes[text.length] = 0;
	}

	/** Reads ASCII up to a zero byte, at most `limit` bytes. */
	readText(address: PhysAddr, limit: number): string {
		let text = "";
		for (let i = 0; i < limit; i++) {
			const byte = this.readU8(asPhys(address + i));
			if (byte === 0) break;
			text += String.fromCharCode(byte);
		}
		return text;
	}
}
