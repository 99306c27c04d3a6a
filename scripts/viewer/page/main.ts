// The first thing that runs in the page: takes the trace out of the file, reads it in slices, and shows it.
//
//   <script id="about">      JSON: title, how to run the scenario again
//   <script id="trace">      the trace, base64
//   <script id="simulator">  code of the worker, where there is a scenario
//
// MA1: while the trace is read the page answers: a slice takes SLICE milliseconds.
// MA2: a trace that cannot be read is told in one sentence.

import { inflateSync } from "fflate";
import type { RerunPlan } from "../../../kernel/trace/rerun";
import { Show } from "../model/show";
import { App } from "./app";
import { Rerun } from "./rerun";

interface About {
	readonly title: string;
	readonly plan: RerunPlan | null;
	/** Why there is no plan. */
	readonly whyNot: string;
	readonly salvage: boolean;
}

/** What scripts of other people, such as tests, may ask. */
interface Hook {
	state(): Record<string, unknown>;
	goto(event: number): void;
}

declare global {
	interface Window {
		flagstone?: Hook;
	}
}

const SLICE = 14; // milliseconds

const textOf = (id: string): string =>
	document.getElementById(id)?.textContent?.trim() ?? "";

function bytesOf(base64: string): Uint8Array {
	const text = atob(base64);
	const bytes = new Uint8Array(text.length);
	for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
	return bytes;
}

/** Lets the browser draw and listen. */
const pause = (): Promise<void> =>
	new Promise((resolve) => {
		const { port1, port2 } = new MessageChannel();
		port1.onmessage = () => resolve();
		port2.postMessage(null);
	});

async function load(show: Show): Promise<void> {
	const bar = document.querySelector("progress");
	let began = performance.now();
	for (const share of show.load()) {
		if (performance.now() - began < SLICE) continue;
		if (bar !== null) bar.value = share;
		await pause();
		began = performance.now();
	}
}

async function start(): Promise<void> {
	const about = JSON.parse(textOf("about")) as About;
	const bytes = bytesOf(textOf("trace"));
	document.getElementById("trace")?.remove();
	const { plan, title, whyNot, salvage } = about;
	const inflate = { inflate: (packed: Uint8Array) => inflateSync(packed) };
	const show = Show.open(bytes, inflate, salvage);
	await load(show);
	const rerun =
		plan === null
			? null
			: new Rerun(textOf("simulator"), { trace: bytes, salvage, plan });
	const app = new App(show, title, rerun ?? whyNot);
	window.flagstone = {
		state: () => app.report(),
		goto: (event) => app.goto(event),
	};
}

start().catch((error: Error) => {
	const line = document.createElement("p");
	line.className = "problem";
	line.textContent = `The trace cannot be shown: ${error.message}.`;
	document.body.replaceChildren(line);
});
