// Recorded machines: everything that boot needs to make the machine of a recording, and how its zones were.
//
//   meta/dmesg.txt     --> memory map, sizes of the image, RAM disk, pages given late
//   a/iomem            --> place of the image
//   a/zoneinfo         --> sizes, marks and reserves of the zones, lists of the CPUs
//   meta/cmdline       --> command line
//   meta/cpus          --> CPUs: possible, online (lists such as 0-3, a line each)
//   meta/vm-sysctl.txt --> min_free_kbytes and other settings, `NAME VALUE` a line
//   meta/thp-*.txt     --> huge pages: always, madvise or never, the chosen one in square brackets
//   meta/config        --> what the kernel was configured with, `CONFIG_NAME=y` a line
//                                                |
//                             machineOptions  <--+--> forceZones
//
// People have only some of these. Whatever is missing is replaced by the next best text or by a default, and a sentence says so.
//
// RM2: a machine can be made of any recording that has a boot log, an iomem or a zoneinfo.

import type { MemoryMap } from "../../../hw/memory-map";
import type { SlabTuning } from "../../../mm/slab-geometry";
import type { BootOptions, KernelConfig } from "../../bringup";
import { parseCommandLine } from "../../command-line";
import type { LateRange } from "../../kernel-record";
import { parseIomem, type Resource } from "../../proc/iomem";
import { parseZoneinfo, type ZoneInfo } from "../../proc/zoneinfo";
import {
	firmwareRanges,
	initOnAlloc,
	pagesFreedEarly,
	pagesFreedLate,
	possibleCpus,
	ramDiskIn,
} from "./boot-log";
import { mapContradictions, recordedMap } from "./recorded-map";
import { snapshotsIn } from "./snapshot";
import { metaPath, parsedText, type TextSource } from "./source";

const LOG = "dmesg.txt";
const SETTINGS = "vm-sysctl.txt";
const TRACE_PARAMETERS = /(?<=^|\s)(?:trace_buf_size|trace_event)=\S*\s?/g;
const CPUS_LISTED_MAX = 8192; // NR_CPUS of the largest kernels
const HUGE_PAGES = /^(?:meta\/)?thp[^/]*$/;
const CONFIG_FILE = /^(?:meta\/)?(?:config|\.config|config-[^/]*)$/;

type HugePages = NonNullable<KernelConfig["CONFIG_TRANSPARENT_HUGEPAGE"]>;

/** The machine of a recording. */
export interface RecordedMachine {
	/** The firmware's map with the kernel image in it. */
	readonly map: MemoryMap;
	readonly cpus: { readonly possible: number; readonly online: number };
	readonly commandLine: string;
	readonly config: KernelConfig;
	/** Where the loader left the initial RAM disk; null for none. */
	readonly ramDisk: LateRange | null;
	/** vm.* settings by name: `min_free_kbytes` and others; the fields of a list are separated by tabs. */
	readonly settings: ReadonlyMap<string, string>;
	/** null when no text tells. */
	readonly minFreeKbytes: number | null;
	/** As the first snapshot has them, the empty ones too; none when no text tells. */
	readonly zones: readonly ZoneInfo[];
	/** Pages given to the zones before and after the marks were computed, as the boot log tells; null without one. */
	readonly freed: { readonly early: number; readonly late: number } | null;
	/** One sentence for everything that had to be replaced or left out. */
	readonly lacks: readonly string[];
}

/** What of a recorded machine is wanted. */
export interface MachineChoices {
	/**
	 * False leaves the recorded kernel's trace buffer out, which trace_buf_size= asks for. Here boot takes it before the zones
	 * get their pages, there it came out of the zones, so a replay has it among the frames in use. Default true.
	 */
	readonly traceBuffer?: boolean;
}

