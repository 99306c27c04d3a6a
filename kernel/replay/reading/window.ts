// The part of a file that is being read, as bytes and, unaligned, as words.
//
//   bytes   | c  a  l  l  _  s  i  t  e  =  g  e  t ... \n |  ...  | slack |
//   words         '---- word(1) ---'                               8 bytes that may be read, but mean nothing
//
// Looking at four bytes with one load makes comparing, searching and hashing cost a third: this is why three million events
// a second can be read. There is one window for each file, and it stays the same array whatever chunks the host delivers.
//
// W1: reading a word at or up to 8 bytes behind the end of a line is allowed. A line feed stands there, so nothing that a
//     line may hold is found in it.

const SLACK = 64; // bytes
const ONES = 0x01010101;
const TOPS = 0x80808080 | 0;

/** Bytes under the reader's eyes. */
export class Window {
	readonly bytes: Uint8Array;
	readonly words: DataView;

	/** A window for `size` bytes. */
	constructor(readonly size: number) {
		this.bytes = new Uint8Array(size + SLACK);
		this.words = new DataView(this.bytes.buffer);
	}

	/** A window that shows a text of Latin letters. */
	static of(text: string): Window {
		const window = new Window(text.length);
		for (let at = 0; at < text.length; at++)
			window.bytes[at] = text.charCodeAt(at);
		return window;
	}

	/** Where `byte` is next in [at .. end), or `end`. */
	find(byte: number, at: number, end: number): number {
		const words = this.words;
		const pattern = Math.imul(byte, ONES);
		let from = at;
		for (; from < end; from += 8) {
			const a = words.getInt32(from, true) ^ pattern;
			const b = words.getInt32(from + 4, true) ^ pattern;
			if ((((a - ONES) & ~a) | ((b - ONES) & ~b)) & TOPS) break;
		}
		for (let to = from; to < end; to += 4) {
			const differing = words.getInt32(to, true) ^ pattern; // a zero byte is a hit
			const hits = (differing - ONES) & ~differing & TOPS; // the lowest mark is right, higher ones need not be
			if (hits === 0) continue;
			const hit = to + ((31 - Math.clz32(hits & -hits)) >>> 3);
			return hit < end ? hit : end;
		}
		return end;
	}
}
