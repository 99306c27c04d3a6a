// What a large trace costs: written while a machine works, opened, folded, and asked about any moment.

import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Rng } from "../../../hw/rng";
import { boot, GFP_KERNEL, type Kernel } from "../../../kernel";
import type { EventColumns } from "../../../kernel/trace/columns";
import { Fold } from "../../../kernel/trace/fold/fold";
import { Trace } from "../../../kernel/trace/trace";
import { openTrace } from "../../trace-file";
import { TraceRecording } from "../../trace-recording";
import { type Subject, serve, timed } from "./subject";

const SLOTS = 65_536;
const BYTES_MAX = 2000;
const MEMORY = "512M";
const TURN = 1024; // steps before another CPU has its turn
const MOMENTS = 16;
const MS = 1e6;

/** What is measured: `write` and `fold` in ns an event, `open` and `ask` in ms. `file` is made where it is missing. */
export function traceQuestions(
	what = "fold",
	events = "5000000",
	folder = tmpdir(),
): Subject {
	const count = Number(events);
	const file = join(folder, `bench-${count}.trace`);
	if (what === "write") return { round: () => writeTrace(file, count) };
	if (!existsSync(file)) writeTrace(file, count);
	if (what === "open") return { round: () => open(file) };
	return what === "ask" ? asking(file) : folding(file);
}

/** Writes the trace of a machine that allocates and frees; ns for each event, the machine's own work included. */
export function writeTrace(file: string, events: number): number {
	const recording = new TraceRecording(file, {
		...{ commandLine: "", seed: 1, scenario: null, replay: null },
	});
	const kernel = boot({ memory: MEMORY, cpus: 2, ...recording.options });
	const took = timed(() => churn(kernel, () => recording.events < events));
	return took / recording.finish().events;
}

/** Replaces objects of random sizes until told to stop. */
function churn(kernel: Kernel, goesOn: () => boolean): void {
	const rng = new Rng(new Int32Array(2));
	rng.seed(1);
	const held = new Float64Array(SLOTS) as unknown as ReturnType<
		Kernel["kmalloc"]
	>[];
	for (let step = 0; step % TURN !== 0 || goesOn(); step++) {
		if (step % TURN === 0) kernel.machine.turn.seat((step / TURN) & 1);
		const slot = rng.below(SLOTS);
		const old = held[slot];
		if (old) kernel.kfree(old);
		held[slot] = kernel.kmalloc(8 + rng.below(BYTES_MAX), GFP_KERNEL);
	}
}

function open(file: string): number {
	let opened: ReturnType<typeof openTrace> | null = null;
	const took = timed(() => {
		opened = openTrace(file);
		new Trace(opened.trace).foldAt(0);
	});
	(opened as ReturnType<typeof openTrace> | null)?.close();
	return took / MS;
}

/** The slowest of some moments all over the trace, each asked for after another. */
function asking(file: string): Subject {
	const trace = new Trace(openTrace(file).trace);
	return {
		round() {
			let slowest = 0;
			for (let i = 0; i < MOMENTS; i++) {
				const share = ((i * 7) % MOMENTS) / MOMENTS;
				const moment = Math.floor(share * trace.events);
				slowest = Math.max(
					slowest,
					timed(() => trace.foldAt(moment)),
				);
			}
			return slowest / MS;
		},
	};
}

/** Nanoseconds for each event that is folded; the events are unpacked before. */
function folding(file: string): Subject {
	const { trace, close } = openTrace(file);
	const blocks = trace.blocks.map((_, index) => trace.columns(index));
	close();
	const { machine } = trace.header;
	return {
		round() {
			const fold = new Fold(machine);
			const took = timed(() => foldAll(fold, blocks));
			return took / trace.events;
		},
	};
}

function foldAll(fold: Fold, blocks: readonly EventColumns[]): void {
	for (const block of blocks) fold.applyAll(block, 0, block.count);
}

if (require.main === module) void serve(traceQuestions);
