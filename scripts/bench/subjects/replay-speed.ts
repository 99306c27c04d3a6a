// How long an event of a recording takes: read alone, or read and played on a machine that is up.

import { boot } from "../../../kernel";
import { TraceReader } from "../../../kernel/replay/reading/trace-reader";
import { replayOn } from "../../../kernel/replay/replay";
import { recordedText } from "./recorded-text";
import { type Subject, serve, timed } from "./subject";

const MEMORY = "512M";

/** Nanoseconds for each event of the whole text; `what` is `read` or `play`. */
export function replaySpeed(what = "read"): Subject {
	const text = recordedText();
	return {
		round() {
			const taker = what === "read" ? new TraceReader(() => {}) : player();
			const reader = taker instanceof TraceReader ? taker : taker.reader;
			const took = timed(() => {
				for (const piece of text) taker.push(piece);
				taker.finish();
			});
			return took / reader.tally.events;
		},
	};
}

const player = () => replayOn(boot({ memory: MEMORY }), null);

if (require.main === module) void serve(replaySpeed);
