// Policies: what of a machine is to be different, in words that a person writes.
//
//   "objects=slob grouping=off slub_max_order=0"
//        |            |              |
//        design       grouping       every other word is a parameter of the kernel command line
//
//   word                        what is different
//   objects=NAME                the design of object allocator that serves tasks: slub, bonwick, slob, textbook
//   freelist=random|ascending   order in which a fresh slab of SLUB hands its objects out
//   grouping=off|on             pages kept apart by mobility, or not
//   pcp=off|HIGH:BATCH          frames that each CPU keeps of each zone, and how many blocks move at once
//   memory=SIZE  cpus=COUNT     another machine
//   default                     nothing: the machine as it is
//
// PO1: a policy changes how a machine is built and nothing of what runs on it.
// PO2: of a word given twice the last counts, as on a kernel command line.
// PO3: a word that nothing in this machine acts on is an error, not a difference that nobody sees.

import { parseSize } from "../hw/memory-map";
import type { PcpSizes } from "../mm/init";
import type { BootOptions } from "./bringup";
import {
	PARAMETER_NAMES,
	parameterName,
	parameterWords,
	parseCommandLine,
} from "./command-line";
import { DESIGN_NAMES, type DesignName } from "./designs";
import { didYouMean } from "./scenario/validate";

const CPUS_MAX = 64;
const HIGH_MAX = 1_000_000; // frames
const BATCHES_MIN = 4; // that a list holds at least, as in Linux

/** What is different; null leaves it as it is. */
export interface Policy {
	/** As it was written: the name under which it is shown. */
	readonly text: string;
	readonly design: DesignName | null;
	readonly shuffleFreelist: boolean | null;
	readonly grouping: boolean | null;
	readonly pcp: PcpSizes | null;
	readonly memoryBytes: number | null;
	readonly cpus: number | null;
	/** Parameters that are added to the kernel command line. */
	readonly commandLine: string;
}

type Draft = { -readonly [K in keyof Policy]: Policy[K] };
/** Takes the value of a word; false when it is none that the word can have. */
type Taker = (draft: Draft, value: string) => boolean;

/** One word: what it does, and what its value may be, to be read after "takes". */
interface PolicyWord {
	readonly take: Taker;
	readonly values: string;
	/** Values to guess from. */
	readonly known: readonly string[];
}

const WORDS: Readonly<Record<string, PolicyWord>> = {
	objects: {
		take: (draft, value) => {
			draft.design = DESIGN_NAMES.find((name) => name === value) ?? null;
			return draft.design !== null;
		},
		values: "slub, bonwick, slob or textbook",
		known: DESIGN_NAMES,
	},
	freelist: {
		take: (draft, value) => {
			draft.shuffleFreelist = value === "random";
			return value === "random" || value === "ascending";
		},
		values: "random or ascending",
		known: ["random", "ascending"],
	},
	grouping: {
		take: (draft, value) => {
			draft.grouping = value === "on";
			return value === "on" || value === "off";
		},
		values: "on or off",
		known: [],
	},
	pcp: {
		take: (draft, value) => {
			draft.pcp = pcpSizes(value);
			return draft.pcp !== null;
		},
		values: `off or HIGH:BATCH, frames with HIGH at least ${BATCHES_MIN} times BATCH`,
		known: [],
	},
	memory: {
		take: (draft, value) => {
			draft.memoryBytes = bytesOf(value);
			return draft.memoryBytes !== null;
		},
		values: "a size such as 64M, 512M or 4G",
		known: [],
	},
	cpus: {
		take: (draft, value) => {
			draft.cpus = Number(value);
			return /^\d+$/.test(value) && draft.cpus >= 1 && draft.cpus <= CPUS_MAX;
		},
		values: `a whole number from 1 to ${CPUS_MAX}`,
		known: [],
	},
};

