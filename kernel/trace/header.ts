// The header of a trace: which machine it was, what it was asked to do, and what its events mean.
//
//   format, version      what the file is
//   flagstone            which package wrote it
//   machine              RAM, frames, CPUs, ranges of the map, zones          -> what frame numbers are about
//   commandLine, seed, scenario or replay                                     -> enough to run it again
//   cyclesPerSecond, cyclesPerTick                                            -> what stamps are about
//   dictionary           names of event codes and of their words              -> codes that this package does not know
//
// H1: what headerProblem() has no word against is a TraceHeader, with all that is named here.
// H2: further keys are allowed everywhere: a later package may say more.
// H3: its machine can be: memory and zones lie inside its frames, zones rise and do not overlap, and a fold of it has room.

/** What `format` says in every trace. */
export const TRACE_FORMAT = "flagstone-trace";

/** The version that this package writes, and the oldest one that it reads. */
export const TRACE_VERSION = 2;
export const TRACE_VERSION_OLDEST = 1;

/** One zone of the machine; frame numbers, `end` behind the last. */
export interface TraceZone {
	readonly index: number;
	readonly name: string;
	readonly start: number;
	readonly end: number;
}

/** The machine that was traced. */
export interface TraceMachine {
	readonly memoryBytes: number;
	/** Frame numbers are below this. */
	readonly frames: number;
	readonly cpus: number;
	/** Ranges of the memory map: first byte, byte behind the last, type. */
	readonly ranges: readonly (readonly [number, number, string])[];
	readonly zones: readonly TraceZone[];
	readonly [more: string]: unknown;
}

/** The scenario that ran. */
export interface TraceScenario {
	readonly name: string;
	/** Its YAML text, if it came from a file. */
	readonly source: string | null;
	readonly options: { readonly [name: string]: unknown };
}

/** What an event code means. */
export interface TraceWord {
	readonly code: number;
	readonly name: string;
	/** Names of the words a, b, c, d; fewer when the last ones say nothing. */
	readonly words: readonly string[];
}

/** Everything that is known before the first event. */
export interface TraceHeader {
	readonly format: typeof TRACE_FORMAT;
	readonly version: number;
	/** Version of the package that wrote the trace. */
	readonly flagstone: string;
	readonly machine: TraceMachine;
	readonly commandLine: string;
	readonly scenario: TraceScenario | null;
	readonly replay: { readonly [name: string]: unknown } | null;
	readonly seed: number;
	readonly cyclesPerSecond: number;
	readonly cyclesPerTick: number;
	/** What event codes mean. In a file of version 2 it is empty: words stand before the first event that they are of. */
	readonly dictionary: readonly TraceWord[];
}

/** Whether a value is what a key must hold, and the words for it. */
interface Rule {
	readonly holds: (value: unknown) => boolean;
	readonly wanted: string;
}
type Rules = { readonly [key: string]: Rule };
type Values = { readonly [key: string]: unknown };

const CODE_MAX = 255;
const WORDS_MAX = 4;
const CPUS_MAX = 256;
const FRAMES_MAX = 2 ** 26; // 256 GiB; a fold takes some 40 bytes for each
const ZONES_MAX = 5; // as many kinds as there are
const PAGE_BYTES = 4096;

const isObject = (value: unknown): value is Values =>
	typeof value === "object" && value !== null && !Array.isArray(value);
const isCount = (value: unknown): value is number =>
	Number.isSafeInteger(value) && (value as number) >= 0;
const isText = (value: unknown): value is string => typeof value === "string";

const TEXT: Rule = { holds: isText, wanted: "a text" };
const COUNT: Rule = { holds: isCount, wanted: "a whole number from 0" };
const upTo = (least: number, most: number): Rule => ({
	holds: (value) => isCount(value) && value >= least && value <= most,
	wanted: `a whole number from ${least} to ${most}`,
});
const NUMBER: Rule = { holds: Number.isFinite, wanted: "a number" };
const OBJECT: Rule = { holds: isObject, wanted: "an object" };
const RATE: Rule = {
	holds: (value) => Number.isFinite(value) && (value as number) > 0,
	wanted: "a number above 0",
};
const LIST: Rule = { holds: Array.isArray, wanted: "a list" };
const orNull = ({ holds, wanted }: Rule): Rule => ({
	holds: (value) => value === null || holds(value),
	wanted: `${wanted} or null`,
});

