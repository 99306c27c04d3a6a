// Lines of a kernel trace that are not events: what they say about the recording.
//
//   # entries-in-buffer/entries-written: 205/3000   #P:4       header: events were overwritten, four CPUs
//   cpus=2                                                     header of trace-cmd
//   ##### CPU 2 buffer started ####                            header
//   CPU:1 [LOST 24 EVENTS]                                     a loss
//          => kmem_cache_alloc                                 call chain of ftrace
//           ffffffff812b95b7 __kmalloc_node+0x7 ([kernel])     call chain of perf
//   bash-77 [000] ..... 2.5: mutex_unlock <-sys_read           function tracer: of another subsystem
//
// There are few such lines, so they are read as text.

import type { Tally } from "./tally";
import { utf8 } from "./utf8";

const LOOK_MAX = 256; // bytes of a line that are looked at

const HASH = 35;
const ENTRIES =
	/^#\s*entries-in-buffer\/entries-written: (\d{1,15})\/(\d{1,15})\s+#P:(\d{1,4})/;
const CPUS = /^cpus=(\d{1,4})$/;
const HEADER =
	/^(?:version = \S+|CPU \d+ is empty|CPU: ?\d+ is empty|\[\d+\] .*|trace-cmd: .*)$/;
const LOSS =
	/^(?:CPU:?\s?\d+ )?\[(?:LOST )?(\d*) ?EVENTS(?: DROPPED| LOST)?\]$/i;
const PERF_LOSS = /^\S.* PERF_RECORD_LOST(?:_SAMPLES)? .*lost (\d{1,15})/;
const CHAIN =
	/^(?:\s+=> |=> |\s+[0-9a-f]{6,16} \S|.*: <(?:user )?stack trace>$)/;

const FUNCTION = /: \S+ <-\S/; // an entry of the function tracer

/** Counts the line in bytes[start .. end) if it is such a remark; false when it is none. */
export function takeRemark(
	tally: Tally,
	bytes: Uint8Array,
	start: number,
	end: number,
): boolean {
	if (start === end) {
		tally.blank++;
		return true;
	}
	const line = utf8(bytes, start, Math.min(end, start + LOOK_MAX)).trimEnd();
	if (line === "") tally.blank++;
	else if (bytes[start] === HASH) takeHeader(tally, line);
	else if (takeLoss(tally, line)) return true;
	else if (CHAIN.test(line)) tally.stacks++;
	else if (FUNCTION.test(line)) tally.others++;
	else {
		const cpus = line.match(CPUS);
		if (!cpus && !HEADER.test(line)) return false;
		tally.headers++;
		if (cpus) tally.cpus = Math.max(tally.cpus, Number(cpus[1]));
	}
	return true;
}

function takeHeader(tally: Tally, line: string): void {
	tally.headers++;
	const entries = line.match(ENTRIES);
	if (!entries) return;
	tally.entriesInBuffer = Number(entries[1]);
	tally.entriesWritten = Number(entries[2]);
	tally.cpus = Math.max(tally.cpus, Number(entries[3]));
}

function takeLoss(tally: Tally, line: string): boolean {
	const loss = line.match(LOSS) ?? line.match(PERF_LOSS);
	if (!loss) return false;
	tally.losses++;
	tally.lostEvents += Number(loss[1] || 1);
	return true;
}