/** The machine that `source` tells of. Throws an Error when there is too little (RM2), or a damaged text. */
export function recordedMachine(source: TextSource): RecordedMachine {
	const lacks: string[] = [];
	const facts = new Facts(source, lacks);
	const { log, zones } = facts;
	const map = recordedMap(
		{
			...{ firmware: facts.firmware(), iomem: facts.iomem, zones, log },
			paths: {
				firmware: metaPath(source, LOG),
				iomem: facts.pathOf("iomem"),
				zones: facts.pathOf("zoneinfo"),
			},
		},
		lacks,
	);
	if (zones) lacks.push(...mapContradictions(map, zones));
	const settings = facts.settings();
	return {
		map,
		cpus: facts.cpus(),
		commandLine: facts.commandLine(),
		config: facts.config(),
		ramDisk: facts.ramDisk(map),
		settings,
		minFreeKbytes: facts.minFreeKbytes(settings),
		zones: zones ?? [],
		freed: log === null ? null : freedIn(log),
		lacks,
	};
}

const freedIn = (log: string) => ({
	early: pagesFreedEarly(log),
	late: pagesFreedLate(log),
});

/** What boot needs to make the machine. */
export function machineOptions(
	machine: RecordedMachine,
	{ traceBuffer = true }: MachineChoices = {},
): BootOptions {
	const { commandLine: text, map, cpus, config, ramDisk } = machine;
	return {
		map,
		cpus: cpus.online,
		cmdline: traceBuffer ? text : text.replace(TRACE_PARAMETERS, ""),
		config,
		reserved: ramDisk ? [ramDisk] : [],
	};
}

/** How the recorded machine's slabs were sized. */
export function machineTuning(machine: RecordedMachine): SlabTuning {
	const { slubMinOrder, slubMaxOrder, slubMinObjects } = parseCommandLine(
		machine.commandLine,
	);
	return {
		cpuCount: machine.cpus.possible,
		minOrder: slubMinOrder,
		maxOrder: slubMaxOrder,
		minObjects: slubMinObjects,
	};
}

/** The texts about a machine, and what they tell. */
class Facts {
	/** The boot log; null when there is none. */
	readonly log: string | null;
	readonly iomem: Resource[] | null;
	readonly zones: ZoneInfo[] | null;

	constructor(
		private readonly source: TextSource,
		private readonly lacks: string[],
	) {
		this.log = this.meta(LOG) ?? this.meta("dmesg") ?? null;
		this.iomem = this.earliest("iomem", parseIomem);
		this.zones = this.earliest("zoneinfo", parseZoneinfo);
		if (!this.zones)
			lacks.push("There is no zoneinfo: zones get no marks of the recording.");
		else if (this.zones.some(({ node }) => node > 0))
			lacks.push(
				"The recorded machine has several nodes: its memory is one node here, and marks are those of node 0.",
			);
	}

	firmware() {
		const path = metaPath(this.source, LOG);
		return this.log === null ? null : firmwareRanges(this.log, path);
	}

	cpus(): { possible: number; online: number } {
		const path = metaPath(this.source, "cpus");
		const listed = parsedText(this.source, path, parseCpus);
		if (listed) return listed;
		const online = this.zones?.find((zone) => zone.present > 0)?.pagesets
			.length;
		const possible = possibleCpus(this.log ?? "") ?? online ?? 1;
		this.lacks.push(
			`There is no list of CPUs (cpus): ${online ?? possible} online of ${possible} possible, ${online === undefined ? "a guess" : "as zoneinfo has it"}.`,
		);
		return { possible, online: online ?? possible };
	}

	commandLine(): string {
		const told =
			this.meta("cmdline") ??
			snapshotsIn(this.source)
				.map((snapshot) => snapshot.text("cmdline"))
				.find((text) => text !== undefined) ??
			/Kernel command line: (.*)$/m.exec(this.log ?? "")?.[1];
		if (told === undefined)
			this.lacks.push(
				"There is no command line (cmdline): it is taken as empty.",
			);
		return (told ?? "").trim();
	}

	settings(): ReadonlyMap<string, string> {
		const path = metaPath(this.source, SETTINGS);
		return parsedText(this.source, path, parseSettings) ?? new Map();
	}

	minFreeKbytes(settings: ReadonlyMap<string, string>): number | null {
		const value = settings.get("min_free_kbytes");
		if (value !== undefined && /^\d{1,12}$/.test(value)) return Number(value);
		this.lacks.push(
			`There is no setting min_free_kbytes (${SETTINGS}): it follows from the size of the zones.`,
		);
		return null;
	}

