// A slab as a grid of slots: who has which object, and in which order the free ones are handed out.
//
//   +---+---+---+---+
//   | A | 2 | B | 1 |     letters: who allocated the object        numbers: its place on the free list, 1 is the head
//   +---+---+---+---+
//   | A | A | 3 | - |     -: free, on no list that is known
//   +---+---+---+---+
//
// SG1: every object in use has exactly one owner; owners with most objects come first.
// SG2: nextOf() leads along a chain of SlabCache.freeChains(), head to end, and nowhere else.

import type { FreeChain } from "../../../mm/slab-cache";
import type { SlabFacts } from "./facts";
import { type Ink, namedInk } from "./inks";
import type { Selection } from "./selection";
import type { Names } from "./sentences";

export const OWNED_BY = ["call site", "task"] as const;
export type OwnedBy = (typeof OWNED_BY)[number];

/** Who has objects of a slab. */
export interface SlotOwner {
	/** A for the one with most objects, B ...; the last is for all the others. */
	readonly letter: string;
	readonly words: string;
	readonly ink: Ink;
	readonly selection: Selection | null;
	readonly slots: readonly number[];
}

/** Owners of a slab's objects, those with most first (SG1). */
export function slotOwners(
	{ objects }: SlabFacts,
	by: OwnedBy,
	names: Names,
): SlotOwner[] {
	const slots = new Map<number, number[]>();
	objects.forEach((object, index) => {
		if (object === null) return;
		const key = by === "task" ? object.pid : object.context;
		const known = slots.get(key);
		if (known === undefined) slots.set(key, [index]);
		else known.push(index);
	});
	const at = (index: number): number => objects[index]?.since ?? 0;
	return [...slots]
		.sort(([, one], [, other]) => other.length - one.length)
		.map(([key, own], place) => {
			const words = wordsOf(key, by, names, at(own[0] as number));
			return {
				letter: String.fromCharCode(65 + Math.min(place, 25)),
				words,
				ink: namedInk(words, place),
				selection: selectionOf(key, by),
				slots: own,
			};
		});
}

function wordsOf(key: number, by: OwnedBy, names: Names, at: number): string {
	if (by === "call site") return names.context(key) || "boot";
	return key === 0 ? "no task" : `${names.task(key, at)} (${key})`;
}

function selectionOf(key: number, by: OwnedBy): Selection | null {
	if (key === 0) return null;
	return by === "task"
		? { kind: "task", pid: key }
		: { kind: "context", node: key };
}

/** Place of each slot on its chain, from 1 on; 0 for those on none. */
export function placesOf(
	count: number,
	chains: readonly FreeChain[],
): number[] {
	const places = Array<number>(count).fill(0);
	for (const { objects } of chains)
		objects.forEach((slot, at) => {
			places[slot] = at + 1;
		});
	return places;
}

/** Pairs of a slot and the one that follows it on a chain (SG2). */
export const nextOf = (chains: readonly FreeChain[]): [number, number][] =>
	chains.flatMap(({ objects }) =>
		objects
			.slice(1)
			.map((slot, at): [number, number] => [objects[at] as number, slot]),
	);

/** A chain in words: the order in which its objects are handed out. */
export function chainText({ cpu, objects }: FreeChain): string {
	const whose = cpu < 0 ? "The slab's own list" : `The list of CPU ${cpu}`;
	if (objects.length === 0) return `${whose} is empty.`;
	return `${whose}: ${objects.join(" → ")} → end.`;
}

/** How slots lie in a picture of some width. */
export interface SlotGrid {
	readonly columns: number;
	readonly rows: number;
	readonly cell: number;
	readonly height: number;
}

const CELL_MOST = 34;
const CELL_HEIGHT = 22;

/** As few columns as keep the picture flat. */
export function gridOf(count: number, width: number): SlotGrid {
	const columns =
		count <= 12 ? count : count <= 48 ? 12 : count <= 144 ? 16 : 32;
	const cell = Math.min(CELL_MOST, width / columns);
	const height = Math.min(CELL_HEIGHT, cell);
	return { columns, rows: Math.ceil(count / columns), cell, height };
}
