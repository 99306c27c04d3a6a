// Words of events as named fields, by what the dictionary of a trace says about them.
//
//   "pfn"                               a word is a field
//   "order | type << 8"                 order: bits 0 .. 7, type: bits 8 and up
//   "order | 16 | objects << 8"         order: bits 0 .. 3 and 5 .. 7, "order & 16": 0 or 1, objects
//   "object", "object, high"            one field of two words, low and high; high has 8 bits when something follows it
//   "page", "page, high | code << 8"    the same, then code
//
// The text of the dictionary is read, not known: the words of a later package's events become fields too.
//
// WF1: fields of one event have different names, except that letters are no field.

import type { TraceWord } from "../header";

/** Part of a word: its bits above `shift` that `mask` lets through. */
interface Bits {
	readonly word: number;
	readonly shift: number;
	readonly mask: number;
	/** The value is 0 or 1. */
	readonly isFlag: boolean;
}

/** A field: bits of one word, or two halves. */
export interface Field extends Bits {
	readonly name: string;
	readonly high: Bits | null;
}

const ALL = -1;
const BYTE = 255;
const LETTERS = "letters";
const HIGH = /^(.*), high$/;
const SHIFTED = /^(.*) << (\d+)$/;
const NUMBER = /^\d+$/;

/** Fields of an event, in the order of its words. */
export function fieldsOf({ words }: TraceWord): Field[] {
	const fields: Field[] = [];
	words.forEach((text, word) => {
		for (const part of partsOf(text, word)) {
			const half = HIGH.exec(part.name)?.[1];
			const low = fields.findIndex(({ name }) => name === half);
			if (low >= 0) fields[low] = { ...(fields[low] as Field), high: part };
			else if (part.name !== "" && part.name !== LETTERS) fields.push(part);
		}
	});
	return fields;
}

/** The fields in the text of one word. */
function partsOf(text: string, word: number): Field[] {
	const terms = text.split(" | ");
	const flags = terms.filter((term) => NUMBER.test(term)).map(Number);
	const first = terms[0] as string;
	return terms.map((term, at) => {
		const [, name = term, shift = "0"] = SHIFTED.exec(term) ?? [];
		const isFlag = NUMBER.test(term);
		const isAlone = terms.length === 1;
		const rest = flags.reduce((mask, flag) => mask & ~flag, BYTE);
		return {
			name: isFlag ? `${first} & ${term}` : name,
			word,
			shift: Number(shift),
			mask: isFlag ? Number(term) : isAlone || at > 0 ? ALL : rest,
			isFlag,
			high: null,
		};
	});
}

/** Value of a field in an event's words. */
export function fieldValue(field: Field, words: readonly number[]): number {
	const low = bitsOf(field, words);
	if (field.high === null) return low;
	return (bitsOf(field.high, words) >>> 0) * 2 ** 32 + (low >>> 0);
}

/** The same as hexadecimal digits, exact for all 64 bits of two halves. */
export function fieldHex(field: Field, words: readonly number[]): string {
	const low = (bitsOf(field, words) >>> 0).toString(16);
	const high = field.high === null ? 0 : bitsOf(field.high, words) >>> 0;
	return high === 0
		? `0x${low}`
		: `0x${high.toString(16)}${low.padStart(8, "0")}`;
}

function bitsOf(
	{ word, shift, mask, isFlag }: Bits,
	words: readonly number[],
): number {
	const bits = ((words[word] as number) >> shift) & mask;
	return isFlag && bits !== 0 ? 1 : bits;
}
