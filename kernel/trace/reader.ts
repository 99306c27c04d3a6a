// The reader: a trace opened at any place.
//
//   open    every block is read once and its checksum tested; of blocks of events and key frames only the place is kept
//   blocks  | 0 .. 32767 | 32768 .. 65535 | 65536 .. 70000 |        found by halving, unpacked when asked for
//                        ^ key frame
//
// A file that was cut short opens with all whole blocks before the cut: `damage` says where and why. With salvaging, whole
// blocks behind damage are taken too; what is missing between them are `holes`.
//
// Q1: without salvaging, the events are 0 .. events - 1 without a hole.
// Q2: `damage` is null if and only if every byte of the file is part of a whole block that fits the ones before it.
// Q3: `isComplete` is true if and only if there is no damage and the writer closed the trace.
// Q4: memory grows by some words for each block; of events, a few blocks are unpacked at a time.

import { type BlockSummary, isSummary } from "./block-summary";
import { type EventColumns, eventAt, type TraceEvent } from "./columns";
import { areContextRows, ContextTree } from "./context-tree";
import { DICTIONARY } from "./dictionary";
import {
	type Block,
	blockAt,
	END_BLOCK,
	EVENTS_BLOCK,
	HEADER_BLOCK,
	type Inflate,
	KEY_FRAME_BLOCK,
	MAGIC_BYTES,
	magicProblem,
	NAMES_BLOCK,
	SUMMARY_BLOCK,
	type TraceEnd,
	type TraceSource,
} from "./file";
import {
	headerProblem,
	type TraceHeader,
	type TraceWord,
	wordsProblem,
} from "./header";
import { jsonOf } from "./json-bytes";
import { PACK_MAX, Packing } from "./packing";
import { type Damage, scanBlocks } from "./scan";

const CACHE_BLOCKS = 8; // unpacked ones, some 30 bytes an event

/** Where a block of events lies. */
export interface EventsBlock {
	/** Number of its first event. */
	readonly first: number;
	/** Events in it. */
	readonly count: number;
	/** Byte of the file at which the block begins. */
	readonly at: number;
	/** Bytes of the block in the file. */
	readonly bytes: number;
}

/** Where a key frame lies: the state before event `first`. */
export type KeyFramePlace = Omit<EventsBlock, "count">;

/** A key frame. */
export interface KeyFrame {
	readonly first: number;
	/** What the writer's state saved. */
	readonly bytes: Uint8Array;
}

/** Events that are missing from the file. */
export interface Hole {
	readonly first: number;
	readonly count: number;
}

export interface OpenOptions {
	/** Go on behind damage. */
	readonly salvage?: boolean;
}

/** An open trace. */
export class EventReader {
	/** By rising number. */
	readonly blocks: EventsBlock[] = [];
	/** By number of the block; none where the file has none. */
	private readonly summaries = new Map<number, BlockSummary>();
	/** By rising number. */
	readonly keyFrames: KeyFramePlace[] = [];
	readonly holes: Hole[] = [];
	readonly contexts = new ContextTree();
	/** Its dictionary has every code that this package knows or the trace tells of; what the trace says counts. */
	readonly header: TraceHeader;
	private readonly words = new Map<number, TraceWord>();
	private found: Damage | null = null;
	private last: TraceEnd | null = null;
	private next = 0; // number behind the last event
	private readonly packing = new Packing(PACK_MAX);
	private readonly cache = new Map<number, EventColumns>(); // by block, least used first

	private constructor(
		private readonly source: TraceSource,
		private readonly inflater: Inflate,
		private readonly isSalvaging: boolean,
		header: TraceHeader,
	) {
		this.tell(DICTIONARY);
		this.tell(header.dictionary);
		const damage = scanBlocks(source, isSalvaging, (block) => this.take(block));
		if (damage !== null && damage.at < (this.found?.at ?? Infinity))
			this.found = damage;
		const words = [...this.words.values()];
		words.sort((one, other) => one.code - other.code);
		this.header = { ...header, dictionary: words };
	}

