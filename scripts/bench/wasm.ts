// The WebAssembly competitor: its source is AssemblyScript (wasm/alloc-bench.as) and is compiled when the benchmark starts.

import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../package-root";
import { benchFile } from "./files";

const COMPILER = "node_modules/assemblyscript/bin/asc.js";
const OPTIONS = ["-O3", "--noAssert", "--runtime", "minimal"];

/** Compiles the runner into `folder`; its path, or undefined when the compiler is not installed. */
export function compileWasm(folder: string): string | undefined {
	const compiler = join(packageRoot(), COMPILER);
	if (!existsSync(compiler)) return undefined;
	const source = join(folder, "alloc-bench.ts"); // asc knows no other ending
	copyFileSync(benchFile("wasm/alloc-bench.as"), source);
	const program = join(folder, "alloc-bench.wasm");
	const args = [compiler, source, "-o", program, ...OPTIONS];
	const { status } = spawnSync(process.execPath, args, { stdio: "ignore" });
	return status === 0 ? program : undefined;
}
