// JSON as bytes and back, where there is nothing but the language.
//
//   {"name": "ä"}   ->   7b 22 6e .. 5c 75 30 30 65 34 ..       \u00e4: what is not ASCII is written as an escape
//
// J1: what is written is ASCII, and so it is UTF-8; what is read may be any UTF-8.

import { utf8 } from "../replay/reading/utf8";

/** The JSON text of a value as bytes. */
export function jsonBytes(value: unknown): Uint8Array {
	const text = JSON.stringify(value).replace(/[\u007f-\uffff]/g, escaped);
	const bytes = new Uint8Array(text.length);
	for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
	return bytes;
}

const escaped = (letter: string): string =>
	`\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** The value that the bytes are the JSON text of; undefined, which no JSON is, when they are none. */
export function jsonOf(bytes: Uint8Array): unknown {
	try {
		return JSON.parse(utf8(bytes, 0, bytes.length));
	} catch {
		return undefined;
	}
}
