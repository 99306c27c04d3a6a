// What the compiler of the host is told: how much of the functions that a hot one calls it may put right into it.
//
//   kmalloc  ->  alloc -> allocRefilled -> takeOver -> moveObjects       each a few lines, and together more than V8 takes by default
//
// The engine is written as short functions, layer upon layer. V8 ends at 920 bytes of their code, and then calls what is left:
// which of them, chance decides. With 3000 bytes a stream of mixed kmallocs takes a quarter to a third less time, blocks of
// random orders a sixth, a replay a tenth. Who runs the engine in a process of his own gives node the flag himself.

import { setFlagsFromString } from "node:v8";

/** The flag, as node takes it too. */
export const INLINING = "--max-inlined-bytecode-size-cumulative=3000";

/** Tells the compiler of this process, which compiles nothing hot before. */
export function tuneCompiler(): void {
	setFlagsFromString(INLINING);
}
