// Happenings for the tests of what draws answers.

import type { Happening } from "../../../../kernel/trace/ask/scene";
import { stageTerminal } from "../../stage";

/** Event `event`, by worker on CPU 0. */
export const deed = (event: number): Happening => ({
	event,
	name: "page_alloc",
	cycles: event * 1000,
	nanoseconds: event * 1000,
	tick: Math.floor(event / 100),
	cpu: 0,
	path: ["worker", "kmalloc"],
	task: { pid: 3, name: "worker" },
});

/** The moment after event 500. */
export const at = { event: 500, tick: 5, nanoseconds: 500_000 };

/** A terminal without colour. */
export const plain = stageTerminal(100);
