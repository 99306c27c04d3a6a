// Threads of a Chrome trace, and the events on them as JSON.
//
//   thread   B start_kernel   B mm_init   E mm_init   i log   E start_kernel        open: a stack of names
//
// TK1: E closes what was opened last and is still open, so slices of a thread nest.
// TK2: ts of a thread do not fall: an earlier time becomes the last one.
// TK3: every event is one line; ts is microseconds with three decimals at most.

/** What is told about an event. */
export type Args = Readonly<Record<string, string | number | boolean>>;

/** A thread of the picture: its numbers, what is open on it, and its last time in cycles. */
export interface Track {
	readonly pid: number;
	readonly tid: number;
	readonly open: string[];
	last: number;
}

const SEPARATOR = ",\n";

/** Writes events; whoever writes them takes the text away. */
export class ChromeEvents {
	private lines: string[] = [];
	private isFirst = true;

	constructor(private readonly cyclesPerSecond: number) {}

	/** What was written since the last call. */
	take(): string {
		const { lines } = this;
		if (lines.length === 0) return "";
		const text = lines.join(SEPARATOR);
		const start = this.isFirst ? "" : SEPARATOR;
		this.isFirst = false;
		this.lines = [];
		return start + text;
	}

	process(pid: number, name: string): void {
		this.name("process_name", pid, pid, { name });
		this.name("process_sort_index", pid, pid, { sort_index: pid });
	}

	thread({ pid, tid }: Track, name: string): void {
		this.name("thread_name", pid, tid, { name });
	}

	open(track: Track, name: string, cycles: number, args: Args): void {
		track.open.push(name);
		this.write({ ph: "B", name, ...this.at(track, cycles), args });
	}

	/** Closes what was opened last, if anything is open. */
	close(track: Track, cycles: number): void {
		const name = track.open.pop();
		if (name !== undefined)
			this.write({ ph: "E", name, ...this.at(track, cycles) });
	}

	closeAll(track: Track, cycles: number): void {
		while (track.open.length > 0) this.close(track, cycles);
	}

	instant(track: Track, name: string, cycles: number, args: Args): void {
		this.write({ ph: "i", s: "t", name, ...this.at(track, cycles), args });
	}

	counter(track: Track, name: string, cycles: number, value: number): void {
		this.write({
			...{ ph: "C", name, ...this.at(track, cycles) },
			args: { value },
		});
	}

	/** Begin or end of a life of its own, told from others by `cat` and `id`. */
	life(
		ph: "b" | "e",
		{ cat, id, name }: { cat: string; id: number; name: string },
		track: Track,
		cycles: number,
		args: Args,
	): void {
		const where = this.at(track, cycles);
		this.write({ ph, cat, id: String(id), name, ...where, args });
	}

	private name(name: string, pid: number, tid: number, args: Args): void {
		this.write({ ph: "M", name, pid, tid, ts: 0, args });
	}

	private at(
		track: Track,
		cycles: number,
	): { pid: number; tid: number; ts: number } {
		track.last = Math.max(track.last, cycles);
		const nanos = Math.round((track.last / this.cyclesPerSecond) * 1e9);
		return { pid: track.pid, tid: track.tid, ts: nanos / 1000 };
	}

	private write(event: object): void {
		this.lines.push(JSON.stringify(event));
	}
}
