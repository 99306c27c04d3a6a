// flagstone step FILE|SCENARIO: a trace moment by moment in the terminal.
//
//   a terminal     the screen of scripts/step, until q or Ctrl-C; then the terminal is as it was
//   --no-tty       the steps as text: each event with its reasons
//   exit           0 | 2 bad usage or input

import { Command, Option } from "commander";
import { EV_TEXT } from "../../hw/events";
import { parseAddress } from "../../kernel/trace/ask/address";
import { why } from "../../kernel/trace/ask/why";
import { concernsFrame, firstFrame } from "../../kernel/trace/extent";
import { parseMoment } from "../../kernel/trace/moment";
import type { Trace } from "../../kernel/trace/trace";
import type { Host } from "../host";
import type { Console } from "../step/console";
import { finder } from "../step/finder";
import { drawScreen, drawStep, type Scenery } from "../step/screen";
import { Session } from "../step/session";
import { inFile, isWords } from "../trace-file";
import { traceInput } from "../trace-input";
import { wholeNumber } from "../usage";

const FRAME_MS = 60; // between two steps while playing
const COUNT_DEFAULT = 20;
const COUNT_MAX = 1_000_000_000;

interface Options {
	readonly at: string;
	readonly count: number;
	readonly tty: boolean;
	readonly salvage?: true;
	readonly color: boolean;
}

/** The command, ready to be added to a program. It hands its exit code to `done`. */
export function stepCommand(
	host: Host,
	done: (exitCode: number) => void,
): Command {
	const command = new Command("step")
		.summary("go through a trace event by event in the terminal")
		.description(
			"Shows a trace, or a scenario that is recorded for it, moment by moment: map, free lists, the event and its reasons.",
		)
		.argument("<file|scenario>", "a trace, or a scenario to record");
	for (const option of stepOptions()) command.addOption(option);
	return command
		.addHelpText("after", EXAMPLE)
		.action(async (name: string, options: Options) => {
			await runStep(name, options, host);
			done(0);
		});
}

const EXAMPLE = `
Example:
  $ flagstone step buddy
  $ flagstone step buddy.trace --no-tty --at stage:mem_init --count 5`;

const stepOptions = (): Option[] => [
	new Option(
		"--at <moment>",
		"where to begin: an event, tick:N, stage:NAME, start or end",
	).default("start"),
	new Option("--count <events>", "events to print with --no-tty")
		.default(COUNT_DEFAULT)
		.argParser((text) => wholeNumber("--count", text, 1, COUNT_MAX)),
	new Option("--no-tty", "print the steps as text"),
	new Option("--salvage", "read on behind damage"),
	new Option("--no-color", "letters instead of colours"),
];

async function runStep(
	name: string,
	options: Options,
	host: Host,
): Promise<void> {
	const input = traceInput(name, options.salvage === true);
	try {
		const { trace, title, losses } = input;
		host.note(losses);
		if (trace.events === 0)
			throw new Error("there are no events to step through");
		const terminal = host.terminal(!options.color);
		const scenery = { trace, title, terminal, why: reasons(trace) };
		const start = Math.max(0, parseMoment(options.at, trace));
		if (options.tty) await show(scenery, start, host);
		else print(scenery, start, options.count, host);
	} catch (error) {
		throw inFile(name, error);
	} finally {
		input.close();
	}
}

const reasons = (trace: Trace) => (event: number) => why(trace, event);

/** The steps as text. */
function print(
	scenery: Scenery,
	start: number,
	count: number,
	host: Host,
): void {
	let left = count;
	for (let at = start; at < scenery.trace.events && left > 0; at++) {
		if (scenery.trace.event(at).code === EV_TEXT) continue;
		host.out(`${drawStep(scenery, at).join("\n")}\n`);
		left--;
	}
}

/** The screen, until somebody leaves it. */
async function show(
	scenery: Scenery,
	start: number,
	host: Host,
): Promise<void> {
	const screen = host.console();
	if (screen === null)
		throw new Error(
			"step needs a terminal for its keys and its screen; --no-tty prints the steps as text.",
		);
	try {
		await new Stage(scenery, sessionOf(scenery.trace, start), screen).run();
	} finally {
		screen.close();
	}
}

/** A session on a trace. */
export function sessionOf(trace: Trace, start: number): Session {
	const concerns = (event: number, frame: number): boolean => {
		let found = false;
		trace.each(event, event + 1, (columns, index) => {
			found = concernsFrame(columns, index, frame);
		});
		return found;
	};
	const session = new Session(
		trace,
		finder(trace, (text) => parseAddress(text, trace.header.machine)),
		(event) => frameOf(trace, event),
		concerns,
		start,
	);
	if (trace.event(session.moment).code === EV_TEXT) session.press("right");
	return session;
}

/** The frame that an event is about; -1 for none. */
function frameOf(trace: Trace, event: number): number {
	let found = -1;
	trace.each(event, event + 1, (columns, index) => {
		found = firstFrame(columns, index);
	});
	return found;
}

/** Draws after each key, and while it plays. */
class Stage {
	private timer: NodeJS.Timeout | null = null;
	private shown = -1; // the moment that was drawn last

	constructor(
		private readonly scenery: Scenery,
		private readonly session: Session,
		private readonly screen: Console,
	) {}

	/** Resolves when somebody leaves. */
	run(): Promise<void> {
		return new Promise((leave, fail) => {
			const guarded = (deed: () => void) => () => {
				try {
					deed();
				} catch (error) {
					this.stop();
					fail(error);
				}
			};
			const update = guarded(() => {
				if (this.session.isOver) {
					this.stop();
					leave();
				} else this.draw();
			});
			this.screen.onKey((key) => {
				guarded(() => this.attempt(() => this.session.press(key)))();
				this.play(update);
				update();
			});
			this.screen.onResize(update);
			update();
		});
	}

	/** Keeps a timer while the session plays. */
	private play(update: () => void): void {
		if (!this.session.isPlaying) this.stop();
		else
			this.timer ??= setInterval(() => {
				this.attempt(() => this.session.play());
				if (!this.session.isPlaying) this.stop();
				update();
			}, FRAME_MS);
	}

	private stop(): void {
		if (this.timer !== null) clearInterval(this.timer);
		this.timer = null;
	}

	/** Draws the moment of the session; one that the trace does not know is told of at the one before. */
	private draw(): void {
		this.attempt(() => this.drawNow());
		if (this.shown !== this.session.moment) this.drawNow();
	}

	/** Does what may need events that are missing from the file: then the session is back where it was, and says so. */
	private attempt(deed: () => void): void {
		try {
			deed();
		} catch (error) {
			if (this.shown < 0 || !isWords(error)) throw error;
			this.session.turnBack(this.shown, error.message);
			this.shown = -1;
		}
	}

	private drawNow(): void {
		const { columns, rows } = this.screen;
		const terminal = { ...this.scenery.terminal, columns };
		const scenery = { ...this.scenery, terminal };
		this.screen.draw(drawScreen(scenery, this.session, rows));
		this.shown = this.session.moment;
	}
}
