import { expect } from "chai";
import {
	type EventColumns,
	makeColumns,
} from "../../../../kernel/trace/columns";
import { Lives } from "../../../../kernel/trace/export/chrome-lives";
import { ChromeEvents } from "../../../../kernel/trace/export/chrome-tracks";
import { EV_PAGE_ALLOC, EV_PAGE_FREE } from "../../../../mm/events";
import { GFP_KERNEL } from "../../../../mm/gfp";

function pageEvents(...pairs: [code: number, pfn: number][]): EventColumns {
	const columns = makeColumns(pairs.length);
	pairs.forEach(([code, pfn], at) => {
		columns.codes[at] = code;
		columns.cycles[at] = at * 1000;
		columns.a[at] = pfn;
		columns.b[at] = code === EV_PAGE_ALLOC ? 3 | (1 << 8) : 3;
		columns.c[at] = GFP_KERNEL;
	});
	return columns;
}

describe("lives in a Chrome trace", () => {
	it("LV1: begin and end once, with the number of the event as id", () => {
		const events = new ChromeEvents(1e9);
		const track = { pid: 3, tid: 3, open: [], last: 0 };
		const names = { cacheName: () => "x", siteOf: () => "somebody" };
		const lives = new Lives(events, track, names, "pages");
		const columns = pageEvents(
			[EV_PAGE_FREE, 64], // of before
			[EV_PAGE_ALLOC, 8],
			[EV_PAGE_ALLOC, 16],
			[EV_PAGE_FREE, 8],
			[EV_PAGE_ALLOC, 8],
		);
		for (let at = 0; at < 5; at++) lives.event(columns, at, 100 + at);
		lives.finish(9000);
		const told = JSON.parse(`[${events.take()}]`) as Record<string, unknown>[];
		expect(told.map(({ ph, id, ts }) => [ph, id, ts])).to.deep.equal([
			...[
				["b", "101", 1],
				["b", "102", 2],
				["e", "101", 3],
			],
			...[
				["b", "104", 4],
				["e", "102", 9],
				["e", "104", 9],
			],
		]);
		expect(told[0]!.args).to.deep.equal({
			...{ pfn: 8, order: 3, gfp: "GFP_KERNEL", site: "somebody" },
		});
		expect(told.at(-1)!.args).to.deep.equal({ "still in use": true });
	});
});
