// The summary that ends `flagstone boot`: what a person wants to know about the run, one screen or two.
//
//   heading, memory map, free blocks, busiest caches, tasks, counters, damage, expectations
//
// The order is that of the questions: what ran, where did the memory go, what is left, who took it, and was it right.
// The verdict stands last because that is where the cursor is.

import type { Terminal } from "../terminal";
import { drawMap } from "./map";
import type { BootReport } from "./report";
import {
	drawBlocks,
	drawCaches,
	drawCounters,
	drawDamage,
	drawExpectations,
	drawHeading,
	drawTasks,
} from "./sections";

/** Lines of the whole summary, sections apart by an empty line. */
export function drawSummary(report: BootReport, terminal: Terminal): string[] {
	const sections = [
		drawHeading(report, terminal),
		report.frames.length === 0 ? [] : drawMap(report, terminal),
		drawBlocks(report.zones, terminal),
		drawCaches(report.caches, terminal),
		drawTasks(report.tasks, terminal),
		drawCounters(report.counters, terminal),
		drawDamage(report.damage, terminal),
		drawExpectations(report.expectations, terminal),
	];
	return sections
		.filter((lines) => lines.length > 0)
		.flatMap((lines, index) => (index === 0 ? lines : ["", ...lines]));
}
