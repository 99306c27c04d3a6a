// Why: the chain of reasons that led to one event, in sentences with the numbers that decided.
//
//   event --> scene: the fold before it, and the events around it on its CPU
//         --> who explains its code: pages (take, give, fallback), objects and slabs, the machine, tasks
//         --> title and chain
//
// Y1: every event has an explanation; one that nobody knows is told by its words.
// Y2: an explanation depends on the trace and the event's number alone.

import {
	EV_BLOCK_TYPE,
	EV_BOOT_FREE,
	EV_BUDDY_GIVE,
	EV_BUDDY_MOVE,
	EV_BUDDY_TAKE,
	EV_FALLBACK,
	EV_PAGE_ALLOC,
	EV_PAGE_FAIL,
	EV_PAGE_FREE,
	EV_PCP_DRAIN,
	EV_ZONE_REFUSED,
} from "../../../mm/events";
import type { TraceEvent } from "../columns";
import { eventName } from "../dictionary";
import type { Trace } from "../trace";
import { Chain, type Explanation } from "./why/chain";
import { explainBlockType, explainFallback, explainMove } from "./why/fallback";
import {
	explainBootFree,
	explainDrain,
	explainFree,
	explainGive,
} from "./why/give";
import { MACHINE } from "./why/machine";
import { OBJECTS } from "./why/objects";
import { PAGES } from "./why/pages";
import { RUNNING } from "./why/running";
import { type Explain, Scene } from "./why/scene";
import { SLABS } from "./why/slabs";
import {
	explainFail,
	explainPageAlloc,
	explainRefused,
	explainTake,
} from "./why/take";

export type { Explanation, Step } from "./why/chain";

/** Who explains which code. */
const EXPLAIN: ReadonlyMap<number, Explain> = new Map<number, Explain>([
	[EV_PAGE_ALLOC, explainPageAlloc],
	[EV_BUDDY_TAKE, explainTake],
	[EV_ZONE_REFUSED, explainRefused],
	[EV_PAGE_FAIL, explainFail],
	[EV_FALLBACK, explainFallback],
	[EV_BUDDY_MOVE, explainMove],
	[EV_BLOCK_TYPE, explainBlockType],
	[EV_PAGE_FREE, explainFree],
	[EV_PCP_DRAIN, explainDrain],
	[EV_BUDDY_GIVE, explainGive],
	[EV_BOOT_FREE, explainBootFree],
	...OBJECTS,
	...SLABS,
	...PAGES,
	...MACHINE,
	...RUNNING,
]);

/** Why event `number` happened. Throws an Error with one sentence when there is no such event. */
export function why(trace: Trace, number: number): Explanation {
	const event = trace.event(number);
	const chain = new Chain();
	const explain = EXPLAIN.get(event.code) ?? explainUnknown;
	const title = explain(new Scene(trace), event, chain);
	return {
		event: number,
		name: nameOf(trace, event),
		title,
		chain: chain.steps,
	};
}

function nameOf(trace: Trace, { code }: TraceEvent): string {
	const word = trace.header.dictionary.find((each) => each.code === code);
	return word?.name ?? eventName(code);
}

/** An event of another version: its words by the names that the trace itself gives them. */
function explainUnknown(
	{ trace }: Scene,
	event: TraceEvent,
	chain: Chain,
): string {
	const { number, code, cpu, a, b, c, d } = event;
	const word = trace.header.dictionary.find((each) => each.code === code);
	const values = [a, b, c, d];
	const numbers: Record<string, number> = {};
	values.forEach((value, at) => {
		numbers[word?.words[at] || "abcd".charAt(at)] = value;
	});
	const words = Object.entries(numbers).map(
		([key, value]) => `${key} ${value}`,
	);
	chain.say(
		number,
		`CPU ${cpu} recorded ${nameOf(trace, event)}: ${words.join(", ")}.`,
		numbers,
	);
	return nameOf(trace, event);
}
