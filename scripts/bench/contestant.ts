// Contestants: processes that are measured round by round, so that none disturbs another's heap, caches or compiler.
//
//   benchmark           contestant
//       |  start            |
//       |------------------>|   prepares, then says   ready NOTE   or   absent REASON
//       |  empty line       |
//       |------------------>|   works one round, then says what it measured, a number
//       |  ...              |
//       |  end of input     |
//       |------------------>|   leaves
//
// C and JavaScript contestants speak the same: native/alloc-bench.c and the files of subjects/.

import { type ChildProcess, spawn } from "node:child_process";
import { extname, join } from "node:path";
import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";

const ABSENT = "absent ";

/** How to start a contestant. */
export interface Entry {
	readonly name: string;
	readonly command: string;
	readonly args: readonly string[];
	readonly env?: Readonly<Record<string, string>>;
	/** A process for each round: for what can be done once only, such as starting up. */
	readonly fresh?: boolean;
	/** The program knows nothing of rounds: the time from its start to its end is what is measured. */
	readonly wholeProcess?: boolean;
}

/** A contestant that cannot take part, and why; it stands in the table with that sentence. */
export interface Missing {
	readonly name: string;
	readonly missing: string;
}

/** An entry for a program of subjects/. */
export function subjectEntry(
	name: string,
	subject: string,
	...args: string[]
): Entry {
	const ending = extname(__filename);
	const compiled = ending === ".js";
	const options = compiled ? [] : ["-r", "ts-node/register/transpile-only"];
	const script = join(__dirname, "subjects", `${subject}${ending}`);
	return {
		name,
		command: process.execPath,
		args: [...options, script, ...args],
	};
}

/** A running process that answers a line with a line. */
export class Contestant {
	private readonly child: ChildProcess;
	private readonly lines: AsyncIterator<string>;
	private complaint = "";

	constructor(entry: Entry) {
		const child = spawn(entry.command, [...entry.args], {
			env: { ...process.env, ...entry.env },
			stdio: ["pipe", "pipe", "pipe"],
		});
		child.on("error", (error) => this.complain(error.message));
		child.stderr.on("data", (text) => this.complain(String(text)));
		child.stdin.on("error", () => undefined); // a write to a process that just left; its silence is noticed
		this.child = child;
		this.lines = createInterface(child.stdout)[Symbol.asyncIterator]();
	}

	/** Waits until it is prepared; its note. Throws its reason when it cannot take part. */
	async ready(): Promise<string> {
		return (await this.line()).replace(/^ready ?/, "");
	}

	/** One round; undefined when it took longer than `limitMs` and was ended. */
	async round(limitMs: number): Promise<number | undefined> {
		let late = false;
		const timer = setTimeout(() => {
			late = true;
			this.child.kill("SIGKILL");
		}, limitMs);
		try {
			this.child.stdin?.write("\n");
			return Number(await this.line());
		} catch (error) {
			if (!late) throw error;
			return undefined;
		} finally {
			clearTimeout(timer);
		}
	}

	stop(): void {
		this.child.stdin?.end();
	}

	private async line(): Promise<string> {
		const next = await this.lines.next();
		if (next.done === true) throw new Error(this.reason());
		if (!next.value.startsWith(ABSENT)) return next.value;
		throw new Error(next.value.slice(ABSENT.length));
	}

	/** The line of its complaints that says most. */
	private reason(): string {
		const lines = this.complaint.trim().split("\n");
		const error = lines.find((line) => line.includes("Error"));
		return error ?? (lines[0] || "it stopped");
	}

	private complain(text: string): void {
		this.complaint += text;
	}
}

/** Milliseconds from start to end of a program that is expected to succeed. */
export function wholeProcessMs(entry: Entry): Promise<number> {
	const start = performance.now();
	const child = spawn(entry.command, [...entry.args], {
		stdio: ["ignore", "pipe", "ignore"],
	});
	child.stdout.resume();
	return new Promise((resolve, reject) => {
		child.on("error", reject);
		child.on("close", (code) => {
			if (code === 0) resolve(performance.now() - start);
			else reject(new Error(`it left with exit code ${code}`));
		});
	});
}
