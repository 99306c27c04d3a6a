// As a pprof profile: memory by call site for `pprof`, `go tool pprof` and Perfetto.
//
//   sample   locations, leaf first, and five values:
//            alloc_objects/count   alloc_space/bytes   inuse_objects/count   inuse_space/bytes   waste_space/bytes
//   location = function = a name, once each
//
// The four first types are those of heap profiles everywhere. The bytes are the message itself: whoever writes the file
// packs it with gzip, though readers take it plain as well. `-diff_base` of pprof compares two moments.
//
// PP1: numbers of locations, functions and the mapping begin at 1; string 0 is empty.
// PP2: a message is written field by field, so the profile is never whole in memory.
// [google/pprof, proto/profile.proto]

import type { Trace } from "../trace";
import { callSites, type SiteRow } from "./call-sites";
import { Message } from "./protobuf";
import type { Span } from "./span";

// Fields of a profile.
const SAMPLE_TYPE = 1;
const SAMPLE = 2;
const MAPPING = 3;
const LOCATION = 4;
const FUNCTION = 5;
const STRING = 6;
const DURATION = 10;
const PERIOD_TYPE = 11;
const PERIOD = 12;
const COMMENT = 13;
const DEFAULT_TYPE = 14;

const HAS_FUNCTIONS = 7; // of a mapping: nothing is left to be looked up
const MAPPING_FILE = 5;

/** Types of values, and what of a row they are. */
const TYPES: readonly {
	readonly type: string;
	readonly unit: string;
	readonly value: (row: SiteRow) => number;
}[] = [
	{ type: "alloc_objects", unit: "count", value: (row) => row.totalCount },
	{ type: "alloc_space", unit: "bytes", value: (row) => row.totalBytes },
	{ type: "inuse_objects", unit: "count", value: (row) => row.liveCount },
	{ type: "inuse_space", unit: "bytes", value: (row) => row.liveBytes },
	{ type: "waste_space", unit: "bytes", value: (row) => row.wasteBytes },
];
const SHOWN_FIRST = "inuse_space";

/** Pieces of the message. */
export function* exportPprof(trace: Trace, span: Span): Generator<Uint8Array> {
	const rows = callSites(trace, span);
	const strings = new Numbers([""]);
	const names = new Numbers([]);
	for (const { type, unit } of TYPES)
		yield field(SAMPLE_TYPE, valueType(strings, type, unit));
	for (const row of rows) yield field(SAMPLE, sampleOf(row, names));
	yield field(MAPPING, mappingOf(strings));
	for (const [at, name] of names.values.entries()) {
		yield field(LOCATION, locationOf(at + 1));
		yield field(FUNCTION, functionOf(at + 1, strings.at(name)));
	}
	const tail = new Message()
		.number(DURATION, nanosecondsOf(trace, span))
		.message(PERIOD_TYPE, valueType(strings, "space", "bytes"))
		.number(PERIOD, 1)
		.number(COMMENT, strings.at(commentOf(trace, span)))
		.number(DEFAULT_TYPE, strings.at(SHOWN_FIRST));
	for (const text of strings.values)
		yield new Message().text(STRING, text).encode();
	yield tail.encode();
}

/** Values by the number that each gets when it is asked for first. */
class Numbers {
	private readonly known = new Map<string, number>();

	constructor(readonly values: string[]) {
		for (const [at, value] of values.entries()) this.known.set(value, at);
	}

	at(value: string): number {
		const known = this.known.get(value);
		if (known !== undefined) return known;
		const number = this.values.push(value) - 1;
		this.known.set(value, number);
		return number;
	}
}

const field = (number: number, message: Message): Uint8Array =>
	new Message().message(number, message).encode();

const valueType = (strings: Numbers, type: string, unit: string): Message =>
	new Message().number(1, strings.at(type)).number(2, strings.at(unit));

/** A row: where, the leaf first, and how much. */
const sampleOf = (row: SiteRow, names: Numbers): Message =>
	new Message()
		.numbers(1, row.path.map((name) => names.at(name) + 1).reverse())
		.numbers(
			2,
			TYPES.map(({ value }) => value(row)),
		);

const mappingOf = (strings: Numbers): Message =>
	new Message()
		.number(1, 1)
		.number(MAPPING_FILE, strings.at("flagstone"))
		.number(HAS_FUNCTIONS, 1);

/** A location is a line of the function of the same number. */
const locationOf = (id: number): Message =>
	new Message()
		.number(1, id)
		.number(2, 1)
		.message(4, new Message().number(1, id));

const functionOf = (id: number, name: number): Message =>
	new Message().number(1, id).number(2, name).number(3, name);

/** Simulated time of the stretch. */
function nanosecondsOf(trace: Trace, { first, end }: Span): number {
	if (first >= end) return 0;
	const cycles = trace.event(end - 1).cycles - trace.event(first).cycles;
	return Math.max(0, Math.round((cycles / trace.header.cyclesPerSecond) * 1e9));
}

function commentOf({ header }: Trace, { first, end, at }: Span): string {
	const what = header.scenario?.name ?? "trace";
	return `${what}: events ${first} to ${end - 1}, in use at event ${at}`;
}
