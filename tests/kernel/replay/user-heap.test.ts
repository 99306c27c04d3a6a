import { expect } from "chai";
import fc from "fast-check";
import { asPhys, NULL, type PhysAddr } from "../../../hw/units";
import { boot } from "../../../kernel/boot";
import {
	FREE,
	KMALLOC,
	KmemEvent,
	MALLOC,
	REALLOC,
} from "../../../kernel/replay/reading/event";
import {
	type HeapCounts,
	type HeapMemory,
	UserHeap,
} from "../../../kernel/replay/user-heap";
import { ZERO_SIZE } from "../../../mm/kmalloc";
import { KMALLOC_BYTES_MAX } from "../../../mm/slab-geometry";

function eventOf(kind: number, fields: Partial<KmemEvent>): KmemEvent {
	const event = new KmemEvent();
	event.clear(kind);
	return Object.assign(event, fields);
}
const malloc = (low: number, bytesRequested: number, high = 0) =>
	eventOf(MALLOC, { low, high, bytesRequested });
const free = (low: number, high = 0) => eventOf(FREE, { low, high });
const realloc = (oldLow: number, low: number, bytesRequested: number) =>
	eventOf(REALLOC, { oldLow, low, bytesRequested });

/** Memory that only counts, and fails when `fails` says so. */
class Ledger implements HeapMemory {
	readonly sizes = new Map<PhysAddr, number>();
	fails = false;
	private next = 0x1000;

	kmalloc(bytes: number): PhysAddr {
		if (this.fails) return NULL;
		this.next += 0x1000;
		const address = asPhys(this.next);
		this.sizes.set(address, bytes);
		return address;
	}
	ksize(address: PhysAddr): number {
		return Math.ceil(this.sizes.get(address)! / 64) * 64;
	}
	kfree(address: PhysAddr): void {
		expect(this.sizes.delete(address)).to.equal(true);
	}
	krealloc(address: PhysAddr, bytes: number): PhysAddr {
		if (this.fails) return NULL;
		this.kfree(address);
		return this.kmalloc(bytes);
	}
}

/** What a heap counted, with only what is not 0. */
function counted({ counts }: UserHeap): Partial<HeapCounts> {
	return Object.fromEntries(
		Object.entries(counts).filter(([, count]) => count !== 0),
	);
}

function play(...events: KmemEvent[]) {
	const ledger = new Ledger();
	const heap = new UserHeap(ledger, ledger);
	for (const event of events) heap.event(event);
	return { heap, ledger };
}

