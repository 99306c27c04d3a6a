// What a long recording costs the host's memory, in bytes: the same text is played again and again.

import { boot } from "../../../kernel";
import { replayOn } from "../../../kernel/replay/replay";
import { recordedText } from "./recorded-text";
import { type Subject, serve } from "./subject";

const MEMORY = "512M";

/** The most that the process ever had in memory while it played `megabytes` of text. */
export function replayResident(megabytes = ""): Subject {
	return {
		round() {
			const text = recordedText();
			const replay = replayOn(boot({ memory: MEMORY }), null);
			const { tally } = replay.reader;
			const bytes = Number(megabytes) * 1e6;
			while (tally.bytes < bytes) for (const piece of text) replay.push(piece);
			replay.finish();
			return process.resourceUsage().maxRSS * 1024;
		},
	};
}

if (require.main === module) void serve(replayResident);
