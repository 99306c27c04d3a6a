// The writer: events in, bytes out, a block at a time.
//
//   add() --> columns (32768 events) --full--> [key frame?] pack, deflate --> sink
//                                                   |                 `-----> state: the same events
//                                                   `-- state before them
//
// A key frame lets a reader begin in the middle. It is written when the blocks of events since the last one are together
// four times as long as that one, but not more often than every eighth block.
//
// R1: memory is bounded: one batch of events and its packed form, however long the trace is.
// R2: what was written is never touched again: a file that is cut short is complete up to its last whole block.
// R3: a key frame stands before the block whose first event has its number, and holds the state before that event.
// R4: key frames cost at most a quarter of what events cost, as far as one is not larger than the one before it.
// R5: names of contexts and the words of a code stand before the block of the first events that need them.
// R6: behind a block of events stands its summary, unless the block is small.

import { panic } from "../../hw/panic";
import { SUMMARY_EVENTS, Summarizer } from "./block-summary";
import { type EventColumns, makeColumns } from "./columns";
import type { ContextRow } from "./context-tree";
import {
	BLOCK_HEADER_BYTES,
	blockHeader,
	type Deflate,
	END_BLOCK,
	EVENTS_BLOCK,
	HEADER_BLOCK,
	KEY_FRAME_BLOCK,
	magicBytes,
	NAMES_BLOCK,
	SUMMARY_BLOCK,
	type TraceEnd,
	type TraceSink,
} from "./file";
import type { TraceHeader, TraceWord } from "./header";
import { jsonBytes } from "./json-bytes";
import { Packing } from "./packing";

/** Events in a full block. */
export const BLOCK_EVENTS = 1 << 15;

/** Blocks of events from one key frame to the next, at least. */
export const KEY_FRAME_BLOCKS = 8;

/** Bytes of events for each byte of a key frame, at least. */
export const KEY_FRAME_SHARE = 4;

/** Follows the events of a trace and knows the state that they lead to. */
export interface TraceState {
	/** Takes the events [from, to) of a batch, which come right after those it took before. */
	apply(columns: EventColumns, from: number, to: number): void;
	/** The state after all events so far. The bytes are good until the next call. */
	save(): Uint8Array;
}

/** Writes one trace. */
export class TraceWriter {
	private readonly columns = makeColumns(BLOCK_EVENTS);
	private readonly packing = new Packing(BLOCK_EVENTS);
	private waiting = 0; // events in the columns
	private written = 0; // events in blocks
	private writtenBytes = 0;
	private isClosed = false;
	private readonly summarizer: Summarizer;
	private newContexts: ContextRow[] = []; // that no block names yet
	private readonly dictionary: ReadonlyMap<number, TraceWord>;
	private readonly seen = new Uint8Array(256); // codes whose words were written
	private keyFrameBytes = 0; // of the last key frame
	private bytesSince = 0; // of blocks of events since then
	private blocksSince = 0;

	/** Writes the header. Without a `state` there are no key frames. */
	constructor(
		private readonly sink: TraceSink,
		private readonly deflate: Deflate,
		header: TraceHeader,
		private readonly state: TraceState | null,
	) {
		const magic = magicBytes();
		this.summarizer = new Summarizer(header.machine.cpus);
		this.sink.write(magic);
		this.writtenBytes = magic.length;
		this.dictionary = new Map(
			header.dictionary.map((word) => [word.code, word]),
		);
		const first = { ...header, dictionary: [] };
		this.block(HEADER_BLOCK, 0, 0, deflate.deflate(jsonBytes(first)));
	}

	/** Events that were added. */
	get events(): number {
		return this.written + this.waiting;
	}

	/** Bytes that the sink got; events that wait for their block to be full are not among them. */
	get bytes(): number {
		return this.writtenBytes;
	}

