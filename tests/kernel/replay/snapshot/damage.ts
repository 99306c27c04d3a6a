// Damaged texts: what every parser of recordings must take without a crash.
//
//   a line that was cut, doubled, swapped or lost, a character that was changed, a text that ends early
//
// A parser may read such a text, where the damage is none of its business, or refuse it with a plain Error of one sentence
// that begins with the file's name.

import { expect } from "chai";
import fc from "fast-check";

interface Damage {
	readonly kind: "cut" | "change" | "double" | "lose" | "end";
	/** Places, as parts of the whole. */
	readonly line: number;
	readonly column: number;
	readonly character: string;
}

const place = fc.nat(9999).map((part) => part / 10000);
const damage: fc.Arbitrary<Damage> = fc.record({
	kind: fc.constantFrom("cut", "change", "double", "lose", "end"),
	line: place,
	column: place,
	character: fc.constantFrom(..."09afx -\t\n,.:[]()é\0"),
});

/** The text with one thing wrong. */
export function damaged(text: string, hurt: Damage): string {
	const lines = text.split("\n");
	const at = Math.floor(hurt.line * lines.length);
	const line = lines[at]!;
	const column = Math.floor(hurt.column * line.length);
	switch (hurt.kind) {
		case "cut":
			lines[at] = line.slice(0, column);
			break;
		case "change":
			lines[at] =
				line.slice(0, column) + hurt.character + line.slice(column + 1);
			break;
		case "double":
			lines.splice(at, 0, line);
			break;
		case "lose":
			lines.splice(at, 1);
			break;
		case "end":
			lines.length = at + 1;
			lines[at] = line.slice(0, column);
	}
	return lines.join("\n");
}

/** Reads many damaged forms of `text`; counts the refused ones. Each refusal must name `file`. */
export function refusals(
	text: string,
	file: string,
	read: (text: string) => unknown,
	runs = 300,
): number {
	let refused = 0;
	fc.assert(
		fc.property(fc.array(damage, { minLength: 1, maxLength: 3 }), (hurts) => {
			try {
				read(hurts.reduce(damaged, text));
			} catch (error) {
				refused++;
				expect(error).to.be.instanceOf(Error);
				expect((error as Error).constructor.name).to.equal("Error");
				const { message } = error as Error;
				expect(message).to.match(/^[\w./-]+(, line \d+)?: [\s\S]*\.$/);
				expect(message.startsWith(file), message).to.equal(true);
			}
		}),
		{ numRuns: runs },
	);
	return refused;
}
