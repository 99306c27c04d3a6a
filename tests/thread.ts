// A test's program for threads of the host: the TypeScript file and all that it imports, in one piece of JavaScript.
//
// It is compiled once for all threads. A thread that loads sources compiles each of them again, which takes longer than what
// it is there for, and while it does the threads do not meet.

import { Worker } from "node:worker_threads";
import { buildSync } from "esbuild";

/** The program in `file`. */
export function threadProgram(file: string): string {
	const { outputFiles } = buildSync({
		entryPoints: [file],
		bundle: true,
		platform: "node",
		write: false,
	});
	return outputFiles.map(({ text }) => text).join("");
}

/** Starts a thread that runs a program; `data` is its `workerData`. */
export const startThread = (program: string, data: unknown): Worker =>
	new Worker(program, { eval: true, workerData: data });
