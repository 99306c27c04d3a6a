// CRC-32, the checksum of zip, gzip and PNG: the remainder of the bytes, read as one long polynomial, by 0xedb88320.
//
//   crc = table[(crc ^ byte) & 255] ^ (crc >>> 8)          from all ones, and turned over at the end
//
// Four bytes go in one step, each through a table of its own: table n holds what a byte becomes when n bytes follow it.
//
// K1: every change of one byte, and every change inside 32 bits in a row, gives another sum.
// K2: crc32(b, crc32(a)) is the sum of a and b one behind the other.

const POLYNOMIAL = 0xedb88320;
const TABLES = makeTables();

/** Four tables of 256 one behind the other. */
function makeTables(): Int32Array {
	const tables = new Int32Array(4 * 256);
	for (let byte = 0; byte < 256; byte++) {
		let rest = byte;
		for (let bit = 0; bit < 8; bit++)
			rest = rest & 1 ? (rest >>> 1) ^ POLYNOMIAL : rest >>> 1;
		tables[byte] = rest;
	}
	for (let at = 256; at < tables.length; at++) {
		const before = tables[at - 256] as number;
		tables[at] = (tables[before & 255] as number) ^ (before >>> 8);
	}
	return tables;
}

/** The checksum of `bytes`, as 32 bits without a sign; `before` is the sum of what lies before them. */
export function crc32(bytes: Uint8Array, before = 0): number {
	const tables = TABLES;
	const length = bytes.length;
	let crc = ~before;
	let at = 0;
	for (; at + 4 <= length; at += 4)
		crc =
			(tables[768 + ((crc ^ (bytes[at] as number)) & 255)] as number) ^
			(tables[
				512 + (((crc >>> 8) ^ (bytes[at + 1] as number)) & 255)
			] as number) ^
			(tables[
				256 + (((crc >>> 16) ^ (bytes[at + 2] as number)) & 255)
			] as number) ^
			(tables[(crc >>> 24) ^ (bytes[at + 3] as number)] as number);
	for (; at < length; at++)
		crc = (tables[(crc ^ (bytes[at] as number)) & 255] as number) ^ (crc >>> 8);
	return ~crc >>> 0;
}
