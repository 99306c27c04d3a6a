// How fast the viewer page moves in a browser, in a trace of a million events; and how large the page is.
//
//   jump   goto(event) --next frame--> draw, style, layout, paint --the frame after--> done
//   step   goto(n) --frame--> goto(n + 1) --frame--> goto(n + 2) ...
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

const MOVES = 25; // of a round
const MEGABYTE = 1e6;
const LOAD_MS = 120_000;
const NO_CHANGES = {
	...{ memoryBytes: null, cpus: null, seed: null },
	...{ commandLine: null, ticks: null, salvage: false },
};

/**
 * What is measured: `size` of the page in MB, a `jump` to a random event or a frame in which a `step` is shown in ms.
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
		round: () => page.evaluate(what === "jump" ? JUMPS : STEPS),
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

/** Code that jumps to random events, each after the drawing of the one before, and gives the median of their times. */
const JUMPS = `(async () => {
	const { events } = window.flagstone.state();
	const frame = () => new Promise((done) => requestAnimationFrame(done));
	const times = [];
	for (let jump = 0; jump < ${MOVES}; jump++) {
		const began = performance.now();
		window.flagstone.goto(Math.floor(Math.random() * events));
		await frame();
		await frame();
		times.push(performance.now() - began);
	}
	return (${median.toString()})(times);
})()`;

/** Code that steps on from the middle, an event a frame as a held key does, and gives the time of a frame. */
const STEPS = `(async () => {
	const { events } = window.flagstone.state();
	const frame = () => new Promise((done) => requestAnimationFrame(done));
	const middle = Math.floor(events / 2);
	window.flagstone.goto(middle);
	await frame();
	await frame();
	const began = performance.now();
	for (let step = 1; step <= ${MOVES}; step++) {
		window.flagstone.goto(middle + step);
		await frame();
	}
	return (performance.now() - began) / ${MOVES};
})()`;

if (require.main === module) void serve(pageMoves);
