// Starts the benchmark: node dist/scripts/bench/main.js [--only SECTION] [--quick] [--json FILE]

import { type BenchOptions, bench, benchOptions } from "./bench";

function options(): BenchOptions | undefined {
	try {
		return benchOptions(process.argv.slice(2));
	} catch (error) {
		console.error(`flagstone bench: ${(error as Error).message}`);
		process.exitCode = 2;
		return undefined;
	}
}

const wanted = options();
if (wanted !== undefined) void bench(wanted);