describe("the heap of a recorded program", () => {
	it("asks for what the program asked for, and gives it back", () => {
		const { heap, ledger } = play(malloc(1, 100), malloc(2, 40), free(1));
		expect([...ledger.sizes.values()]).to.deep.equal([40]);
		expect(counted(heap)).to.deep.equal({
			...{ allocated: 2, freed: 1, inUse: 1 },
			...{ bytes: 40, bytesMost: 140, bytesHeld: 64 },
		});
	});

	it("resizes a block, at the same pointer or another", () => {
		const { heap, ledger } = play(
			malloc(1, 100),
			realloc(1, 1, 200),
			realloc(1, 7, 50),
			free(7),
		);
		expect(ledger.sizes.size).to.equal(0);
		expect(counted(heap)).to.deep.equal({
			...{ allocated: 1, resized: 2, freed: 1, bytesMost: 200 },
		});
	});

	it("takes realloc of NULL for malloc, and of the unknown too", () => {
		const { heap } = play(realloc(0, 1, 10), realloc(5, 2, 20));
		expect(counted(heap)).to.deep.equal({
			...{ allocated: 2, unknownFrees: 1, inUse: 2 },
			...{ bytes: 30, bytesMost: 30, bytesHeld: 128 },
		});
	});

	it("counts frees of NULL and of the unknown, and does nothing for them", () => {
		const { heap } = play(free(0), free(3), free(0, 3));
		expect(counted(heap)).to.deep.equal({ nulls: 1, unknownFrees: 2 });
	});

	it("UH1: leaves out what is too large, and remembers that it did", () => {
		const { heap, ledger } = play(
			malloc(1, KMALLOC_BYTES_MAX),
			malloc(2, KMALLOC_BYTES_MAX + 1),
			malloc(3, 2 ** 40),
			free(2),
			realloc(3, 3, 8),
			realloc(1, 1, KMALLOC_BYTES_MAX + 1),
			free(1),
		);
		expect([...ledger.sizes.values()]).to.deep.equal([8]);
		expect(counted(heap)).to.include({ tooLarge: 3, inUse: 1, bytes: 8 });
		expect(heap.counts.unknownFrees).to.equal(0);
	});

	it("UH1: goes on where memory is lacking", () => {
		const { heap, ledger } = play(malloc(1, 64));
		ledger.fails = true;
		for (const event of [malloc(2, 64), free(2), realloc(1, 3, 90), free(3)])
			heap.event(event);
		expect(ledger.sizes.size).to.equal(0);
		expect(counted(heap)).to.deep.equal({
			...{ allocated: 1, failed: 2, bytesMost: 64 },
		});
	});

	it("UH3: frees what stands for a pointer that is given out again", () => {
		const { heap, ledger } = play(
			malloc(1, 10),
			malloc(1, 20),
			malloc(2, 30),
			realloc(2, 1, 40),
		);
		expect([...ledger.sizes.values()]).to.deep.equal([40]);
		expect(counted(heap)).to.include({ freedUnseen: 2, inUse: 1, bytes: 40 });
	});

	it("leaves out what failed in the recording: the old block stays", () => {
		const { heap } = play(malloc(0, 10), malloc(1, 10), realloc(1, 0, 99));
		expect(counted(heap)).to.include({ failedThere: 2, inUse: 1, bytes: 10 });
	});

	it("passes over events of the kernel", () => {
		const { heap } = play(eventOf(KMALLOC, { low: 1, bytesRequested: 8 }));
		expect(counted(heap)).to.deep.equal({});
	});

	it("asks kmalloc of a machine, blocks of 0 bytes included", () => {
		const { taskMemory, objects } = boot({ memory: "32M" }).parts;
		expect(taskMemory.kmalloc(0, 0)).to.equal(ZERO_SIZE);
		const heap = new UserHeap(taskMemory, objects);
		for (const event of [malloc(1, 0), realloc(1, 1, 100), realloc(1, 1, 0)])
			heap.event(event);
		heap.event(free(1));
		expect(heap.counts).to.include({ inUse: 0, freed: 1, unknownFrees: 0 });
	});

	it("UH2: whatever a program does, under any design, the books are right and nothing leaks", () => {
		const step = fc.record({
			what: fc.constantFrom("malloc", "free", "realloc"),
			one: fc.integer({ min: 0, max: 12 }),
			other: fc.integer({ min: 0, max: 12 }),
			bytes: fc.oneof(
				fc.integer({ min: 0, max: 300 }),
				fc.integer({ min: 0, max: 2 * KMALLOC_BYTES_MAX }),
			),
		});
		const design = fc.constantFrom(
			...(["slub", "bonwick", "slob", "textbook"] as const),
		);
		fc.assert(
			fc.property(design, fc.array(step, { maxLength: 60 }), (name, steps) => {
				const kernel = boot({ memory: "16M", design: name });
				const heap = new UserHeap(kernel.parts.taskMemory, kernel.objects);
				const { counts } = heap;
				for (const { what, one, other, bytes } of steps) {
					if (what === "malloc") heap.event(malloc(one, bytes));
					else if (what === "free") heap.event(free(one));
					else heap.event(realloc(one, other, bytes));
					expect(counts.bytesMost).to.be.at.least(counts.bytes);
					expect(counts.inUse).to.be.within(0, 12);
					expect(counts.bytes).to.be.at.least(0);
					expect(counts.bytesHeld).to.be.at.least(counts.bytes);
				}
				expect(kernel.check()).to.deep.equal([]);
				for (let low = 1; low <= 12; low++) heap.event(free(low));
				expect(counts).to.include({ inUse: 0, bytes: 0, bytesHeld: 0 });
			}),
			{ numRuns: 40 },
		);
	});
});
