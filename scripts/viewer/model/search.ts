// The search: what people type when they look for something, and what it can mean at this moment.
//
//   812, event 812          an event                  tick 3, tick:3        the event that begins a tick
//   0x1000, frame 4096      a frame                   0xffff888001234440    the object, or the frame, at an address
//   kmalloc-64              caches of that name       worker                tasks, call sites, event names, stages, log lines
//
// SR1: every answer leads somewhere: to an event, to a selection, or to a filter of the event list.

import type { ContextTree } from "../../../kernel/trace/context-tree";
import { DICTIONARY } from "../../../kernel/trace/dictionary";
import type { Fold } from "../../../kernel/trace/fold/fold";
import { addressText, pfnText } from "./numbers";
import type { Selection } from "./selection";
import type { Survey } from "./survey";

/** A place that a search found. */
export interface Hit {
	readonly kind: string;
	readonly words: string;
	readonly event?: number;
	readonly selection?: Selection;
	readonly filter?: string;
}

/** Where a search looks. */
export interface Searched {
	readonly survey: Survey;
	readonly contexts: ContextTree;
	readonly fold: Fold;
}

const MOST = 12; // hits that are shown
const DIRECT_MAP = 0x888000000000;
const KERNEL_POINTER = /^(?:0x)?ffff([0-9a-f]{12})$/;

/** Everything that a text can mean, the most likely first. */
export function search(text: string, where: Searched): Hit[] {
	const wanted = text.trim().toLowerCase();
	if (wanted === "") return [];
	return [...numberHits(wanted, where), ...nameHits(wanted, where)].slice(
		0,
		MOST,
	);
}

function numberHits(wanted: string, where: Searched): Hit[] {
	const pointer = KERNEL_POINTER.exec(wanted)?.[1];
	if (pointer !== undefined)
		return addressHits(Number.parseInt(pointer, 16) - DIRECT_MAP, where);
	const tick = /^tick[ :]*(\d+)$/.exec(wanted)?.[1];
	if (tick !== undefined)
		return where.survey.ticks
			.filter(({ number }) => number === Number(tick))
			.map(({ event }) => ({ kind: "tick", words: `tick ${tick}`, event }));
	const named = /^(event|frame|pfn|pid|task)[ :]*(0x[0-9a-f]+|\d+)$/.exec(
		wanted,
	);
	if (named !== null)
		return numbered(named[1] as string, Number(named[2]), where);
	if (/^0x[0-9a-f]+$/.test(wanted))
		return [
			...numbered("frame", Number(wanted), where),
			...addressHits(Number(wanted), where),
		];
	if (!/^[\d,]+$/.test(wanted)) return [];
	const value = Number(wanted.replace(/,/g, ""));
	return ["event", "frame", "pid"].flatMap((kind) =>
		numbered(kind, value, where),
	);
}

function numbered(kind: string, value: number, where: Searched): Hit[] {
	const { survey, fold } = where;
	if (kind === "event")
		return value < survey.events
			? [{ kind, words: `event ${value.toLocaleString("en")}`, event: value }]
			: [];
	if (kind === "frame" || kind === "pfn")
		return value < fold.frames.frames
			? [
					{
						kind: "frame",
						words: `frame ${pfnText(value)}`,
						selection: { kind: "frame", pfn: value },
					},
				]
			: [];
	return survey.lives
		.filter(({ pid }) => pid === value)
		.map(({ pid, name }) => taskHit(pid, name));
}

const taskHit = (pid: number, name: string): Hit => ({
	kind: "task",
	words: `${name} (${pid})`,
	selection: { kind: "task", pid },
});

/** What is at a physical address. */
function addressHits(address: number, { fold }: Searched): Hit[] {
	const pfn = Math.floor(address / 4096);
	if (pfn < 0 || pfn >= fold.frames.frames) return [];
	const frame: Hit = {
		kind: "frame",
		words: `frame ${pfnText(pfn)}, which holds ${addressText(address)}`,
		selection: { kind: "frame", pfn },
	};
	const slab = fold.objects.slabOf(pfn);
	const slot = slab < 0 ? 0 : (fold.frames.owner[slab] as number);
	const object = slab < 0 ? null : fold.objects.at(address, slot);
	if (object === null) return [frame];
	const { address: start } = object;
	const words = `object at ${addressText(start)}`;
	const selection = { kind: "object", address: start, slot } as const;
	return [{ kind: "object", words, selection }, frame];
}

function nameHits(wanted: string, { survey, contexts }: Searched): Hit[] {
	const has = (name: string): boolean => name.toLowerCase().includes(wanted);
	const caches = survey
		.cacheSlots()
		.filter(([, name]) => has(name))
		.map(
			([slot, name]): Hit => ({
				kind: "cache",
				words: name,
				selection: { kind: "cache", slot },
			}),
		);
	const tasks = survey.lives
		.filter(({ name }) => has(name))
		.map(({ pid, name }) => taskHit(pid, name));
	const sites = contexts.nodes
		.filter((node) => has(contexts.name(node) ?? ""))
		.map(
			(node): Hit => ({
				kind: "call site",
				words: contexts.path(node).join(" › "),
				selection: { kind: "context", node },
			}),
		);
	const events = DICTIONARY.filter(({ name }) => has(name)).map(
		({ name }): Hit => ({ kind: "events", words: name, filter: name }),
	);
	const stages = survey.stages
		.filter(({ name }) => has(name))
		.map(({ name, to }): Hit => ({ kind: "stage", words: name, event: to }));
	const lines = survey.log
		.filter(({ text }) => has(text))
		.map(({ text, event }): Hit => ({ kind: "log", words: text, event }));
	const exact = [...caches, ...tasks].sort(
		(one, other) => one.words.length - other.words.length,
	);
	return [...exact, ...events, ...stages, ...sites, ...lines];
}
