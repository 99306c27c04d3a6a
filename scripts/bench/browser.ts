// A browser for the page: the distribution's Chromium, which playwright-core drives.
//
//   CHROME=/path/to/chromium, else the usual places

import { existsSync } from "node:fs";

const PLACES = [
	process.env.CHROME ?? "",
	"/usr/bin/chromium",
	"/usr/bin/chromium-browser",
	"/usr/bin/google-chrome",
];

export const BROWSER_ARGUMENTS: readonly string[] = [
	"--no-sandbox",
	"--disable-gpu",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
	"--no-first-run",
];

/** Pictures are drawn as fast as they come, and do not wait for a screen. */
export const UNBOUND_ARGUMENTS: readonly string[] = [
	...BROWSER_ARGUMENTS,
	"--disable-frame-rate-limit",
	"--disable-gpu-vsync",
];

/** Where the browser is; null when there is none. */
export const browserPath = (): string | null =>
	PLACES.find((path) => path !== "" && existsSync(path)) ?? null;
