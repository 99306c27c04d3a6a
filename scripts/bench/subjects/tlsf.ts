// AssemblyScript's TLSF heap, compiled to WebAssembly beforehand (wasm/alloc-bench.as).

import { readFileSync } from "node:fs";
import { readStream } from "./drive";
import { type Subject, serve, timed } from "./subject";

// Node has WebAssembly, but the compiler's library of plain ES2022 does not know it.
interface Exports {
	readonly memory: { readonly buffer: ArrayBuffer };
	reserve(words: number): number;
	run(): void;
}
declare const WebAssembly: {
	instantiate(
		code: Uint8Array,
		imports: object,
	): Promise<{ instance: { exports: Exports } }>;
};

function abort(): never {
	throw new Error("the WebAssembly heap gave up");
}

/** Runs the stream of a file through the heap of a compiled module. */
export async function tlsf(wasmFile = "", streamFile = ""): Promise<Subject> {
	const code = readFileSync(wasmFile);
	const { instance } = await WebAssembly.instantiate(code, { env: { abort } });
	const heap = instance.exports;
	const stream = readStream(streamFile);
	const place = heap.reserve(stream.length);
	new Int32Array(heap.memory.buffer, place, stream.length).set(stream);
	return { round: () => timed(() => heap.run()) };
}

if (require.main === module) void serve(tlsf);
