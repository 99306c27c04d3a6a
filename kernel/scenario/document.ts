// The scenario document: what a YAML file holds once it is known to fit the schema.
//
//   name, title, teaches
//   machine   memory or map, image, cpus, seed          cmdline
//   caches    made by the kernel before the first task
//   tasks     name, kind, nice, cpu, count, steps or program
//   ticks, expect
//
// These types say for the compiler what scenario.schema.json says for people and editors; the meaning of each part is
// written there.

import type { KernelConfig } from "../bringup";
import type { AmountText, SizeText } from "./distribution";

export interface ScenarioDocument {
	readonly name: string;
	readonly title: string;
	readonly teaches?: string;
	readonly machine?: MachineDocument;
	readonly cmdline?: string;
	readonly config?: KernelConfig;
	readonly caches?: readonly CacheDocument[];
	readonly tasks?: readonly TaskDocument[];
	readonly ticks?: number;
	readonly expect?: readonly string[];
}

export interface MachineDocument {
	readonly memory?: SizeText;
	/** "0x100000-0x1ffd9fff usable": first byte, last byte, type. */
	readonly map?: readonly string[];
	readonly image?: Readonly<
		Record<"code" | "rodata" | "data" | "init" | "bss", string>
	>;
	/** What the boot loader left: "0x1fdae000-0x1ffcffff". */
	readonly reserved?: readonly string[];
	readonly cpus?: number;
	readonly seed?: number;
}

export interface CacheDocument {
	readonly name: string;
	readonly size: number;
	readonly align?: number;
	readonly flags?: readonly string[];
	readonly ctor?: boolean;
	readonly objects?: number;
}

export interface TaskDocument {
	readonly name: string;
	readonly kind?: "thread" | "process";
	readonly nice?: number;
	readonly cpu?: number;
	readonly count?: number;
	readonly steps?: readonly StepDocument[];
	readonly program?: string;
}

export type Pick = "lifo" | "fifo" | "random";

export interface AllocDocument {
	readonly size?: AmountText;
	readonly cache?: string;
	readonly order?: AmountText;
	readonly count?: AmountText;
	readonly gfp?: string;
	readonly as?: string;
	readonly until_failure?: boolean;
}

export interface MapDocument {
	readonly size: AmountText;
	readonly count?: AmountText;
	readonly protection?: string;
	readonly huge?: boolean;
	readonly at?: SizeText;
	readonly as?: string;
	readonly until_failure?: boolean;
}

export type ReleaseDocument =
	| string
	| {
			readonly what: string;
			readonly order?: Pick;
			readonly count?: AmountText;
	  };

export type TouchDocument =
	| string
	| {
			readonly what: string;
			readonly pages?: AmountText;
			readonly order?: "sequential" | "random";
			readonly write?: boolean;
	  };

export interface AccessDocument {
	readonly what?: string;
	readonly offset?: AmountText;
	readonly address?: SizeText;
	readonly value?: AmountText;
	readonly count?: AmountText;
}

/** A step: one of the words, or an object with exactly one of these keys. */
export type StepDocument =
	| "yield"
	| "wait"
	| {
			readonly alloc?: AllocDocument;
			readonly free?: ReleaseDocument;
			readonly unmap?: ReleaseDocument;
			readonly realloc?: {
				readonly what: string;
				readonly size: AmountText;
				readonly order?: Pick;
				readonly gfp?: string;
			};
			readonly map?: MapDocument;
			readonly protect?: { readonly what: string; readonly protection: string };
			readonly touch?: TouchDocument;
			readonly read?: AccessDocument;
			readonly write?: AccessDocument;
			readonly repeat?: {
				readonly times: AmountText | "forever";
				readonly steps: readonly StepDocument[];
			};
			readonly choose?: readonly {
				readonly weight?: number;
				readonly steps: readonly StepDocument[];
			}[];
			readonly sleep?: AmountText;
			readonly compute?: AmountText;
			readonly spawn?: TaskDocument;
			readonly wait?: "all" | "one";
			readonly exit?: number;
			readonly log?: string;
			readonly expect?: string | readonly string[];
			readonly create?: CacheDocument;
			readonly shrink?: string;
			readonly destroy?: string;
	  };
