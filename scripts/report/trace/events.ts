// Events as lines, in the manner of a kernel trace.
//
//        812  [    0.083120] 000  worker-3        slab_alloc    object=0xffff888000123040 cache=kmalloc-64 bytes=60  <worker > kmalloc>

import type { EventAnswer } from "../../../kernel/trace/ask/events";
import type { Words } from "../../../kernel/trace/ask/words";
import type { Terminal } from "../../terminal";
import { pad } from "../text";

const NUMBER_COLUMNS = 8;
const TASK_COLUMNS = 16;
const NAME_COLUMNS = 13;
const CPU_DIGITS = 3;

/** One line for an event. */
export function drawEvent(event: EventAnswer, { paint }: Terminal): string {
	const number = pad(String(event.event), NUMBER_COLUMNS, "right");
	const { task } = event;
	const who = task === null ? "<idle>-0" : `${task.name}-${task.pid}`;
	const cpu = String(event.cpu).padStart(CPU_DIGITS, "0");
	const site = event.path.length === 0 ? "" : `  <${event.path.join(" > ")}>`;
	const head = `${number}  ${paint.dim(stamp(event.nanoseconds))} ${cpu}  ${pad(who, TASK_COLUMNS)}`;
	const name = paint.bold(pad(event.name, NAME_COLUMNS));
	return `${head}  ${name} ${wordsText(event.words)}${paint.dim(site)}`.trimEnd();
}

/** Words as name=value; a text with blanks is quoted. */
export const wordsText = (words: Words): string =>
	Object.entries(words)
		.map(([words, value]) => {
			const name = words.replaceAll(" ", "_");
			return value === true ? name : `${name}=${quoted(value)}`;
		})
		.join(" ");

const quoted = (value: string | number | boolean): string =>
	typeof value === "string" && /[\s"]/.test(value)
		? JSON.stringify(value)
		: String(value);

function stamp(nanoseconds: number): string {
	const seconds = Math.floor(nanoseconds / 1000) / 1e6;
	return `[${pad(seconds.toFixed(6), 12, "right")}]`;
}
