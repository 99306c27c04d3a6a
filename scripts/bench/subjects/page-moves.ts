// How fast the viewer page moves in a browser, in a trace of a million events; and how large the page is.
//
//   goto(event) --next frame--> draw, style, layout, paint --the frame after--> done
//
// The browser draws as fast as it can and waits for no screen, so that what is measured is work and not waiting.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Bundle, readBundle } from "../../viewer/bundle";
import { pageHtml } from "../../viewer/html";
import { recordingOf } from "../../viewer/recording";
import { browserPath, UNBOUND_ARGUMENTS } from "../browser";
import { median } from "../report";
import { type Subject, serve } from "./subject";
import { writeTrace } from "./trace-questions";

const MOVES = 25; // of a round; the round's figure is their median
const MEGABYTE = 1e6;
const LOAD_MS = 120_000;
const NO_CHANGES = {
	...{ memoryBytes: null, cpus: null, seed: null },
	...{ commandLine: null, ticks: null, salvage: false },
};

/**
 * What is measured: `size` of the page in MB, a `jump` to a random event or a `step` to the next one in ms.
 * @param viewer folder of the page's code, when it is not the built one
 */
export async function pageMoves(
	what = "jump",
	events = "1000000",
	folder = tmpdir(),
	viewer?: string,
): Promise<Subject> {
	const path = join(folder, `bench-${events}.html`);
	if (!existsSync(path))
		writePage(path, Number(events), folder, readBundle(viewer));
	if (what === "size")
		return { round: () => readFileSync(path).length / MEGABYTE };
	const page = await openPage(path);
	const load = (loadavg()[0] ?? 0).toFixed(1);
	return {
		note: `the host's load was ${load} on ${cpus().length} cores`,
		round: () => page.evaluate(movesOf(what === "jump")),
		stop: () => page.close(),
	};
}

function writePage(
	path: string,
	events: number,
	folder: string,
	bundle: Bundle,
): void {
	const input = join(folder, `bench-page-${events}.trace`);
	if (!existsSync(input)) writeTrace(input, events);
	const recording = recordingOf({ input, ...NO_CHANGES });
	writeFileSync(path, pageHtml(recording, bundle));
}

/** What is used of a page of playwright-core. */
interface BrowserPage {
	evaluate(code: string): Promise<number>;
	close(): Promise<void>;
}

/** Opens the page in a browser of its own, and closes both. Throws a sentence when there is none. */
async function openPage(path: string): Promise<BrowserPage> {
	const executablePath = browserPath();
	if (executablePath === null) throw new Error("there is no Chromium here");
	const { chromium } = await import("playwright-core").catch(() => {
		throw new Error("there is no playwright-core here");
	});
	const browser = await chromium.launch({
		executablePath,
		args: [...UNBOUND_ARGUMENTS],
	});
	const page = await browser.newPage({
		viewport: { width: 1440, height: 900 },
	});
	await page.goto(pathToFileURL(path).href);
	const end = Date.now() + LOAD_MS;
	while (!(await page.evaluate("window.flagstone !== undefined"))) {
		if (Date.now() > end) throw new Error("the page did not load");
		await page.waitForTimeout(50);
	}
	return {
		evaluate: (code) => page.evaluate(code) as Promise<number>,
		close: () => browser.close(),
	};
}

/** Code that makes moves, each after the drawing of the one before, and gives the median of their times. */
const movesOf = (areJumps: boolean): string => `(async () => {
	const { event, events } = window.flagstone.state();
	const frame = () => new Promise((done) => requestAnimationFrame(done));
	const times = [];
	for (let move = 0; move < ${MOVES}; move++) {
		const target = ${areJumps} ? Math.random() * events : event / 2 + move;
		if (move === 0) { window.flagstone.goto(Math.floor(target) - 1); await frame(); await frame(); }
		const began = performance.now();
		window.flagstone.goto(Math.floor(target));
		await frame();
		await frame();
		times.push(performance.now() - began);
	}
	return (${median.toString()})(times);
})()`;

if (require.main === module) void serve(pageMoves);
