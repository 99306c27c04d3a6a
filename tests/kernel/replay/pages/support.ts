// What the tests of the page side share: logs of made-up events, and zones of made-up machines.
//
//   locked 10 o0 t1          kind, first frame (hexadecimal), order, type; absent ones are 0
//   fall 200 o0<4 t0<1 whole wanted < got, wanted < had; `whole`: the pageblock changed hands
//   hint 5 outer=512         pages announced
//   ... cpu1 pid7 soft depth2 gfp=40000 kswapd late

import type { ZoneInfo } from "../../../../kernel/proc/zoneinfo";
import {
	classifyFrees,
	type FreeKinds,
} from "../../../../kernel/replay/pages/frees";
import {
	BULK_HINT,
	contextOf,
	PAGE_ALLOC,
	PAGE_DRAIN,
	PAGE_FALLBACK,
	PAGE_FREE,
	PAGE_FREE_BATCHED,
	PAGE_LOCKED,
	PageLog,
	THREAD_KSWAPD,
	THREAD_LATE_INIT,
} from "../../../../kernel/replay/pages/page-log";
import { RecordedZones } from "../../../../kernel/replay/pages/recorded-zones";
import { FrameFlags } from "../../../../kernel/replay/snapshot/kpageflags";

const KINDS: Readonly<Record<string, number>> = {
	alloc: PAGE_ALLOC,
	free: PAGE_FREE,
	batched: PAGE_FREE_BATCHED,
	locked: PAGE_LOCKED,
	drain: PAGE_DRAIN,
	fall: PAGE_FALLBACK,
	hint: BULK_HINT,
};

/** A log of the events, one a line. */
export function logOf(text: string): PageLog {
	const log = new PageLog();
	const lines = text.split("\n").map((line) => line.trim());
	lines
		.filter((line) => line !== "")
		.forEach((line, ordinal) => {
			const [kind = "", first = "0", ...rest] = line.split(/\s+/);
			const number = (pattern: RegExp, radix = 10): number[] => {
				const found = rest.map((word) => pattern.exec(word)).find(Boolean);
				return (found ?? [])
					.slice(1)
					.map((part) => Number.parseInt(part ?? "0", radix));
			};
			const pair = (pattern: RegExp): number => {
				const [one = 0, other = 0] = number(pattern);
				return one | ((other || 0) << 8);
			};
			const isHint = kind === "hint";
			const interrupt = rest.includes("hard")
				? 2
				: rest.includes("soft")
					? 1
					: 0;
			const thread = rest.includes("kswapd")
				? THREAD_KSWAPD
				: rest.includes("late")
					? THREAD_LATE_INIT
					: 0;
			log.append(
				ordinal,
				ordinal * 10,
				KINDS[kind]!,
				number(/^cpu(\d+)$/)[0] ?? 0,
				Number.parseInt(first, isHint ? 10 : 16),
				isHint
					? (number(/^outer=(\d+)$/)[0] ?? 0)
					: pair(/^o(\d+)(?:<(\d+))?$/),
				pair(/^t(\d+)(?:<(\d+))?$/),
				rest.includes("whole") ? 1 : (number(/^gfp=(\w+)$/, 16)[0] ?? 0),
				number(/^pid(\d+)$/)[0] ?? 1,
				contextOf(interrupt, number(/^depth(\d+)$/)[0] ?? 0, thread),
			);
		});
	return log;
}

/** The kinds of the frees of a log of a late recording. */
export const kindsOf = (log: PageLog, frames = 0x4000): FreeKinds =>
	classifyFrees(log, frames, 0);

const NO_ZONE: ZoneInfo = {
	node: 0,
	zone: "DMA",
	nodeStats: null,
	free: 0,
	boost: 0,
	min: 0,
	low: 0,
	high: 0,
	spanned: 0,
	present: 0,
	managed: 1,
	cma: 0,
	protection: [0, 0, 0, 0, 0],
	stats: [],
	pagesets: [{ cpu: 0, count: 0, high: 100, batch: 4, statThreshold: 2 }],
	unreclaimable: false,
	startPfn: 0,
} as unknown as ZoneInfo;

/** Zones with the given sizes and marks. */
export const zonesOf = (...zones: Partial<ZoneInfo>[]): RecordedZones =>
	new RecordedZones(zones.map((zone) => ({ ...NO_ZONE, ...zone })));

/** One zone DMA32 of 16 MiB with frames 0x1000 to 0x2000. */
export const oneZone = (changes: Partial<ZoneInfo> = {}): RecordedZones =>
	zonesOf({ zone: "DMA32", startPfn: 0x1000, spanned: 0x1000, ...changes });

/** Flags of frames: [first, count, bits set ...]. */
export function flagsOf(...runs: readonly number[][]): FrameFlags {
	const word = (bits: number[], from: number): number =>
		bits
			.filter((bit) => bit >= from && bit < from + 32)
			.reduce((sum, bit) => sum + 2 ** (bit - from), 0);
	return new FrameFlags(
		Uint32Array.from(runs, ([start]) => start!),
		Uint32Array.from(runs, ([, count]) => count!),
		Uint32Array.from(runs, ([, , ...bits]) => word(bits, 0)),
		Uint32Array.from(runs, ([, , ...bits]) => word(bits, 32)),
	);
}
