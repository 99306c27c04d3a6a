// The machine of a scenario: what boot is asked for, with what a person overrides.
//
//   scenario: memory or map, image, cpus, seed, command line, config      --memory --cpus --seed --cmdline
//             `----------------------------------------------------------------------'
//                                      BootOptions
//
// A size that is asked for makes a plain PC of that size, whatever map the scenario has: maps and images belong to one
// machine. A command line is appended to the scenario's, so that of a parameter given twice the person's counts.

import { DEFAULT_IMAGE, MemoryMap } from "../../hw/memory-map";
import type { BootOptions } from "../bringup";
import type { Scenario } from "./scenario";

/** What takes the place of the scenario's own choice; null leaves it. */
export interface MachineOverrides {
	readonly memoryBytes: number | null;
	readonly cpus: number | null;
	readonly seed: number | null;
	/** Appended to the scenario's command line. */
	readonly commandLine: string | null;
}

/** Options for `boot`. */
export function bootOptionsOf(
	{ machine, commandLine, config }: Scenario,
	overrides: MachineOverrides | null = null,
): BootOptions {
	const bytes = overrides?.memoryBytes ?? null;
	const words = [commandLine, overrides?.commandLine ?? ""].filter(Boolean);
	const common = {
		cpus: overrides?.cpus ?? machine.cpus,
		seed: overrides?.seed ?? machine.seed,
		cmdline: words.join(" "),
		config,
	};
	if (bytes !== null) return { ...common, memory: bytes };
	const { map, image, reserved, memoryBytes } = machine;
	if (map !== null)
		return {
			...common,
			reserved,
			map: new MemoryMap(map, image ?? DEFAULT_IMAGE),
		};
	const memory = memoryBytes ?? 0;
	return image === null
		? { ...common, reserved, memory }
		: { ...common, reserved, memory, image };
}
