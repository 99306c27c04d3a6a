// A race: several contestants, rounds interleaved (A B C A B C ...), so that a noisy moment of the host hits all alike.

import { performance } from "node:perf_hooks";
import {
	Contestant,
	type Entry,
	type Missing,
	wholeProcessMs,
} from "./contestant";

/** Longest that one round may take. */
const ROUND_LIMIT_MS = 5000;
/** A contestant whose first round takes this long runs only a few. */
const SLOW_MS = 500;
const SLOW_ROUNDS = 3;

/** What a contestant achieved. */
export interface Result {
	readonly name: string;
	/** One number a round, in the contestant's unit; empty when it took no part. */
	readonly samples: readonly number[];
	/** What to know about it, or why there are no samples. */
	readonly note: string;
}

/** Runs `rounds` rounds of every entry; the first round of a lasting process warms it up and does not count. */
export async function race(
	entries: readonly (Entry | Missing)[],
	rounds: number,
): Promise<Result[]> {
	const runners = entries.map((entry) => new Runner(entry));
	for (const runner of runners) await runner.start();
	for (let round = 0; round < rounds; round++)
		for (const runner of runners) await runner.round();
	for (const runner of runners) runner.stop();
	return runners.map((runner) => runner.result());
}

/** One contestant's way through a race: what goes wrong becomes its note, and the others go on. */
class Runner {
	private readonly samples: number[] = [];
	private process: Contestant | undefined;
	private note = "";
	private out = false;
	private slow = false;

	constructor(private readonly entry: Entry | Missing) {}

	async start(): Promise<void> {
		if ("missing" in this.entry) this.leave(this.entry.missing);
		else if (!this.entry.fresh && !this.entry.wholeProcess)
			await this.guard(async (entry) => {
				await this.open(entry);
				const start = performance.now();
				await this.measure(); // warms up
				this.slow = performance.now() - start > SLOW_MS;
			});
	}

	async round(): Promise<void> {
		if (this.slow && this.samples.length === SLOW_ROUNDS) return;
		await this.guard(async (entry) => {
			if (entry.fresh) await this.open(entry);
			const sample = entry.wholeProcess
				? await wholeProcessMs(entry)
				: await this.measure();
			if (sample !== undefined) this.samples.push(sample);
			if (entry.fresh) this.stop();
		});
	}

	stop(): void {
		this.process?.stop();
		this.process = undefined;
	}

	result(): Result {
		return { name: this.entry.name, samples: this.samples, note: this.note };
	}

	private async guard(work: (entry: Entry) => Promise<void>): Promise<void> {
		if (this.out || "missing" in this.entry) return;
		try {
			await work(this.entry);
		} catch (error) {
			this.leave(error instanceof Error ? error.message : String(error));
		}
	}

	private async open(entry: Entry): Promise<void> {
		this.process = new Contestant(entry);
		this.note = await this.process.ready();
	}

	private async measure(): Promise<number | undefined> {
		const sample = await this.process?.round(ROUND_LIMIT_MS);
		if (sample === undefined)
			this.leave(`over ${ROUND_LIMIT_MS / 1000} s a round, stopped`);
		return sample;
	}

	private leave(note: string): void {
		this.note = note;
		this.out = true;
		this.stop();
	}
}
