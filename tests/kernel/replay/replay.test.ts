import { expect } from "chai";
import { boot } from "../../../kernel/boot";
import type { Kernel } from "../../../kernel/kernel";
import { total } from "../../../kernel/replay/objects/object-counts";
import {
	type Replay,
	replayEmpty,
	replayOn,
} from "../../../kernel/replay/replay";
import { pushAll, replayed } from "./late";
import { fixture } from "./reading/support";

const STATE = ["buddyinfo", "slabinfo", "pagetypeinfo"];
const EVENTS = 38_893; // from the start on

const texts = (kernel: Kernel): string =>
	STATE.map((name) => kernel.proc(name)).join("");

describe("a replay from a snapshot on", () => {
	let scored: Replay;
	before(function () {
		this.timeout(60_000);
		scored = replayed({ scores: true });
	});
	after(() => {
		scored = null as never; // its machine is large
	});

	it("RP1: plays every event from the start on, and leaves a sound machine", () => {
		expect(scored.played).to.equal(EVENTS);
		expect(scored.reader.tally.events).to.be.above(EVENTS);
		expect(scored.kernel.check()).to.deep.equal([]);
	});

	it("plays the requests that it should", () => {
		const { counts } = scored.objects;
		expect(total(counts.failed)).to.equal(0);
		expect(total(counts.allocatedByCache)).to.be.above(9000);
		expect(scored.pages.requests).to.be.above(3000);
	});

	it("gives the same machine and the same score every time", () => {
		const again = replayed({ scores: true });
		expect(again.kernel.stateHash()).to.equal(scored.kernel.stateHash());
		expect(again.moments!.score()).to.deep.equal(scored.moments!.score());
	});

	it("RP2: gives the same memory without scores", () => {
		const plain = replayed({});
		expect(plain.moments).to.equal(null);
		expect(plain.answers).to.equal(null);
		// The rings that scores are read from lie in frames of their own, so the bytes of the two machines differ.
		expect(texts(plain.kernel)).to.equal(texts(scored.kernel));
	});

	it("takes another seed for what is chance in both worlds", () => {
		const other = replayed({ changes: { seed: 99 } });
		expect(other.played).to.equal(EVENTS);
		expect(other.kernel.check()).to.deep.equal([]);
		expect(other.kernel.stateHash()).not.to.equal(scored.kernel.stateHash());
	});
});

/** A line of ftrace. */
const line = (event: string, number: number, cpu = 0): string =>
	`  sh-7 [00${cpu}] ..... 1.${String(number).padStart(6, "0")}: ${event}\n`;
const file = (...events: string[]): string =>
	`# tracer: nop\n#\n${events.map((event, at) => line(event, at)).join("")}`;

const pointer = (number: number): string =>
	number.toString(16).padStart(16, "0");
const kmalloc = (ptr: number, bytes: number): string =>
	`kmalloc: call_site=f+0x10/0x20 ptr=${pointer(ptr)} bytes_req=${bytes} bytes_alloc=${bytes} gfp_flags=GFP_KERNEL node=-1 accounted=false`;
const kfree = (ptr: number): string =>
	`kfree: call_site=g+0x10/0x20 ptr=${pointer(ptr)}`;
const allocPage = (pfn: number, order = 0): string =>
	`mm_page_alloc: page=${pointer(pfn)} pfn=0x${pfn.toString(16)} order=${order} migratetype=0 gfp_flags=GFP_KERNEL`;
const freePage = (pfn: number, order = 0): string =>
	`mm_page_free: page=${pointer(pfn)} pfn=0x${pfn.toString(16)} order=${order}`;

function played(text: string): Replay {
	const replay = replayEmpty(null, { memory: "32M", cpus: 2 });
	pushAll(replay, text);
	return replay;
}

