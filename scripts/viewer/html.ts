// The page as one file: markup, style, code and trace, and a rule that forbids it every request.
//
//   <meta Content-Security-Policy>   nothing may be loaded from anywhere
//   <style>                          page.css
//   <script id="about">              JSON
//   <script id="trace">              the trace, base64
//   <script id="simulator">          code of the worker; only for scenarios
//   <script>                         page.js
//
// HT1: no part can end the element that it stands in: `</` and `<!` inside of code and JSON are written in another way.
// HT2: the file asks for nothing: it works from a disk without a network.

import type { RerunPlan } from "../../kernel/trace/rerun";
import type { Bundle } from "./bundle";

/** What a page shows. */
export interface Page {
	readonly title: string;
	readonly trace: Uint8Array;
	/** How to run the scenario again; null when it cannot be. */
	readonly plan: RerunPlan | null;
	/** Why it cannot be, in one sentence; empty when it can. */
	readonly whyNot: string;
	/** What is readable of a damaged trace is shown. */
	readonly salvage: boolean;
}

const POLICY =
	"default-src 'none'; script-src 'unsafe-inline' blob:; style-src 'unsafe-inline'; worker-src blob:; img-src data: blob:";

/** The text of the file. */
export function pageHtml(page: Page, bundle: Bundle): string {
	const { trace, title, plan, whyNot, salvage } = page;
	const about = { title, plan, whyNot, salvage };
	const simulator =
		plan === null
			? ""
			: `<script type="text/plain" id="simulator">${inScript(bundle.simulator)}</script>\n`;
	return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${inText(title)} · Flagstone</title>
<style>${bundle.style.replace(/<\//g, "<\\/")}</style>
</head>
<body>
<div class="loading"><p>Reading ${inText(title)} …</p><progress max="1" value="0"></progress></div>
<script type="application/json" id="about">${inJson(about)}</script>
<script type="text/plain" id="trace">${Buffer.from(trace.buffer, trace.byteOffset, trace.byteLength).toString("base64")}</script>
${simulator}<script>${inScript(bundle.script)}</script>
</body>
</html>
`;
}

const inText = (text: string): string =>
	text.replace(/&/g, "&amp;").replace(/</g, "&lt;");

const inJson = (value: unknown): string =>
	JSON.stringify(value).replace(/</g, "\\u003c");

/** In strings, templates and patterns of JavaScript `\x3c` is `<`; as an operator `<` never stands before these. */
const inScript = (code: string): string =>
	code.replace(/<(?=\/script|!--|script)/gi, "\\x3c");
