// The end of the line: the simulated kernel found itself in a state that must not exist.
//
// Three kinds of trouble, three forms. What is expected (no memory, not mapped) is a value. What a person typed wrong
// is a plain Error with a sentence. What only a bug can cause ends here, and nothing below scripts/ and tests/ catches it.

/** Thrown by `panic`; carries the sentence a kernel would print after "Kernel panic - not syncing: ". */
export class KernelPanic extends Error {
	override readonly name = "KernelPanic";
}

/** Stops the simulated kernel. Texts begin with the subsystem and, where there is one, the invariant's number. */
export function panic(text: string): never {
	throw new KernelPanic(text);
}

/** Cheap check that stays on. Pass a constant text: a template would be built on every call. */
export function assert(condition: boolean, text: string): asserts condition {
	if (!condition) panic(text);
}
