// A stage for command lines: a host that keeps what is written, and an engine that answers with a made-up report.

import { Readable } from "node:stream";
import { main } from "../../scripts/cli";
import type {
	BootRequest,
	CompareRequest,
	Engine,
	ReplayRequest,
} from "../../scripts/engine";
import type { Host } from "../../scripts/host";
import { noProgress } from "../../scripts/progress";
import type { Comparison } from "../../scripts/report/comparison";
import type { ReplayReport } from "../../scripts/report/replay";
import type { BootReport } from "../../scripts/report/report";
import { makeTerminal, type Terminal } from "../../scripts/terminal";
import { sampleComparison, sampleReplay, sampleReport } from "./report/sample";

/** What a command line showed. */
export interface Shown {
	readonly exitCode: number;
	readonly out: string;
	readonly note: string;
}

/** What a command line did. */
export interface Performance extends Shown {
	/** What the engine was asked for; undefined when it was not asked. */
	readonly request: BootRequest | undefined;
	/** The same for a comparison. */
	readonly compared: CompareRequest | undefined;
	/** The same for a replay. */
	readonly replayed: ReplayRequest | undefined;
}

/** A terminal of `columns` columns, plain or with all colours. */
export function stageTerminal(columns = 80, colour = false): Terminal {
	return makeTerminal({
		isTerminal: colour,
		columns,
		noColour: !colour,
		environment: {},
		depth: 3,
	});
}

/** Runs a command line against an engine that answers with these reports. */
export async function perform(
	argv: readonly string[],
	boot: () => BootReport = () => sampleReport(),
	compare: () => Comparison = () => sampleComparison(),
	replay: () => ReplayReport = () => sampleReplay(),
): Promise<Performance> {
	let request: BootRequest | undefined;
	let compared: CompareRequest | undefined;
	let replayed: ReplayRequest | undefined;
	const engine: Engine = {
		defaultScenario: "debian",
		procNames: ["buddyinfo", "slabinfo", "vmstat", "PID/status"],
		scenarios: () => [
			{ name: "debian", title: "a recorded machine" },
			{ name: "buddy", title: "splitting and merging" },
		],
		boot: (asked, print) => {
			request = asked;
			print("[    0.000000] Linux version 6.1.0");
			return boot();
		},
		compare: (asked) => {
			compared = asked;
			return Promise.resolve(compare());
		},
		replay: (asked, { print }) => {
			replayed = asked;
			print("[    0.000000] Linux version 6.1.0");
			return Promise.resolve(replay());
		},
	};
	const shown = await performOn(engine, argv);
	return { ...shown, request, compared, replayed };
}

/** Runs a command line against an engine. */
export async function performOn(
	engine: Engine,
	argv: readonly string[],
): Promise<Shown> {
	let out = "";
	let note = "";
	const host: Host = {
		out: (text) => {
			out += text;
		},
		note: (text) => {
			note += text;
		},
		console: () => null,
		stdin: Readable.from([]),
		progress: noProgress,
		terminal: () => stageTerminal(),
	};
	const exitCode = await main(argv, engine, host);
	return { exitCode, out, note };
}