	/** Opens a trace. Throws an Error with one sentence when it is none, of a later version, or has no sound header. */
	static open(
		source: TraceSource,
		inflate: Inflate,
		{ salvage = false }: OpenOptions = {},
	): EventReader {
		const problem = magicProblem(source.read(0, MAGIC_BYTES));
		if (problem !== null) throw new Error(problem);
		const header = readHeader(source, inflate);
		return new EventReader(source, inflate, salvage, header);
	}

	/** Number behind the last event that can be read. */
	get events(): number {
		return this.next;
	}

	/** Events that were lost before they were written, as far as the trace says. */
	get lost(): number {
		return this.last?.lost ?? 0;
	}

	/** What the writer said at the end; null when the file was cut short. */
	get end(): TraceEnd | null {
		return this.last;
	}

	/** True when nothing is missing: the trace was closed, and no byte of it is damaged. */
	get isComplete(): boolean {
		return this.last !== null && this.found === null;
	}

	/** The first place at which the file is damaged or cut short. A file that ends behind a whole block has none. */
	get damage(): Damage | null {
		return this.found;
	}

	/** Index of the block that holds the event, or -1 when it is in a hole or behind the end. */
	blockOf(event: number): number {
		const index = lastUpTo(this.blocks, event);
		const block = this.blocks[index];
		return block && event < block.first + block.count ? index : -1;
	}

	/** What is in a block of events; null when that is not known without unpacking it. */
	summary(index: number): BlockSummary | null {
		return this.summaries.get(index) ?? null;
	}

	/** The events of a block; good for as long as somebody keeps them, and not to be changed. */
	columns(index: number): EventColumns {
		const columns = this.cache.get(index) ?? this.unpack(index);
		this.cache.delete(index);
		this.cache.set(index, columns); // now the one that was used last
		for (const oldest of this.cache.keys()) {
			if (this.cache.size <= CACHE_BLOCKS) break;
			this.cache.delete(oldest);
		}
		return columns;
	}

	/** One event; null when it is in a hole or behind the end. */
	event(number: number): TraceEvent | null {
		const index = this.blockOf(number);
		if (index < 0) return null;
		const { first } = this.blocks[index] as EventsBlock;
		return eventAt(this.columns(index), number - first, first);
	}

	/**
	 * The last key frame at `event` or before it. Null when there is none, or when events between both are missing; the
	 * state before `event` can then be reached from event 0, if hasHole(0, event) is false.
	 */
	keyFrameBefore(event: number): KeyFrame | null {
		const place = this.keyFrames[lastUpTo(this.keyFrames, event)];
		if (place === undefined || this.hasHole(place.first, event)) return null;
		return {
			first: place.first,
			bytes: this.sound(place, (payload) => this.inflater.inflate(payload)),
		};
	}

	/** True when an event from `start` to before `end` is missing. */
	hasHole(start: number, end: number): boolean {
		return this.holes.some(
			({ first, count }) => first < end && start < first + count,
		);
	}

	private unpack(index: number): EventColumns {
		const block = this.blocks[index];
		if (block === undefined) throw new Error(`there is no block ${index}`);
		return this.sound(block, (payload) =>
			this.packing.unpack(this.inflater.inflate(payload), block.count),
		);
	}

	/** What `read` makes of the payload at a place. Whatever goes wrong becomes one sentence. */
	private sound<T>(
		{ at }: { readonly at: number },
		read: (payload: Uint8Array) => T,
	): T {
		const block = blockAt(this.source, at);
		try {
			if (typeof block === "string") throw new Error(block);
			return read(block.payload);
		} catch (error) {
			const { message } = error as Error;
			throw new Error(`the block at byte ${at} cannot be read: ${message}`);
		}
	}

	/** Takes a block into the index; returns what is wrong with it. */
	private take(block: Block): string | null {
		if (this.last !== null) return "there is more behind the end of the trace";
		const { kind, first, at, end } = block;
		if (kind === NAMES_BLOCK) return this.takeNames(block);
		if (kind === SUMMARY_BLOCK) return this.takeSummary(block);
		if (kind === END_BLOCK) return this.takeEnd(block);
		if (kind === EVENTS_BLOCK) return this.takeEvents(block);
		if (kind === HEADER_BLOCK && at !== MAGIC_BYTES)
			return "there is a second header";
		if (kind !== KEY_FRAME_BLOCK) return null;
		const problem = this.skipTo(first, at);
		if (problem === null) this.keyFrames.push({ first, at, bytes: end - at });
		return problem;
	}

