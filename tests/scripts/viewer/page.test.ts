// The page in a real browser: it is driven as people drive it, and held against what the trace says.

import { expect } from "chai";
import type { Page } from "playwright-core";
import { parseSlabinfo } from "../../../kernel/proc/slabinfo";
import { procAt } from "../../../kernel/trace/ask/proc";
import { why } from "../../../kernel/trace/ask/why";
import { eventName } from "../../../kernel/trace/dictionary";
import { EV_PTE_SET } from "../../../mm/events";
import { browserPath } from "../../../scripts/bench/browser";
import { blockName } from "../../../scripts/viewer/model/facts";
import { sentence } from "../../../scripts/viewer/model/sentences";
import {
	type Complaints,
	drawn,
	PageStage,
	press,
	stateOf,
	until,
} from "./browser";
import { eventsOf, shown } from "./shows";

describe("the page in a browser", function () {
	this.timeout(120_000);
	const stage = new PageStage();
	const path = browserPath();
	const all: Complaints[] = [];

	const open = async (
		...words: Parameters<PageStage["show"]>
	): Promise<Page> => {
		const { page, complaints } = await stage.show(...words);
		all.push(complaints);
		return page;
	};

	before(async function () {
		if (path === null) {
			process.stderr.write("      no Chromium here: the page is not tested\n");
			this.skip();
		}
		await stage.open(path as string);
	});

	after(() => stage.close());

	it("opens at the moment that the link names, and shows what the trace says", async () => {
		const page = await open("buddy", "event=900&select=frame:5184");
		const { film, names } = shown("buddy");
		const fold = film.at(900);
		const state = await stateOf(page);
		expect(state.event).to.equal(900);
		expect(state.free).to.deep.equal(
			fold.frames.zones.map((_, zone) => fold.frames.freeFrames(zone)),
		);
		const card = await page.textContent(".event-card");
		expect(card).to.include(eventName(film.columns.codes[900] as number));
		expect(card).to.include(sentence(film.columns, 900, names));
		const facts = await page.textContent(".facts");
		const head = fold.frames.headOf(5184);
		expect(facts).to.include(blockName(fold, head, names));
		expect(facts).to.include(`order ${fold.frames.order[head]}`);
		const last = (film.columns.count - 1).toLocaleString("en");
		const place = await page.textContent(".place");
		expect(place).to.include(`event 900 of ${last}`);
	});

	it("steps to a known event, and shows the /proc texts and lists of that moment", async () => {
		const page = await open("slab-life", "event=995&panel=proc");
		await press(page, "ArrowRight", 5);
		const { event } = await stateOf(page);
		expect(event).to.equal(1000);
		const fold = shown("slab-life").film.at(event);
		expect(await page.textContent(".proc")).to.equal(procAt(fold, "buddyinfo"));
		await page.click("[data-name=slabinfo]");
		await drawn(page);
		const text = (await page.textContent(".proc")) ?? "";
		expect(text).to.equal(procAt(fold, "slabinfo"));
		await press(page, "2");
		const rows = await page.locator(".drawer tbody tr").count();
		expect(rows).to.equal(parseSlabinfo(text).length);
		await press(page, "1");
		const total = await page
			.locator(".lists tbody td:last-child")
			.allTextContents();
		const frames = total.map((it) => Number(it.replace(/,/g, "")));
		const { free } = await stateOf(page);
		const waiting = fold.frames.zones.map((_, zone) =>
			fold.frames.waitingFrames(0, zone),
		);
		expect(frames.reduce((sum, it) => sum + it, 0)).to.equal(
			[...free, ...waiting].reduce((sum, it) => sum + it, 0),
		);
	});

	it("is the same after N events back and N forth, and after a tick back and forth", async () => {
		const page = await open("per-cpu", "event=60000");
		const before = await stateOf(page);
		await press(page, "ArrowLeft", 25);
		const far = await stateOf(page);
		expect(far.event).to.be.below(before.event);
		expect(far.digest).not.to.equal(before.digest);
		await press(page, "ArrowRight", 25);
		expect(await stateOf(page)).to.deep.equal(before);
		await press(page, "Shift+ArrowLeft", 2);
		const tick = await stateOf(page);
		await press(page, "Shift+ArrowRight");
		await press(page, "Shift+ArrowLeft");
		expect((await stateOf(page)).digest).to.equal(tick.digest);
		const { digest, event } = await stateOf(page);
		await press(page, "End");
		await page.evaluate(`window.flagstone.goto(${event})`);
		expect((await stateOf(page)).digest).to.equal(digest);
	});

	it("finds, follows and marks", async () => {
		const page = await open("slab-life", "event=1000");
		await press(page, "/");
		await page.keyboard.type("specimen");
		await press(page, "Enter");
		expect((await stateOf(page)).selection).to.have.property("kind", "cache");
		await press(page, "p");
		const earlier = (await stateOf(page)).event;
		expect(earlier).to.be.below(1000);
		await press(page, "n");
		expect((await stateOf(page)).event).to.be.greaterThan(earlier);
		await press(page, "a");
		await press(page, "End");
		await press(page, "6");
		expect(await page.textContent(".drawer .body")).to.match(
			/specimen.*-[\d,]+ objects/s,
		);
		await press(page, "w");
		const last = shown("slab-life");
		const { chain } = why(last.trace, last.events - 1);
		expect(await page.textContent(".reasons")).to.include(chain[0]?.sentence);
		await press(page, "?");
		expect(await page.isVisible(".help")).to.equal(true);
		await press(page, "Escape");
		await press(page, "t");
		expect(await page.getAttribute("html", "data-theme")).to.equal("dark");
		await until(page, "location.hash.includes('panel=changes')");
	});

	it("selects the frame that is clicked, and tells the one under the pointer", async () => {
		const page = await open("buddy", "event=900");
		const box = await page.locator(".canvas-box").boundingBox();
		const { x, y, width, height } = box as NonNullable<typeof box>;
		await page.mouse.move(x + width / 2, y + height / 2);
		expect(await page.textContent(".tip")).to.match(/^frame 0x[0-9a-f]+ · /);
		await page.mouse.click(x + width / 2, y + height / 2);
		await drawn(page);
		expect((await stateOf(page)).selection).to.have.property("kind", "frame");
		expect(await page.textContent(".inspector .card:nth-child(2) h2")).to.match(
			/^Frame 0x/,
		);
		await page.mouse.wheel(0, -800);
		for (const mode of ["order", "type", "cache", "task", "age", "A → B"])
			await page.click(`.map .modes >> text=${mode}`);
		await drawn(page);
		const [download] = await Promise.all([
			page.waitForEvent("download"),
			page.keyboard.press("s"),
		]);
		expect(download.suggestedFilename()).to.equal("buddy-900.svg");
	});

	it("runs the scenario again, and the bytes of a page table are what the events said", async () => {
		const { film } = shown("page-tables");
		const event = eventsOf(shown("page-tables"), EV_PTE_SET)[150] as number;
		const table = film.columns.a[event] as number;
		const words = film.at(event).tasks.table(table) as Int32Array;
		const bytes = Buffer.from(words.buffer, words.byteOffset, words.byteLength);
		const page = await open(
			"page-tables",
			`event=${event}&select=frame:${table}`,
		);
		await page.click("text=run again and show");
		await until(
			page,
			"/\\|/.test(document.querySelector('.dump').textContent)",
		);
		const dump = (await page.textContent(".dump")) ?? "";
		const index = film.columns.b[event] as number;
		const line = bytes.subarray((index >> 1) * 16, (index >> 1) * 16 + 16);
		const hex = [...line].map((byte) => byte.toString(16).padStart(2, "0"));
		const wanted = `${hex.slice(0, 8).join(" ")}  ${hex.slice(8).join(" ")}`;
		expect(dump).to.include(wanted);
	});

	it("DO2: what can be pressed leads where it says, and keeps the focus, after the page has moved", async () => {
		const page = await open("slab-life", "event=900&select=frame:4121");
		for (const key of ["l", "ArrowRight", "l", "ArrowLeft", "j", "k"]) {
			await press(page, key);
			const link = page.locator(".history button.link").first();
			if ((await link.count()) === 0) continue;
			const event = Number((await link.textContent())?.replace(/,/g, ""));
			await link.click();
			await drawn(page);
			expect((await stateOf(page)).event).to.equal(event);
		}
		const { selection } = (await stateOf(page)) as never as {
			selection: { pfn: number };
		};
		await page.click("text=run again and show");
		await until(
			page,
			"/\\|/.test(document.querySelector('.dump').textContent)",
		);
		const address = (selection.pfn * 4096).toString(16).padStart(8, "0");
		expect(await page.textContent(".dump")).to.match(
			new RegExp(`^ffff8880${address}`),
		);
		await page.evaluate("window.flagstone.goto(900)");
		await drawn(page);
		await page.focus(".lists button");
		await press(page, "ArrowRight", 3);
		expect(
			await page.evaluate("document.activeElement.closest('.lists') !== null"),
		).to.equal(true);
	});

	it("opens every kind of trace, light and dark, and every panel", async () => {
		for (const [scenario, scheme] of [
			["debian-boot", "dark"],
			["memory-full", "light"],
			["time-slices", "dark"],
		] as const) {
			const page = await open(scenario, "", scheme);
			for (const key of ["1", "2", "3", "4", "5", "6"]) await press(page, key);
			await press(page, "Home");
			await press(page, " ");
			await page.waitForTimeout(100);
			await press(page, " ");
			expect((await stateOf(page)).event).to.be.greaterThan(-1);
			await page.close();
		}
	});

	it("never complained, and never asked for anything", () => {
		expect(all.flatMap(({ messages }) => messages)).to.deep.equal([]);
		expect(all.flatMap(({ requests }) => requests)).to.deep.equal([]);
	});
});
