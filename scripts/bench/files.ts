// Where the benchmark's own files lie: sources and recordings that are read, not compiled, so that compiled code finds
// them in the package's scripts/bench and not beside itself.

import { join } from "node:path";
import { packageRoot } from "../package-root";

/** Path of a file of scripts/bench, whether this runs from sources or compiled. */
export function benchFile(name: string): string {
	return join(packageRoot(), "scripts", "bench", name);
}
