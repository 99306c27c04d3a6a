// What is at an address, from the outside to the inside: frame, block, slab, object.

import { hex } from "../../../hw/units";
import type {
	BlockAnswer,
	ObjectAnswer,
	SlabAnswer,
	Whatis,
} from "../../../kernel/trace/ask/whatis";
import type { When } from "../../../kernel/trace/ask/when";
import type { Terminal } from "../../terminal";
import { drawFacts, headline, taskText, whenText, whoText } from "./words";

const PAGE_BYTES = 4096;

/** Lines about an address. */
export function drawWhatis(
	answer: Whatis,
	at: When,
	terminal: Terminal,
): string[] {
	const { address, pfn, zone, pageblock, block, slab, object } = answer;
	const byte = address % PAGE_BYTES;
	const facts: [string, string][] = [
		["physical", `${hex(address)}, byte ${byte} of frame ${pfn}`],
		["zone", `${zone}, in a pageblock of type ${pageblock}`],
		...(block === null ? [NOBODYS] : blockFacts(block)),
		...(slab === null ? [] : [slabFact(slab)]),
		...(object === null ? [] : objectFacts(object)),
	];
	if (slab !== null && object === null)
		facts.push(["object", "none: this is the rest behind the last one"]);
	return [
		headline(answer.pointer, at, terminal),
		...drawFacts(facts, terminal),
	];
}

const NOBODYS: [string, string] = [
	"block",
	"none: reserved since boot, or no memory",
];

function blockFacts(block: BlockAnswer): [string, string][] {
	const { head, order, use, type, since } = block;
	const last = head + 2 ** order - 1;
	const frames = order === 0 ? `${head}` : `${head} .. ${last}`;
	const owner = block.owner === null ? "" : ` of ${taskText(block.owner)}`;
	return [
		["block", `${frames} (order ${order}, ${type}): ${use}${owner}`],
		["", `since ${whenText(since)}`],
		["", `by ${whoText(since)}`],
	];
}

function slabFact({
	cache,
	place,
	cpu,
	inUse,
	objects,
}: SlabAnswer): [string, string] {
	const where = cpu === null ? place : `${place} on CPU ${cpu}`;
	return [
		"slab",
		`of ${cache}, ${where}, ${inUse} of ${objects} objects in use`,
	];
}

function objectFacts(object: ObjectAnswer): [string, string][] {
	const { index, pointer, offset, slotBytes, since, bytes } = object;
	const place = `number ${index} at ${pointer}, byte ${offset} of ${slotBytes}`;
	if (since === null) return [["object", `${place}: free`]];
	return [
		["object", `${place}: in use, ${bytes} bytes were asked for`],
		["", `since ${whenText(since)}`],
		["", `by ${whoText(since)}`],
	];
}
