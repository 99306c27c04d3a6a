// Progress of what takes long: a bar on the terminal, for people only.
//
//   reading m1.txt.gz  [=========>          ]  47 %  8 s left
//
// It goes to stderr, so that results stay alone on stdout, and only where stderr is a terminal. What is over within a second
// shows nothing.

import { SingleBar } from "cli-progress";

const SILENT_MS = 1000;
const BAR_FORMAT = "{what}  [{bar}] {percentage} %  {eta_formatted} left";

/** Somebody who is told how far the work is. */
export interface Progress {
	/** `done` of `total`; nothing is shown where the total is unknown. */
	report(what: string, done: number, total: number | null): void;
	/** The work is over: the terminal is as it was. */
	finish(): void;
}

/** Says nothing. */
export const noProgress: Progress = { report() {}, finish() {} };

/** A bar on `stream`; silent where that is no terminal. `now` tells milliseconds. */
export function progressOn(
	stream: NodeJS.WriteStream,
	now: () => number = Date.now,
): Progress {
	return stream.isTTY ? new Bar(stream, now) : noProgress;
}

class Bar implements Progress {
	private readonly begun: number;
	private bar: SingleBar | null = null;

	constructor(
		private readonly stream: NodeJS.WriteStream,
		private readonly now: () => number,
	) {
		this.begun = now();
	}

	report(what: string, done: number, total: number | null): void {
		if (total === null || this.now() - this.begun < SILENT_MS) return;
		if (this.bar === null) {
			const { stream } = this;
			const options = { format: BAR_FORMAT, stream, clearOnComplete: true };
			this.bar = new SingleBar(options);
			this.bar.start(total, done, { what });
		} else if (total !== this.bar.getTotal()) this.bar.setTotal(total);
		this.bar.update(Math.min(done, total), { what });
	}

	finish(): void {
		this.bar?.stop();
		this.bar = null;
	}
}
