// How long it takes to start a machine; a process for each round, as users start theirs.

import { boot } from "../../../kernel";
import { type Subject, serve, timed } from "./subject";

/** One `boot` of a machine of `memory` a round. */
export function bootTime(memory = ""): Subject {
	return { round: () => timed(() => void boot({ memory })) };
}

if (require.main === module) void serve(bootTime);
