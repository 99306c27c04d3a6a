// Reading /proc text back: lines, patterns and columns of numbers.
//
//   text --linesOf--> lines --take(pattern)--> the parts of a line --numbersOf--> numbers
//
// The texts come from people's machines, so whatever does not fit is the user's trouble and not a bug: a plain Error that
// names the file, the line and what was expected there.

/** Amounts by name, in the order in which the text has them. */
export type Amounts = Readonly<Record<string, number>>;

/** A text being read from top to bottom, one line at a time. */
export class Scanner {
	private readonly lines: readonly string[];
	private index = 0;

	/** `name` is the file's, for what is said about a line that does not fit. */
	constructor(
		private readonly name: string,
		text: string,
	) {
		const body = text.endsWith("\n") ? text.slice(0, -1) : text;
		this.lines = body === "" ? [] : body.split("\n");
	}

	/** There is no line left. */
	get done(): boolean {
		return this.index >= this.lines.length;
	}

	/** The groups of `pattern` in the next line, which is consumed; null when it does not fit. */
	tryTake(pattern: RegExp): string[] | null {
		const found = pattern.exec(this.lines[this.index] ?? "");
		if (this.done || !found) return null;
		this.index++;
		return found.slice(1).map((group) => group ?? "");
	}

	/** As tryTake, but a line that does not fit is an Error saying that `what` was expected. */
	take(pattern: RegExp, what: string): string[] {
		return this.tryTake(pattern) ?? this.refuse(what);
	}

	/** `read` applied until the text ends. */
	rest<T>(read: () => T): T[] {
		const all: T[] = [];
		while (!this.done) all.push(read());
		return all;
	}

	/** Throws the Error that says what the next line should have been. */
	refuse(what: string): never {
		const found = this.done
			? "the end of the text"
			: `"${this.lines[this.index] as string}"`;
		throw new Error(
			`${this.name}, line ${this.index + 1}: expected ${what}, found ${found}.`,
		);
	}
}

/** The numbers of a blank-separated row. */
export const numbersOf = (text: string): number[] =>
	text.trim() === "" ? [] : text.trim().split(/ +/).map(Number);

/** The lines that fit `pattern` (name, value), from the next line on. */
export function takeAmounts(scanner: Scanner, pattern: RegExp): Amounts {
	const amounts: Record<string, number> = {};
	for (;;) {
		const found = scanner.tryTake(pattern);
		if (!found) return amounts;
		amounts[found[0] as string] = Number(found[1]);
	}
}