describe("a replay in one pass", () => {
	it("plays objects and pages from the first event on", () => {
		const {
			kernel,
			objects,
			pages,
			played: count,
		} = played(
			file(kmalloc(1, 64), allocPage(0x500, 2), kmalloc(2, 64), kfree(1)),
		);
		expect(count).to.equal(4);
		expect(total(objects.counts.allocatedByCache)).to.equal(2);
		expect(total(objects.counts.freedByCache)).to.equal(1);
		expect(total(objects.counts.leftByCache)).to.equal(1);
		expect(pages.requests).to.equal(1);
		expect(kernel.mm.pages.order(pages.frames.at(0x500))).to.equal(2);
		expect(kernel.check()).to.deep.equal([]);
	});

	it("gives back what the recording gave back", () => {
		const both = file(
			...[allocPage(0x500, 3), kmalloc(1, 4000), kmalloc(2, 20_000)],
			...[kfree(1), kfree(2), freePage(0x500, 3)],
		);
		const { objects, pages, kernel } = played(both);
		expect(total(objects.counts.leftByCache)).to.equal(0);
		expect(objects.counts.large).to.equal(1);
		expect(pages.frames.at(0x500)).to.equal(0);
		expect(kernel.check()).to.deep.equal([]);
	});

	it("leaves frees of the unknown, NULL and damaged lines alone", () => {
		const odd = file(kfree(77), kfree(0), freePage(0x700), "kmalloc: rubbish");
		const { objects, pages, reader, kernel } = played(odd);
		expect(objects.counts.unknownUnnamed).to.equal(1);
		expect(objects.counts.nulls).to.equal(1);
		expect(pages.oddFrees.unknown).to.equal(1);
		expect(reader.tally.complaints).to.have.length(1);
		expect(kernel.check()).to.deep.equal([]);
	});

	it("is the same twice, and nothing for an empty file", () => {
		const text = file(kmalloc(1, 100), allocPage(0x500), kmalloc(2, 300));
		const [one, other] = [played(text), played(text)];
		expect(one.kernel.stateHash()).to.equal(other.kernel.stateHash());
		expect(played("").played).to.equal(0);
		expect(played("").reader.complaint).to.equal("is empty");
	});

	it("tells a watch how many events were played, before each", () => {
		const seen: number[] = [];
		const kernel = boot({ memory: "32M" });
		const replay = replayOn(kernel, null, (count) => seen.push(count));
		pushAll(replay, file(kmalloc(1, 64), kfree(1), kmalloc(2, 64)));
		expect(replay.kernel).to.equal(kernel);
		expect(seen).to.deep.equal([0, 1, 2]);
	});

	for (const design of ["bonwick", "slob", "textbook"] as const)
		it(`takes its objects from ${design} where that serves the tasks`, () => {
			const kernel = boot({ memory: "32M", design });
			const requests = Array.from({ length: 200 }, (_, n) =>
				kmalloc(n + 1, 16 + 7 * n),
			);
			const before = kernel.objects.slabCounts().made;
			const replay = replayOn(kernel, null);
			pushAll(replay, file(...requests, kfree(3), kfree(200)));
			expect(kernel.objects.slabCounts().made).to.be.above(before);
			expect(replay.failed).to.equal(0);
			expect(kernel.check()).to.deep.equal([]);
		});

	it("goes on where a request may not fail and there is no memory", () => {
		const requests = Array.from({ length: 3000 }, (_, n) =>
			kmalloc(n + 1, 4096).replace("KERNEL", "KERNEL|__GFP_NOFAIL"),
		);
		const replay = replayEmpty(null, { memory: "8M" });
		pushAll(replay, file(...requests));
		expect(replay.failed).to.be.above(100);
		expect(replay.kernel.check()).to.deep.equal([]);
	});

	it("counts what found no memory", () => {
		const replay = replayEmpty(null, { memory: "8M" });
		const requests = Array.from({ length: 4000 }, (_, n) =>
			n % 2 ? kmalloc(n, 4096) : allocPage(n),
		);
		pushAll(replay, file(...requests));
		const { objects, pages } = replay;
		expect(replay.failed).to.be.above(100);
		expect(replay.failed).to.equal(
			total(objects.counts.failed) + pages.failedHere,
		);
		expect(replay.kernel.check()).to.deep.equal([]);
	});
});

describe("a replay of a program's heap", () => {
	const heapOf = (name: string) => {
		const replay = replayEmpty(null, { memory: "32M" });
		pushAll(replay, fixture(name));
		expect(replay.kernel.check()).to.deep.equal([]);
		return { played: replay.played, ...replay.heap.counts };
	};

	it("plays a malloc lab's trace, in both orders of the header", () => {
		expect(heapOf("short.rep")).to.include({
			...{ played: 7, allocated: 3, resized: 1, freed: 3, inUse: 0 },
			...{ bytes: 0, bytesMost: 4712 },
		});
		expect(heapOf("short-newer.rep")).to.include({
			...{ played: 5, allocated: 2, resized: 1, freed: 1, inUse: 1 },
			...{ nulls: 1, bytes: 0, bytesMost: 2040 },
		});
	});

	it("plays a log of mtrace", () => {
		const { inUse, allocated, freed, ...rest } = heapOf("mtrace.txt");
		expect(inUse).to.equal(allocated - freed);
		expect(rest).to.include({ failed: 0, tooLarge: 0 });
		expect(rest.resized).to.be.above(0);
	});

	it("plays it on another design, and the same twice", () => {
		const run = () => {
			const kernel = boot({ memory: "32M", design: "slob" });
			const replay = replayOn(kernel, null);
			pushAll(replay, fixture("mtrace.txt"));
			expect(kernel.check()).to.deep.equal([]);
			return kernel.stateHash();
		};
		expect(run()).to.equal(run());
	});
});
