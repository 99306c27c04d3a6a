// Bytes of a file become text: UTF-8, and what is not UTF-8 becomes U+FFFD. The engine knows only the language, which has
// no decoder of its own. Traces are ASCII but for names that people gave to their threads, so this is never in a hot path.
//
//   0xxxxxxx | 110xxxxx 10xxxxxx | 1110xxxx 10xxxxxx 10xxxxxx | 11110xxx 10xxxxxx 10xxxxxx 10xxxxxx

const REPLACEMENT = "\uFFFD";
const SMALLEST = [0, 0x80, 0x800, 0x10000]; // code points that need that many bytes more; below is a longer form than needed

/** The text in bytes[start .. end). */
export function utf8(bytes: Uint8Array, start: number, end: number): string {
	let text = "";
	let at = start;
	while (at < end) {
		const more = following(bytes[at] as number);
		const code = more < 0 ? -1 : codePoint(bytes, at, more, end);
		text += code < 0 ? REPLACEMENT : String.fromCodePoint(code);
		at += code < 0 ? 1 : more + 1;
	}
	return text;
}

/** Bytes that follow a first byte, or -1 when no character begins with it. */
function following(first: number): number {
	if (first < 0x80) return 0;
	if (first >= 0xc2 && first < 0xe0) return 1;
	if (first >= 0xe0 && first < 0xf0) return 2;
	if (first >= 0xf0 && first < 0xf5) return 3;
	return -1;
}

/** The character of `more` + 1 bytes at `at`, or -1 when they are not one. */
function codePoint(
	bytes: Uint8Array,
	at: number,
	more: number,
	end: number,
): number {
	if (at + more >= end) return -1;
	let code = bytes[at] as number;
	if (more > 0) code &= 0x3f >> more;
	for (let n = 1; n <= more; n++) {
		const byte = bytes[at + n] as number;
		if ((byte & 0xc0) !== 0x80) return -1;
		code = (code << 6) | (byte & 0x3f);
	}
	const isSurrogate = code >= 0xd800 && code < 0xe000;
	const isOutside = code < (SMALLEST[more] as number) || code > 0x10ffff;
	return isSurrogate || isOutside ? -1 : code;
}