	private takeEvents({ first, events, at, end }: Block): string | null {
		if (events === 0 || events > PACK_MAX)
			return `a block says that it holds ${events} events`;
		const problem = this.skipTo(first, at);
		if (problem !== null) return problem;
		this.blocks.push({ first, count: events, at, bytes: end - at });
		this.next = first + events;
		return null;
	}

	/** In files of version 1 the contexts are all of it. */
	private takeNames({ payload }: Block): string | null {
		const names = inflatedJson(payload, this.inflater) as unknown;
		const { contexts, words: rows = [] } = (
			Array.isArray(names) ? { contexts: names } : (names ?? {})
		) as Readonly<Record<string, unknown>>;
		if (!areContextRows(contexts)) return "the names of contexts are damaged";
		const words = Array.isArray(rows) ? rows.map(wordOf) : rows;
		if (wordsProblem(words) !== null) return "the words of events are damaged";
		this.contexts.add(contexts);
		this.tell(words as readonly TraceWord[]);
		return null;
	}

	/** That of a block that is missing is passed over. */
	private takeSummary({ payload, first }: Block): string | null {
		const index = this.blocks.length - 1;
		const last = this.blocks[index];
		if (last?.first !== first) return null;
		const summary = inflatedJson(payload, this.inflater);
		if (!isSummary(summary, last.count))
			return "the summary of a block is damaged";
		this.summaries.set(index, summary);
		return null;
	}

	private tell(words: readonly TraceWord[]): void {
		for (const word of words) this.words.set(word.code, word);
	}

	private takeEnd({ payload, at, first }: Block): string | null {
		const end = jsonOf(payload) as TraceEnd | null | undefined;
		const isEnd =
			typeof end === "object" &&
			Number.isSafeInteger(end?.lost) &&
			Number.isFinite(end?.cycles);
		if (!isEnd) return "the end of the trace is damaged";
		const problem = this.skipTo(first, at);
		if (problem === null) this.last = end;
		return problem;
	}

	/** Notes the hole before event `first`, if there is one; returns what is wrong when that cannot be. */
	private skipTo(first: number, at: number): string | null {
		const { next } = this;
		if (first === next) return null;
		if (!Number.isSafeInteger(first) || first < next)
			return `event ${next} was expected, a block begins with event ${first}`;
		const why = `events ${next} to ${first - 1} are missing`;
		if (!this.isSalvaging) return why;
		this.found ??= { at, why };
		this.holes.push({ first: next, count: first - next });
		this.next = first;
		return null;
	}
}

function readHeader(source: TraceSource, inflate: Inflate): TraceHeader {
	const block = blockAt(source, MAGIC_BYTES);
	if (typeof block === "string")
		throw new Error(`the header of the trace cannot be read: ${block}`);
	const header =
		block.kind === HEADER_BLOCK
			? inflatedJson(block.payload, inflate)
			: undefined;
	const problem = headerProblem(header);
	if (problem !== null) throw new Error(problem);
	return header as TraceHeader;
}

/** What a row says that may be one: code, name and words of an event. */
function wordOf(row: unknown): unknown {
	if (!Array.isArray(row)) return row;
	const [code, name, ...words] = row;
	return { code, name, words };
}

/** The value that a deflated JSON text tells; undefined when it is none. */
function inflatedJson(payload: Uint8Array, inflate: Inflate): unknown {
	try {
		return jsonOf(inflate.inflate(payload));
	} catch {
		return undefined;
	}
}

/** Index of the last place that begins with `event` or before it; -1 when there is none. */
function lastUpTo(
	places: readonly { readonly first: number }[],
	event: number,
): number {
	let low = 0;
	let high = places.length;
	while (low < high) {
		const middle = (low + high) >>> 1;
		const { first } = places[middle] as { readonly first: number };
		if (first <= event) low = middle + 1;
		else high = middle;
	}
	return low - 1;
}
