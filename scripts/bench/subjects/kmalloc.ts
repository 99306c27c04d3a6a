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

/** Runs the stream of a file on one machine; the second word: `recorder` records, `events` counts what is recorded. */
export function kmalloc(streamFile = "", what = ""): Subject {
	const kernel = boot({ memory: MEMORY, recorder: what !== "" });
	const subject = driven(new KernelHeap(kernel), streamFile);
	return what === "events" ? counting(kernel, subject) : subject;
}

/** A subject whose rounds give the number of events that they record. */
function counting(kernel: Kernel, subject: Subject): Subject {
	const { recorder } = kernel.mm;
	let events = 0;
	recorder?.listen(() => {
		events++;
	});
	return {
		round() {
			recorder?.flush();
			events = 0;
			subject.round();
			recorder?.flush();
			return events;
		},
	};
}

if (require.main === module) void serve(kmalloc);
