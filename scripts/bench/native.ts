// The native competitors: one small C program (native/alloc-bench.c), run as it is and with other allocators in front.
//
// Nothing is installed for it: where there is no C compiler, or a library is not in the usual places, the table says so.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { benchFile } from "./files";

const LIBRARY_FOLDERS = [
	"/usr/lib/x86_64-linux-gnu",
	"/usr/lib/aarch64-linux-gnu",
	"/usr/lib64",
	"/usr/lib",
	"/usr/local/lib",
	"/opt/homebrew/lib",
];
const COMPILERS = ["cc", "gcc", "clang"];

/** Compiles the runner into `folder` as `name`; its path, or undefined when no compiler can. */
export function compileNative(
	folder: string,
	name: string,
	...options: string[]
): string | undefined {
	const program = join(folder, name);
	const source = benchFile("native/alloc-bench.c");
	for (const compiler of COMPILERS) {
		const args = [
			...options,
			"-O2",
			"-fno-builtin",
			"-o",
			program,
			source,
			"-ldl",
		];
		const { status } = spawnSync(compiler, args, { stdio: "ignore" });
		if (status === 0) return program;
	}
	return undefined;
}

/** Path of the first of `names` that is in one of the usual folders. */
export function findLibrary(...names: string[]): string | undefined {
	for (const folder of LIBRARY_FOLDERS)
		for (const name of names)
			if (existsSync(join(folder, name))) return join(folder, name);
	return undefined;
}
