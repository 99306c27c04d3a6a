// CRC-32, the checksum of zip, gzip and PNG: the remainder of the bytes, read as one long polynomial, by 0xedb88320.
//
//   crc = table[(crc ^ byte) & 255] ^ (crc >>> 8)          from all ones, and turned over at the end
//
// K1: every change of one byte, and every change inside 32 bits in a row, gives another sum.
// K2: crc32(b, crc32(a)) is the sum of a and b one behind the other.

const POLYNOMIAL = 0xedb88320;
const TABLE = makeTable();

function makeTable(): Int32Array {
	const table = new Int32Array(256);
	for (let byte = 0; byte < 256; byte++) {
		let rest = byte;
		for (let bit = 0; bit < 8; bit++)
			rest = rest & 1 ? (rest >>> 1) ^ POLYNOMIAL : rest >>> 1;
		table[byte] = rest;
	}
	return table;
}

/** The checksum of `bytes`, as 32 bits without a sign; `before` is the sum of what lies before them. */
export function crc32(bytes: Uint8Array, before = 0): number {
	let crc = ~before;
	for (let at = 0; at < bytes.length; at++)
		crc = (TABLE[(crc ^ (bytes[at] as number)) & 255] as number) ^ (crc >>> 8);
	return ~crc >>> 0;
}
