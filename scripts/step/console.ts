// The console: a terminal that is drawn on as a whole and tells which key was pressed.
//
//   stdin, raw  --bytes--> key names ("right", "shift-right", "/", "ctrl-c")      screen lines --> stdout, other screen
//
// CO1: whatever ends the session, an error too, the terminal is as it was: main screen, visible cursor, no raw mode.
// CO2: bytes that are no key are passed over.
// [ECMA-48; xterm control sequences]

/** A terminal with keys. */
export interface Console {
	readonly columns: number;
	readonly rows: number;
	/** Draws lines from the top; what was there before is gone. Longer lines and more lines than there are rows are cut. */
	draw(lines: readonly string[]): void;
	/** Calls `heard` with each key; one listener at a time. */
	onKey(heard: (key: string) => void): void;
	onResize(changed: () => void): void;
	/** Gives the terminal back (CO1). */
	close(): void;
}

const ENTER_SCREEN = "\x1b[?1049h\x1b[?25l";
const LEAVE_SCREEN = "\x1b[?25h\x1b[?1049l";
const HOME = "\x1b[H";
const CLEAR_LINE = "\x1b[K";
const CLEAR_BELOW = "\x1b[J";
const RESET = "\x1b[0m";

const KEYS: Readonly<Record<string, string>> = {
	"\x1b[A": "up",
	"\x1b[B": "down",
	"\x1b[C": "right",
	"\x1b[D": "left",
	"\x1bOA": "up",
	"\x1bOB": "down",
	"\x1bOC": "right",
	"\x1bOD": "left",
	"\x1b[1;2C": "shift-right",
	"\x1b[1;2D": "shift-left",
	"\x1b[H": "home",
	"\x1b[F": "end",
	"\x1b[1~": "home",
	"\x1b[4~": "end",
	"\x1b[5~": "page-up",
	"\x1b[6~": "page-down",
	"\x1b": "escape",
	"\r": "enter",
	"\n": "enter",
	"\x7f": "backspace",
	"\b": "backspace",
	"\x03": "ctrl-c",
};
// biome-ignore lint/suspicious/noControlCharactersInRegex: keys that move begin with the control character ESC
const SEQUENCE = /^\x1b(?:\[[0-9;]*[A-Za-z~]|O[A-Za-z])/;

/** Names of the keys in what a terminal sent; printable letters stand for themselves (CO2). */
export function keysIn(text: string): string[] {
	const keys: string[] = [];
	for (let rest = text; rest !== ""; ) {
		const sequence = SEQUENCE.exec(rest)?.[0] ?? rest.slice(0, 1);
		rest = rest.slice(sequence.length);
		const key = KEYS[sequence] ?? (sequence >= " " ? sequence : null);
		if (key !== null && (key.length === 1 || KEYS[sequence])) keys.push(key);
	}
	return keys;
}

/** What a console needs of the streams of a process. */
export interface ConsoleInput {
	readonly isTTY?: boolean;
	setRawMode?(raw: boolean): unknown;
	on(event: "data", heard: (bytes: Buffer) => void): unknown;
	resume(): unknown;
	pause(): unknown;
}
export interface ConsoleOutput {
	readonly isTTY?: boolean;
	readonly columns?: number;
	readonly rows?: number;
	write(text: string): unknown;
	on(event: "resize", changed: () => void): unknown;
}

/** The console of two streams; null where one of them is no terminal. */
export function openConsole(
	input: ConsoleInput,
	output: ConsoleOutput,
): Console | null {
	const isTerminal = input.isTTY === true && output.isTTY === true;
	return isTerminal ? new StreamConsole(input, output) : null;
}

class StreamConsole implements Console {
	private heard: (key: string) => void = () => {};
	private isOpen = true;

	constructor(
		private readonly input: ConsoleInput,
		private readonly output: ConsoleOutput,
	) {
		output.write(ENTER_SCREEN);
		input.setRawMode?.(true);
		input.resume();
		input.on("data", (bytes) => {
			for (const key of keysIn(bytes.toString("utf8"))) this.heard(key);
		});
	}

	get columns(): number {
		return this.output.columns ?? 80;
	}
	get rows(): number {
		return this.output.rows ?? 24;
	}

	draw(lines: readonly string[]): void {
		if (!this.isOpen) return;
		const shown = lines.slice(0, this.rows);
		const text = shown.map((line) => line + RESET + CLEAR_LINE).join("\r\n");
		this.output.write(HOME + text + CLEAR_BELOW);
	}

	onKey(heard: (key: string) => void): void {
		this.heard = heard;
	}
	onResize(changed: () => void): void {
		this.output.on("resize", changed);
	}

	close(): void {
		if (!this.isOpen) return;
		this.isOpen = false;
		this.input.setRawMode?.(false);
		this.input.pause();
		this.output.write(LEAVE_SCREEN);
	}
}