const HEADER_RULES: Rules = {
	format: {
		holds: (value) => value === TRACE_FORMAT,
		wanted: `"${TRACE_FORMAT}"`,
	},
	version: upTo(TRACE_VERSION_OLDEST, TRACE_VERSION),
	flagstone: TEXT,
	machine: OBJECT,
	commandLine: TEXT,
	scenario: orNull(OBJECT),
	replay: orNull(OBJECT),
	seed: NUMBER,
	cyclesPerSecond: RATE,
	cyclesPerTick: RATE,
	dictionary: LIST,
};
const MACHINE_RULES: Rules = {
	memoryBytes: COUNT,
	frames: upTo(1, FRAMES_MAX),
	cpus: upTo(1, CPUS_MAX),
	ranges: LIST,
	zones: {
		holds: (value) =>
			Array.isArray(value) && value.length >= 1 && value.length <= ZONES_MAX,
		wanted: `a list of 1 to ${ZONES_MAX} zones`,
	},
};
const RANGE_RULES: Rules = { 0: COUNT, 1: COUNT, 2: TEXT };
const ZONE_RULES: Rules = {
	index: upTo(0, ZONES_MAX - 1),
	name: TEXT,
	start: COUNT,
	end: COUNT,
};
const SCENARIO_RULES: Rules = {
	name: TEXT,
	source: orNull(TEXT),
	options: OBJECT,
};
const WORD_RULES: Rules = {
	code: upTo(1, CODE_MAX),
	name: TEXT,
	words: {
		holds: (value) =>
			Array.isArray(value) && value.length <= WORDS_MAX && value.every(isText),
		wanted: `a list of at most ${WORDS_MAX} texts`,
	},
};

const DAMAGED = "the header of the trace is damaged: ";

/** What is wrong with a header, in one sentence; null when it is a TraceHeader. Of several problems the first is told. */
export function headerProblem(value: unknown): string | null {
	const problem = check(value, HEADER_RULES, "");
	if (problem !== null) return problem;
	const header = value as TraceHeader;
	const { machine, scenario, dictionary } = header;
	return (
		check(machine, MACHINE_RULES, "machine.") ??
		checkEach(machine.ranges, RANGE_RULES, "machine.ranges") ??
		checkEach(machine.zones, ZONE_RULES, "machine.zones") ??
		machineProblem(machine) ??
		(scenario && check(scenario, SCENARIO_RULES, "scenario.")) ??
		wordsProblem(dictionary)
	);
}

/** What is wrong with a list of words, in one sentence; null when it is a TraceWord[]. */
export const wordsProblem = (words: unknown): string | null =>
	Array.isArray(words)
		? checkEach(words, WORD_RULES, "dictionary")
		: `${DAMAGED}dictionary must be a list`;

/** What is wrong with a machine of which each value by itself is right (H3). */
function machineProblem({
	memoryBytes,
	frames,
	zones,
}: TraceMachine): string | null {
	if (memoryBytes > frames * PAGE_BYTES)
		return `${DAMAGED}machine.memoryBytes must be at most ${frames * PAGE_BYTES}, the bytes of its frames`;
	let last = 0; // frame behind the zones so far
	for (let index = 0; index < zones.length; index++) {
		const { start, end } = zones[index] as TraceZone;
		if (start < last || end < start || end > frames)
			return `${DAMAGED}machine.zones[${index}] must lie behind the zone before it and inside the ${frames} frames`;
		last = end;
	}
	return null;
}

function checkEach(
	values: readonly unknown[],
	rules: Rules,
	place: string,
): string | null {
	for (let index = 0; index < values.length; index++) {
		const problem = check(values[index], rules, `${place}[${index}].`);
		if (problem !== null) return problem;
	}
	return null;
}

function check(value: unknown, rules: Rules, place: string): string | null {
	if (typeof value !== "object" || value === null)
		return `${DAMAGED}${place.slice(0, -1) || "it"} must be an object`;
	for (const [key, { holds, wanted }] of Object.entries(rules))
		if (!holds((value as Values)[key]))
			return `${DAMAGED}${place}${key} must be ${wanted}`;
	return null;
}