/** The policy that changes nothing. */
export const DEFAULT_POLICY: Policy = {
	text: "default",
	design: null,
	shuffleFreelist: null,
	grouping: null,
	pcp: null,
	memoryBytes: null,
	cpus: null,
	commandLine: "",
};

/** Reads a policy. Throws an Error with one sentence for a word that is none. */
export function parsePolicy(text: string): Policy {
	const words = parameterWords(text);
	const isDefault = words.length === 0;
	const shown = isDefault ? DEFAULT_POLICY.text : words.join(" ");
	const draft: Draft = { ...DEFAULT_POLICY, text: shown };
	for (const word of words) if (word !== "default") takeWord(draft, word);
	return draft;
}

function takeWord(draft: Draft, word: string): void {
	const [name = "", ...rest] = word.split("=");
	if (!Object.hasOwn(WORDS, name)) {
		checkParameter(word);
		draft.commandLine = `${draft.commandLine} ${word}`.trim();
		return;
	}
	const { take, values, known } = WORDS[name] as PolicyWord;
	const value = rest.join("=");
	if (take(draft, value)) return;
	throw new Error(
		`Policy "${word}": ${name}= takes ${values}${didYouMean(value, known)}.`,
	);
}

/** Sees to it that the kernel will understand a parameter, and that something acts on it (PO3). */
function checkParameter(word: string): void {
	const name = parameterName(word);
	if (!PARAMETER_NAMES.includes(name)) {
		const known = [...Object.keys(WORDS), ...PARAMETER_NAMES, "default"];
		const given = word.split("=", 1)[0] as string;
		throw new Error(
			`Policy "${word}": nothing in this machine acts on "${given}"${didYouMean(given, known) || `; words are ${Object.keys(WORDS).join("=, ")}= and parameters of the kernel command line`}.`,
		);
	}
	const [complaint] = parseCommandLine(word).messages;
	if (complaint)
		throw new Error(
			`Policy "${word}": the kernel does not understand it and says: ${complaint.text}.`,
		);
}

/** `off`, or HIGH:BATCH; null for anything else. */
function pcpSizes(text: string): PcpSizes | null {
	if (text === "off") return { high: 0, batch: 1 }; // what boot begins with
	const found = /^(\d{1,7}):(\d{1,7})$/.exec(text);
	if (found === null) return null;
	const high = Number(found[1]);
	const batch = Number(found[2]);
	const fits = batch >= 1 && high >= BATCHES_MIN * batch && high <= HIGH_MAX;
	return fits ? { high, batch } : null;
}

function bytesOf(text: string): number | null {
	try {
		return parseSize(text);
	} catch {
		return null;
	}
}

/** The options for `boot` that say the same; what is not different is not there. */
export function policyOptions(policy: Policy): Partial<BootOptions> {
	const { design, shuffleFreelist, grouping, pcp } = policy;
	const { memoryBytes, cpus, commandLine } = policy;
	return {
		...(design !== null && { design }),
		...(shuffleFreelist !== null && {
			config: { CONFIG_SLAB_FREELIST_RANDOM: shuffleFreelist },
		}),
		...(grouping !== null && { grouping }),
		...(pcp !== null && { pcp }),
		...(memoryBytes !== null && { memory: memoryBytes }),
		...(cpus !== null && { cpus }),
		...(commandLine !== "" && { cmdline: commandLine }),
	};
}

/**
 * A machine under a policy. Parameters are added to the command line, so that of one given twice the policy's counts;
 * another size of memory makes a plain PC of that size, for a map and what lies in it belong to one machine.
 */
export function withPolicy(options: BootOptions, policy: Policy): BootOptions {
	const changes = policyOptions(policy);
	const cmdline = [options.cmdline, changes.cmdline].filter(Boolean).join(" ");
	const config = { ...options.config, ...changes.config };
	if (changes.memory === undefined)
		return { ...options, ...changes, cmdline, config };
	const { map: _map, image: _image, reserved: _reserved, ...plain } = options;
	return { ...plain, ...changes, cmdline, config };
}
