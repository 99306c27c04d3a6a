// The answers of the page in a real browser, held against those of `flagstone trace`: both come from one place.

import { expect } from "chai";
import type { Page } from "playwright-core";
import { asPfn } from "../../../hw/units";
import { diff } from "../../../kernel/trace/ask/diff";
import { owners } from "../../../kernel/trace/ask/owners";
import { PROC_REPORTS, procAt } from "../../../kernel/trace/ask/proc";
import { machineAfter, rerunOf } from "../../../kernel/trace/rerun";
import { EV_SLAB_FREE } from "../../../mm/events";
import { browserPath } from "../../../scripts/bench/browser";
import { kernelAt, planOf } from "../../../scripts/trace-rerun";
import { bytesText } from "../../../scripts/viewer/model/numbers";
import { chainText } from "../../../scripts/viewer/model/slab-grid";
import { type Complaints, drawn, PageStage, press, until } from "./browser";
import { damaged, eventsOf, salvaged, shown } from "./shows";

const SETTLED = "document.querySelector('.drawer .waiting') === null";

describe("the page's answers in a browser", function () {
	this.timeout(120_000);
	const stage = new PageStage();
	const path = browserPath();
	const all: Complaints[] = [];

	const open = async (...words: Parameters<PageStage["show"]>): Promise<Page> =>
		(await stage.show(...words)).page;

	before(async function () {
		if (path === null) {
			process.stderr.write("      no Chromium here: the page is not tested\n");
			this.skip();
		}
		await stage.open(path as string);
	});

	after(() => stage.close());

	it("has every report of /proc that the command has, to the byte", async () => {
		const { trace } = shown("page-tables");
		const event = 1500;
		const page = await open("page-tables", `event=${event}&panel=proc`);
		const kernel = kernelAt(trace, event);
		const reports = PROC_REPORTS.map(([name]) => name);
		for (const name of [...reports, "status", "maps"]) {
			await page.click(`[data-name=${name}]`);
			await drawn(page);
			await until(page, SETTLED);
			const pid = await page.locator(".drawer select").inputValue();
			const report = reports.includes(name) ? name : `${pid}/${name}`;
			const wanted = procAt(trace.foldAt(event), name) ?? kernel.proc(report);
			expect(await page.textContent(".proc"), report).to.equal(wanted);
		}
	});

	it("says in one sentence why a trace of no scenario has not all reports", async () => {
		const page = await open("buddy", "panel=proc&event=1500", "light", {
			plan: null,
			whyNot: "it is one of a replay",
		});
		await page.click("[data-name=vmstat]");
		await drawn(page);
		expect(await page.textContent(".panel")).to.include(
			"/proc/vmstat: it is one of a replay.",
		);
		await page.click("[data-name=meminfo]");
		await drawn(page);
		expect(await page.textContent(".proc")).to.include("MemFree:");
		expect(await page.textContent(".panel")).to.include("the others do not");
	});

	it("has the owners of the command as call sites, in every measure", async () => {
		const { trace } = shown("slab-life");
		const page = await open("slab-life", "event=1300&panel=sites");
		for (const sort of [
			"live",
			"total",
			"count",
			"waste",
			"temporary",
		] as const) {
			await page.click(`[data-name=${sort}]`);
			await drawn(page);
			await until(page, SETTLED);
			const { sum, rows } = owners(trace, { moment: 1300, sort });
			const isCount = sort === "count" || sort === "temporary";
			const text = (value: number): string =>
				isCount ? value.toLocaleString("en") : bytesText(value);
			const root = await page.getAttribute(".icicle button", "title");
			expect(root).to.include(`all: ${text(sum[sort])},`);
			const first = await page.textContent(".members tbody tr");
			expect(first).to.include(text(rows[0]?.[sort] ?? 0));
			expect(first).to.include(rows[0]?.name);
		}
	});

	it("has the difference of the command between the markers", async () => {
		const { trace } = shown("page-tables");
		const page = await open("page-tables", "a=484&b=968&panel=changes");
		await until(page, SETTLED);
		const text = (await page.textContent(".drawer .body")) ?? "";
		const { frames, caches, tasks, sites } = diff(trace, 484, 968);
		expect(text).to.include(`${frames.came} frames came into use`);
		for (const { name } of [...caches, ...tasks, ...sites.slice(0, 40)])
			expect(text).to.include(name);
	});

	it("draws the slots of a slab, and its free list as the machine has it", async () => {
		const show = shown("slab-life");
		const frees = eventsOf(show, EV_SLAB_FREE);
		const event = frees[Math.floor(frees.length / 2)] as number;
		const { a, c: slot } = show.trace.event(event);
		const slab = show.film.at(event).objects.slabOf(a >>> 12);
		const run = rerunOf(planOf(show.trace.header));
		const { kernel } = machineAfter(run, show.trace, event);
		const cache = kernel?.caches().find((each) => each.slot === slot);
		const chains = cache?.freeChains(asPfn(slab)) ?? [];
		const page = await open("slab-life", `event=${event}&select=frame:${slab}`);
		await until(page, "document.querySelector('.chain') !== null");
		const texts = await page.locator(".chain").allTextContents();
		expect(texts).to.deep.equal(chains.map(chainText));
		const arrows = chains.reduce(
			(sum, { objects }) => sum + Math.max(0, objects.length - 1),
			0,
		);
		expect(await page.locator(".slots .next").count()).to.equal(arrows);
		const fold = show.film.at(event);
		expect(await page.locator(".slots .used").count()).to.equal(
			fold.objects.inuse[slab],
		);
		await page.click(".slab summary");
		await until(page, "document.querySelector('.slab details tbody tr')");
		expect(await page.locator(".slab details tbody tr").count()).to.equal(
			fold.objects.objects[slab],
		);
		await page.click(".slab >> text=task");
		await press(page, "ArrowRight");
		expect(await page.textContent(".owners")).to.match(/\(\d+\)|no task/);
	});

	it("shows what is readable of a damaged trace, and says what is not", async () => {
		const trace = damaged("fragmentation", 1);
		const page = await open("fragmentation", "event=1000", "light", {
			trace,
			salvage: true,
		});
		const { losses } = salvaged(trace);
		expect(await page.textContent(".loss")).to.equal(losses);
		await page.evaluate("window.flagstone.goto(50000)");
		await drawn(page);
		expect(await page.textContent(".event-card")).to.include("is missing");
		expect(await page.textContent(".loss")).to.include(
			"that after event 32,767 is shown",
		);
		await press(page, "End");
		await press(page, "w");
		expect(await page.textContent(".event-card")).to.include("is not known");
		for (const key of ["1", "2", "3", "4", "5", "6", "a"])
			await press(page, key);
	});

	it("never complained, and never asked for anything", () => {
		expect(all.flatMap(({ messages }) => messages)).to.deep.equal([]);
		expect(all.flatMap(({ requests }) => requests)).to.deep.equal([]);
	});
});