	/** Adds an event: a code from 1 to 255, a CPU up to 255, a context up to 65535. Panics on others, and after close(). */
	add(
		cycles: number,
		code: number,
		cpu: number,
		context: number,
		a: number,
		b: number,
		c: number,
		d: number,
	): void {
		if (code === 0 || (code | cpu) >>> 8 !== 0 || context >>> 16 !== 0)
			panic(`trace: no event: code ${code}, CPU ${cpu}, context ${context}`);
		if (this.isClosed) panic("trace: an event after the end");
		const columns = this.columns;
		const at = this.waiting;
		columns.cycles[at] = cycles;
		columns.codes[at] = code;
		columns.cpus[at] = cpu;
		columns.contexts[at] = context;
		columns.a[at] = a;
		columns.b[at] = b;
		columns.c[at] = c;
		columns.d[at] = d;
		this.waiting = at + 1;
		if (this.waiting === BLOCK_EVENTS) this.flush();
	}

	/** Names nodes of the call tree. To be called before events of theirs are added. */
	contexts(rows: readonly ContextRow[]): void {
		if (this.isClosed) panic("trace: contexts after the end");
		this.newContexts.push(...rows);
	}

	/** Writes the events that wait, as a block of their own. Small blocks cost more bytes: it is for pauses. */
	flush(): void {
		if (this.waiting === 0) return;
		this.columns.count = this.waiting;
		if (this.isKeyFrameDue()) this.writeKeyFrame();
		this.writeNames();
		const packed = this.deflate.deflate(this.packing.pack(this.columns));
		this.block(EVENTS_BLOCK, this.waiting, this.written, packed);
		this.bytesSince += BLOCK_HEADER_BYTES + packed.length;
		this.blocksSince++;
		this.writeSummary();
		this.state?.apply(this.columns, 0, this.waiting);
		this.written += this.waiting;
		this.waiting = 0;
	}

	/** Writes what waits and the end. Nothing can be added after that; closing again does nothing. */
	close(end: TraceEnd): void {
		if (this.isClosed) return;
		this.flush();
		this.writeNames();
		this.isClosed = true;
		const events = this.written;
		this.block(END_BLOCK, 0, events, jsonBytes({ ...end, events }));
	}

	/** R6 */
	private writeSummary(): void {
		const summary = this.summarizer.summarize(this.columns);
		if (this.waiting < SUMMARY_EVENTS) return;
		const packed = this.deflate.deflate(jsonBytes(summary));
		this.block(SUMMARY_BLOCK, 0, this.written, packed);
	}

	/** R5 */
	private writeNames(): void {
		const words = this.newWords();
		const contexts = this.newContexts;
		if (words.length === 0 && contexts.length === 0) return;
		this.newContexts = [];
		const rows = words.map(({ code, name, words }) => [code, name, ...words]);
		const names = jsonBytes({ contexts, words: rows });
		const packed = this.deflate.deflate(names);
		this.block(NAMES_BLOCK, 0, this.written, packed);
	}

	/** Words of the codes that wait and were not told of yet. */
	private newWords(): TraceWord[] {
		const words: TraceWord[] = [];
		const { codes } = this.columns;
		for (let index = 0; index < this.waiting; index++) {
			const code = codes[index] as number;
			if (this.seen[code] === 1) continue;
			this.seen[code] = 1;
			const word = this.dictionary.get(code);
			if (word !== undefined) words.push(word);
		}
		return words;
	}

	private isKeyFrameDue(): boolean {
		return (
			this.state !== null &&
			this.blocksSince >= KEY_FRAME_BLOCKS &&
			this.bytesSince >= KEY_FRAME_SHARE * this.keyFrameBytes
		);
	}

	private writeKeyFrame(): void {
		const saved = this.state?.save() as Uint8Array;
		const packed = this.deflate.deflate(saved);
		this.block(KEY_FRAME_BLOCK, 0, this.written, packed);
		this.keyFrameBytes = BLOCK_HEADER_BYTES + packed.length;
		this.bytesSince = 0;
		this.blocksSince = 0;
	}

	private block(
		kind: number,
		events: number,
		first: number,
		payload: Uint8Array,
	): void {
		this.sink.write(blockHeader(kind, events, first, payload));
		this.sink.write(payload);
		this.writtenBytes += BLOCK_HEADER_BYTES + payload.length;
	}
}
