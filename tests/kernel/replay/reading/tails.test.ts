import { expect } from "chai";
import {
	KFREE,
	KMALLOC,
	KmemEvent,
} from "../../../../kernel/replay/reading/event";
import { Tails } from "../../../../kernel/replay/reading/tails";
import { Window } from "../../../../kernel/replay/reading/window";
import { dice, fixtureText, read } from "./support";

const TEXT = " bytes_req=60 bytes_alloc=64 gfp_flags=GFP_KERNEL";

function filled(): { event: KmemEvent; window: Window; tails: Tails } {
	const window = Window.of(TEXT + TEXT);
	const event = new KmemEvent();
	event.clear(KMALLOC);
	Object.assign(event, { site: 7, bytesRequested: 60, bytesAllocated: 64 });
	Object.assign(event, { gfp: 0xcc0, node: 3, accounted: 1, cache: 9 });
	const tails = new Tails(window, event);
	tails.keep(0, TEXT.length);
	event.clear(KMALLOC);
	event.site = 7;
	return { event, window, tails };
}

describe("what a call site said last", () => {
	it("fills the record when it comes again", () => {
		const { event, tails } = filled();
		expect(tails.recall(TEXT.length, TEXT.length * 2)).to.equal(true);
		const { bytesRequested, bytesAllocated, gfp, node, accounted, cache } =
			event;
		expect([
			bytesRequested,
			bytesAllocated,
			gfp,
			node,
			accounted,
			cache,
		]).to.deep.equal([60, 64, 0xcc0, 3, 1, 9]);
	});

	it("is not taken for another site, kind, length or text", () => {
		const { event, window, tails } = filled();
		expect(tails.recall(0, TEXT.length - 1)).to.equal(false);
		event.site = 8;
		expect(tails.recall(0, TEXT.length)).to.equal(false);
		event.site = 7;
		event.kind = KFREE;
		expect(tails.recall(0, TEXT.length)).to.equal(false);
		event.kind = KMALLOC;
		for (let at = 0; at < TEXT.length; at++) {
			window.bytes[at]! ^= 1;
			expect(tails.recall(0, TEXT.length), `byte ${at}`).to.equal(false);
			window.bytes[at]! ^= 1;
		}
		expect(tails.recall(0, TEXT.length)).to.equal(true);
	});

	it("S1: changes no event: lines repeated and mixed read as each alone", () => {
		const lines = fixtureText("ftrace-hashed.txt")
			.trimEnd()
			.split("\n")
			.filter((text) => !text.startsWith("#"));
		const alone = lines.map((text) => read(`${text}\n`).events[0]);
		const roll = dice(5);
		const order = Array.from({ length: 3000 }, () => roll(lines.length));
		const { events } = read(order.map((n) => `${lines[n]}\n`).join(""));
		expect(events).to.deep.equal(order.map((n) => alone[n]));
	});
});
