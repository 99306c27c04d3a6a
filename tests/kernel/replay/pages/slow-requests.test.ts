import { expect } from "chai";
import { SlowRequests } from "../../../../kernel/replay/pages/slow-requests";
import type { PageAllocator } from "../../../../mm/page-allocator";
import { WMARK_LOW } from "../../../../mm/zone";
import { logOf } from "./support";

/** An allocator of two zones, of which the first one is above MIN and perhaps above LOW. */
function allocator(isAboveLow: () => boolean): PageAllocator {
	const zone = (isFirst: boolean) => ({
		zone: { isFirst, watermark: (mark: number) => mark },
	});
	const zones = [zone(true), zone(false)];
	return {
		zonesFor: () => zones,
		watermarkOk: (
			owner: { zone: { isFirst: boolean } },
			_order: number,
			mark: number,
		) => (mark === WMARK_LOW ? isAboveLow() : owner.zone.isFirst),
	} as unknown as PageAllocator;
}

/** Which of the allocations go the slow way. */
function play(text: string, isAboveLow = () => false): boolean[] {
	const slow = new SlowRequests(allocator(isAboveLow));
	const log = logOf(text);
	const answers: boolean[] = [];
	for (let at = 0; at < log.length; at++) {
		slow.seen(log, at);
		const line = text.split("\n")[at]!.trim();
		if (line.startsWith("alloc")) answers.push(slow.request(log, at));
		else if (line.startsWith("free")) slow.free(log, at, line.includes("o1"));
	}
	return answers;
}

describe("slow requests", () => {
	it("without a sign nobody is slow", () => {
		expect(play("alloc 1\nalloc 2")).to.deep.equal([false, false]);
	});

	it("a task that a run of kswapd displaced is slow once", () => {
		expect(
			play("free 1\nlocked 2 kswapd pid9\nalloc 3\nalloc 4"),
		).to.deep.equal([true, false]);
	});

	it("not when there was room, and not who was slow already", () => {
		const text = "free 1\nlocked 2 kswapd pid9\nalloc 3";
		expect(play(text, () => true)).to.deep.equal([false]);
		expect(play(`alloc 1\n${text.slice(7)}`)).to.deep.equal([false, false]);
	});

	it("batched frees of its own are a sign, a single one between takes it back", () => {
		expect(play("free 1 o1\nalloc 2")).to.deep.equal([true]);
		expect(play("free 1 o1\nfree 3\nalloc 2")).to.deep.equal([false]);
		expect(play("free 1 o1 hard\nalloc 2"), "an interrupt's").to.deep.equal([
			false,
		]);
	});
});
