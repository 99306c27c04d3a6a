// Time passing on a machine with one CPU and nothing to do.

import { boot } from "../../../kernel";
import { type Subject, serve, timed } from "./subject";

/** `count` ticks a round. */
export function idleTicks(count = ""): Subject {
	const kernel = boot({ memory: "64M", cpus: 1 });
	const ticks = Number(count);
	return { round: () => timed(() => void kernel.run({ ticks })) };
}

if (require.main === module) void serve(idleTicks);
