// Subjects: what JavaScript contestants do, each file the program of a process of its own (contestant.ts), compiled as the
// command is (compiler.ts).

import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { tuneCompiler } from "../../compiler";

/** Something that can be measured in rounds. */
export interface Subject {
	/** What a reader of the table should know about it. */
	readonly note?: string;
	/** Does the work once; returns what was measured, nanoseconds unless the subject says otherwise. */
	round(): number | Promise<number>;
	/** Ends what else it has started. */
	stop?(): unknown;
}

/** Holds a contestant's conversation; `make` gets the process's arguments, and throws a sentence when it cannot be measured here. */
export async function serve(
	make: (...args: string[]) => Subject | Promise<Subject>,
): Promise<void> {
	tuneCompiler();
	try {
		const subject = await make(...process.argv.slice(2));
		console.log(`ready ${subject.note ?? ""}`);
		for await (const _line of createInterface(process.stdin))
			console.log(await subject.round());
		await subject.stop?.();
	} catch (error) {
		const reason = error instanceof Error ? error.message : String(error);
		console.log(`absent ${reason}`);
	}
}

/** Nanoseconds that `work` takes. */
export function timed(work: () => void): number {
	const start = performance.now();
	work();
	return (performance.now() - start) * 1e6;
}
