// Flagstone's own kmalloc and kfree, driven as a library user would drive them.

import { boot, GFP_KERNEL, type Kernel, type PhysAddr } from "../../../kernel";
import { driven, type Heap } from "./drive";
import { type Subject, serve } from "./subject";

const GFP = GFP_KERNEL; // same-file constant: an imported one costs in a hot loop
const MEMORY = "1G"; // addresses stay 32-bit integers, and the biggest stream fits twice

/** A kernel as a heap. */
class KernelHeap implements Heap {
	private readonly words: Int32Array;

	constructor(private readonly kernel: Kernel) {
		this.words = kernel.memory.words;
	}

	alloc(bytes: number): number {
		const object = this.kernel.kmalloc(bytes, GFP);
		if (object === 0) throw new Error("the simulated memory is full");
		return object;
	}

	free(object: number): void {
		this.kernel.kfree(object as PhysAddr);
	}

	touch(object: number, value: number): void {
		this.words[object >>> 2] = value;
	}
}

/** Runs the stream of a file on one machine, with the flight recorder if the second word says so. */
export function kmalloc(streamFile = "", recorder = ""): Subject {
	const kernel = boot({ memory: MEMORY, recorder: recorder === "recorder" });
	return driven(new KernelHeap(kernel), streamFile);
}

if (require.main === module) void serve(kmalloc);