	config(): KernelConfig {
		const text = this.firstText(CONFIG_FILE);
		const isOn = (name: string): boolean | null =>
			text === undefined ? null : new RegExp(`^${name}=y$`, "m").test(text);
		const random = isOn("CONFIG_SLAB_FREELIST_RANDOM");
		if (random === null)
			this.lacks.push(
				"There is no configuration (config): objects of a new slab are taken in random order.",
			);
		const zeroing =
			initOnAlloc(this.log ?? "") ?? isOn("CONFIG_INIT_ON_ALLOC_DEFAULT_ON");
		if (zeroing === null)
			this.lacks.push(
				"Neither a boot log nor a configuration tells whether memory is zeroed when it is handed out: it is.",
			);
		return {
			CONFIG_SLAB_FREELIST_RANDOM: random ?? true,
			CONFIG_INIT_ON_ALLOC_DEFAULT_ON: zeroing ?? true,
			CONFIG_TRANSPARENT_HUGEPAGE: this.hugePages(),
		};
	}

	ramDisk(map: MemoryMap): LateRange | null {
		const disk = ramDiskIn(this.log ?? "");
		if (!disk) return null;
		const isInRam = map.ranges.some(
			({ type, start, end }) =>
				type === "usable" && start <= disk.start && disk.end <= end,
		);
		const isApart = disk.end <= map.imageStart || disk.start >= map.imageEnd;
		if (isInRam && isApart && disk.start < disk.end) return disk;
		this.lacks.push(
			"The initial RAM disk of the boot log is not in free memory of the map: it is left out.",
		);
		return null;
	}

	private hugePages(): HugePages {
		const chosen = /\[(always|madvise|never)\]/.exec(
			this.firstText(HUGE_PAGES) ?? "",
		);
		if (!chosen)
			this.lacks.push(
				"No text tells whether huge pages are used (thp.txt): they are, where the machine is large enough.",
			);
		return (chosen?.[1] ?? "always") as HugePages;
	}

	private meta(name: string): string | undefined {
		return this.source.text(metaPath(this.source, name));
	}

	private firstText(pattern: RegExp): string | undefined {
		const path = this.source
			.list("")
			.filter((it) => pattern.test(it))
			.sort()[0];
		return path === undefined ? undefined : this.source.text(path);
	}

	/** Where a text of the machine is, else that of the earliest snapshot that has it. */
	pathOf(file: string): string {
		const { source } = this;
		const own = metaPath(source, file);
		const paths = [own, ...snapshotsIn(source).map((it) => it.folder + file)];
		return paths.find((path) => source.text(path) !== undefined) ?? own;
	}

	private earliest<T>(file: string, parse: (text: string) => T): T | null {
		return parsedText(this.source, this.pathOf(file), parse) ?? null;
	}
}

/** What a cpus text says: the possible CPUs, the online ones, a list a line. Throws an Error naming the line that is none. */
export function parseCpus(text: string): { possible: number; online: number } {
	const counts = text
		.trimEnd()
		.split("\n")
		.map((line, index) => {
			const count = cpuCount(line.trim());
			if (count > 0) return count;
			throw new Error(
				`cpus, line ${index + 1}: expected a list of CPUs such as 0-3, found "${line}".`,
			);
		});
	return { possible: Math.max(...counts), online: Math.min(...counts) };
}

/** CPUs in a list such as `0-3,6`; 0 when it is none. */
function cpuCount(list: string): number {
	let count = 0;
	for (const part of list.split(",")) {
		const found = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part);
		if (!found) return 0;
		const [first, last] = [Number(found[1]), Number(found[2] ?? found[1])];
		if (last < first || last >= CPUS_LISTED_MAX) return 0;
		count += last + 1 - first;
	}
	return count;
}

/** What a vm-sysctl.txt text says, by name. Throws an Error naming the line that is no setting. */
export function parseSettings(text: string): Map<string, string> {
	const settings = new Map<string, string>();
	text
		.trimEnd()
		.split("\n")
		.forEach((line, index) => {
			const found = /^(?:vm\.)?(\w+)(?: ?= ?| |\t)(.*)$/.exec(line);
			if (!found)
				throw new Error(
					`${SETTINGS}, line ${index + 1}: expected \`NAME VALUE\`, found "${line}".`,
				);
			settings.set(found[1] as string, (found[2] as string).trim());
		});
	return settings;
}
