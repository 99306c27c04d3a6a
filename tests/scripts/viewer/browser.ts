// A browser for tests of the page: the distribution's Chromium, driven by playwright-core, and a bundle built for it.
//
//   where there is no browser (scripts/bench/browser.ts) the tests are skipped and say so

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { type Browser, chromium, type Page } from "playwright-core";
import { BROWSER_ARGUMENTS } from "../../../scripts/bench/browser";
import { type Bundle, readBundle } from "../../../scripts/viewer/bundle";
import { pageHtml } from "../../../scripts/viewer/html";
import type { Recording } from "../../../scripts/viewer/recording";
import { recorded } from "./shows";

const ROOT = join(__dirname, "..", "..", "..");
/** Waits until an expression is true in the page, which forbids the waiting that playwright brings. */
export async function until(page: Page, expression: string): Promise<void> {
	const end = Date.now() + 60_000;
	while (!(await page.evaluate(expression))) {
		if (Date.now() > end) throw new Error(`not within a minute: ${expression}`);
		await page.waitForTimeout(20);
	}
}

/** What the page says of itself. */
export interface State {
	readonly event: number;
	readonly free: readonly number[];
	readonly objects: number;
	readonly digest: string;
	readonly selection: unknown;
	readonly a: number | null;
}

/** The moment that a page shows. */
export const stateOf = (page: Page): Promise<State> =>
	page.evaluate("window.flagstone.state()");

/** Waits until the page was drawn again. */
export const drawn = (page: Page): Promise<unknown> =>
	page.evaluate(
		"new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))",
	);

/** Presses a key, and waits until the page was drawn again. */
export async function press(page: Page, key: string, times = 1): Promise<void> {
	for (let i = 0; i < times; i++) await page.keyboard.press(key);
	await drawn(page);
}

/** What a page complained about, and what it asked the network for. */
export interface Complaints {
	readonly messages: string[];
	readonly requests: string[];
}

/** Bundles the page's code into `viewer` of a folder, and returns where that is. */
export async function bundleViewer(folder: string): Promise<string> {
	const outdir = join(folder, "viewer");
	const source = join(ROOT, "scripts", "viewer", "page");
	await build({
		entryPoints: [
			{ in: join(source, "main.ts"), out: "page" },
			{ in: join(source, "page.css"), out: "page" },
			{ in: join(source, "simulator.ts"), out: "simulator" },
		],
		bundle: true,
		minify: true,
		format: "iife",
		target: "es2022",
		outdir,
		logLevel: "silent",
	});
	return outdir;
}

/** A browser with a folder of pages. */
export class PageStage {
	private readonly folder = mkdtempSync(join(tmpdir(), "flagstone-page-"));
	private browser: Browser | null = null;
	private bundle: Bundle | null = null;

	async open(executablePath: string): Promise<void> {
		const folder = await bundleViewer(this.folder);
		this.bundle = readBundle(folder);
		this.browser = await chromium.launch({
			executablePath,
			args: [...BROWSER_ARGUMENTS],
		});
	}

	async close(): Promise<void> {
		await this.browser?.close();
		rmSync(this.folder, { recursive: true, force: true });
	}

	/** Opens the page of a scenario from a file, with a fragment, and waits until it is loaded. */
	async show(
		scenario: string,
		fragment = "",
		colorScheme: "light" | "dark" = "light",
		changes: Partial<Recording> = {},
	): Promise<{ page: Page; complaints: Complaints }> {
		const file = join(this.folder, `${scenario}.html`);
		writeFileSync(
			file,
			pageHtml({ ...recorded(scenario), ...changes }, this.bundle as Bundle),
		);
		const page = (await this.browser?.newPage({
			viewport: { width: 1440, height: 900 },
			colorScheme,
		})) as Page;
		const complaints: Complaints = { messages: [], requests: [] };
		page.on("console", (message) => complaints.messages.push(message.text()));
		page.on("pageerror", (error) => complaints.messages.push(error.message));
		page.on("request", (request) => {
			const url = request.url();
			if (!/^(file|blob|data):/.test(url)) complaints.requests.push(url);
		});
		await page.goto(`${pathToFileURL(file)}#${fragment}`);
		await until(page, "window.flagstone !== undefined");
		return { page, complaints };
	}
}
