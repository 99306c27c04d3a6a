// What a machine that touches little of its memory costs the host, in bytes.

import { boot, GFP_KERNEL } from "../../../kernel";
import { type Subject, serve } from "./subject";

const OBJECTS = 10_000; // 2.5 MB of objects: somebody is at home
const BYTES = 256;

/** The most that the process ever had in memory. */
export function resident(memory = ""): Subject {
	return {
		round() {
			const kernel = boot({ memory });
			for (let i = 0; i < OBJECTS; i++) kernel.kmalloc(BYTES, GFP_KERNEL);
			return process.resourceUsage().maxRSS * 1024;
		},
	};
}

if (require.main === module) void serve(resident);
