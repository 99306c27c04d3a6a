import { expect } from "chai";
import { objectLives } from "../../../../kernel/trace/ask/object";
import {
	EV_KMALLOC_LARGE,
	EV_SLAB_ALLOC,
	objectAddress,
} from "../../../../mm/events";
import { recordedTrace } from "../recorded";

const trace = recordedTrace("slab-life");

/** Addresses of objects, each once. */
function addresses(): number[] {
	const found = new Set<number>();
	trace.each(0, trace.events, ({ codes, a, b }, index) => {
		if (codes[index] === EV_SLAB_ALLOC)
			found.add(objectAddress(a[index] as number, b[index] as number));
	});
	return [...found];
}

describe("lives of objects", () => {
	const some = addresses().filter((_, at) => at % 9 === 0);

	it("OQ1: follow each other, and only the last may last", () => {
		for (const address of some) {
			const { lives } = objectLives(trace, address);
			expect(lives).to.not.be.empty;
			lives.forEach(({ from, to }, at) => {
				const next = lives[at + 1];
				expect(from.event).to.be.lessThan(to?.event ?? trace.events);
				if (next) expect(to?.event).to.be.lessThan(next.from.event);
			});
		}
	});

	it("are those of the fold", () => {
		const fold = trace.foldAt(trace.events - 1);
		for (const address of some) {
			const last = objectLives(trace, address).lives.at(-1);
			const slot =
				fold.objects.all().find(({ name }) => name === last?.cache)?.slot ?? -1;
			const object = slot < 0 ? null : fold.objects.at(address, slot);
			expect(last?.to === null).to.equal(object !== null);
			if (object) expect(last?.from.event).to.equal(object.since);
		}
	});

	it("are found by any byte of the object", () => {
		const [address = 0] = some;
		const { lives } = objectLives(trace, address);
		const { slotBytes = 0 } = lives[0] ?? {};
		const inside = objectLives(trace, address + slotBytes - 1);
		expect(inside.lives).to.deep.equal(lives);
		for (const life of objectLives(trace, address + slotBytes).lives)
			expect(life.address).to.equal(address + slotBytes);
	});

	it("are none where no object ever was", () => {
		expect(objectLives(trace, 0).lives).to.deep.equal([]);
	});

	it("are blocks of pages where no cache is large enough", () => {
		const large = recordedTrace("kmalloc-ladder");
		let pfn = -1;
		large.each(0, large.events, ({ codes, a }, index) => {
			if (codes[index] === EV_KMALLOC_LARGE) pfn = a[index] as number;
			return pfn >= 0;
		});
		expect(pfn, "the ladder has a large step").to.be.at.least(0);
		const [life] = objectLives(large, pfn * 4096 + 5000).lives;
		expect(life).to.include({ cache: null, address: pfn * 4096 });
	});
});
