// What is left between two moments, site by site: how much, in what sizes, since when, and where to look.
//
//   Leaks  from event 100 to event 900: 12 allocations of 4.5 KiB are still there
//     9 allocations of 4.4 KiB  builder > kmalloc
//       9 x 512 B kmalloc-512
//       since event 120: 0x1002000 (event 120, builder), ...
//
// DL1: a site without a rest is not there; no site gives one sentence.
// DL2: below the title no line is wider than the terminal, unless one word or the path of a site is.

import type {
	LeakExample,
	LeakSite,
	Leaks,
} from "../../../kernel/trace/ask/leaks";
import type { Terminal } from "../../terminal";
import { bytesText, grouped } from "../text";
import { momentText, title, trafficText } from "./titled";
import { wrap } from "./why";

const SITES_MAX = 30;
const SIZES_MAX = 4;
const INDENT = 4;

/** Sites that left something, most bytes first. */
export function drawLeaks(data: Leaks, terminal: Terminal): string[] {
	const { from, to, count, bytes, sites } = data;
	const span = `from ${momentText(from)} to ${momentText(to)}`;
	const found =
		count === 0
			? "nothing of what was allocated is still there"
			: `${trafficText(count, bytes)} ${count === 1 ? "is" : "are"} still there`;
	const lines = [title("Leaks", `${span}: ${found}`, terminal)];
	for (const site of sites.slice(0, SITES_MAX))
		lines.push(...siteLines(site, terminal));
	const hidden = sites.length - SITES_MAX;
	if (hidden > 0)
		lines.push(`  ${terminal.paint.dim(`and ${hidden} more sites`)}`);
	return lines;
}

function siteLines(site: LeakSite, { paint, columns }: Terminal): string[] {
	const { count, bytes, name, sizes, first, last, examples } = site;
	const kinds = sizes
		.slice(0, SIZES_MAX)
		.map(
			({ count, size, store }) =>
				`${grouped(count)} x ${bytesText(size)} ${store}`,
		);
	if (sizes.length > SIZES_MAX) kinds.push("and others");
	const since =
		first === last ? `at event ${first}` : `events ${first} to ${last}`;
	const oldest = `oldest: ${examples.map(exampleText).join(", ")}`;
	const indented = (text: string): string[] =>
		wrap(text, columns - INDENT).map((line) => " ".repeat(INDENT) + line);
	return [
		`  ${trafficText(count, bytes)}  ${paint.bold(name)}`,
		...indented(`${kinds.join(", ")}; ${since}`),
		...indented(oldest).map((line) => paint.dim(line)),
	];
}

const exampleText = ({ address, event, task }: LeakExample): string =>
	`0x${address.toString(16)} (event ${event}, ${task})`;
