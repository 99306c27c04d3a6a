import { expect } from "chai";
import fc from "fast-check";
import { entryFlags, PTE_NONE, PTE_NX, PTE_WRITABLE } from "../../hw/pte";
import { asPhys, NULL, type PhysAddr } from "../../hw/units";
import { GFP_KERNEL } from "../../mm/gfp";
import {
	PROT_EXEC,
	PROT_NONE,
	PROT_READ,
	PROT_WRITE,
	pageFlags,
	VM_SHARED,
	VMA_ANONYMOUS,
	VMA_HEAP,
	VMA_STACK,
} from "../../mm/vma";
import { PagingWorld, va } from "../models/paging-world";

const RW = PROT_READ | PROT_WRITE;
const PAGE = 4096;
const LIST = asPhys(97 * PAGE + 2048); // a pointer in a frame that nobody uses
const MM = asPhys(0x5000);

/** One list of areas; addresses are given as pages. */
class Areas {
	readonly world = new PagingWorld();
	readonly vmas = this.world.vmas;

	insert(from: number, to: number, flags = RW, kind = VMA_ANONYMOUS): PhysAddr {
		const [start, end] = [va(from * PAGE), va(to * PAGE)];
		return this.vmas.insert(LIST, MM, start, end, flags, kind, GFP_KERNEL);
	}
	remove(from: number, to: number): number {
		const [start, end] = [va(from * PAGE), va(to * PAGE)];
		return this.vmas.remove(LIST, start, end, GFP_KERNEL);
	}
	protect(from: number, to: number, permissions: number): boolean {
		const [start, end] = [va(from * PAGE), va(to * PAGE)];
		return this.vmas.protect(LIST, start, end, permissions, GFP_KERNEL);
	}
	find(page: number): number {
		const vma = this.vmas.find(LIST, va(page * PAGE));
		return vma === NULL ? -1 : this.vmas.start(vma) / PAGE;
	}
	gap(pages: number, floor: number, top: number, align = PAGE): number {
		const [low, high] = [va(floor * PAGE), va(top * PAGE)];
		return this.vmas.findGap(LIST, pages * PAGE, low, high, align) / PAGE;
	}
	/** All areas as `10-20 rw-p`, after a look at the links. */
	get text(): string {
		const { vmas } = this;
		const texts: string[] = [];
		let before = NULL;
		vmas.each(LIST, (vma) => {
			expect(vmas.prev(vma)).to.equal(before);
			expect(vmas.mm(vma)).to.equal(MM);
			before = vma;
			const range = `${vmas.start(vma) / PAGE}-${vmas.end(vma) / PAGE}`;
			texts.push(`${range} ${vmas.permissionText(vma)}${vmas.name(vma)}`);
		});
		expect(this.world.vmaCache.inUse).to.equal(texts.length);
		return texts.join(", ");
	}
}

describe("virtual memory areas", () => {
	it("are kept by address, with permissions and a name", () => {
		const areas = new Areas();
		areas.insert(50, 60, PROT_READ | PROT_EXEC);
		areas.insert(10, 20);
		areas.insert(90, 99, RW, VMA_STACK);
		areas.insert(30, 40, RW, VMA_HEAP);
		areas.insert(70, 80, PROT_NONE | VM_SHARED);
		expect(areas.text).to.equal(
			"10-20 rw-p, 30-40 rw-p[heap], 50-60 r-xp, 70-80 ---s, 90-99 rw-p[stack]",
		);
	});

	it("grow over what is like them", () => {
		const areas = new Areas();
		areas.insert(10, 20);
		areas.insert(20, 30);
		areas.insert(40, 50);
		areas.insert(35, 40);
		expect(areas.text).to.equal("10-30 rw-p, 35-50 rw-p");
		areas.insert(30, 35); // joins both
		expect(areas.text).to.equal("10-50 rw-p");
		areas.insert(50, 60, PROT_READ);
		areas.insert(5, 10, RW, VMA_HEAP);
		expect(areas.text).to.equal("5-10 rw-p[heap], 10-50 rw-p, 50-60 r--p");
	});

	it("are found by any address inside, else the next one above", () => {
		const areas = new Areas();
		areas.insert(10, 20);
		areas.insert(30, 40);
		expect(
			[0, 10, 19, 20, 39, 40].map((page) => areas.find(page)),
		).to.deep.equal([10, 10, 10, 30, 30, -1]);
		const { vmas } = areas;
		expect(vmas.at(LIST, va(20 * PAGE))).to.equal(NULL);
		expect(vmas.isFree(LIST, va(20 * PAGE), va(30 * PAGE))).to.equal(true);
		expect(vmas.isFree(LIST, va(20 * PAGE), va(31 * PAGE))).to.equal(false);
		areas.insert(20, 25, PROT_READ);
		expect(vmas.covers(LIST, va(10 * PAGE), va(25 * PAGE))).to.equal(true);
		expect(vmas.covers(LIST, va(10 * PAGE), va(35 * PAGE))).to.equal(false);
	});

	it("leave gaps, of which the highest that fits is taken", () => {
		const areas = new Areas();
		expect(areas.gap(10, 1, 100)).to.equal(90);
		areas.insert(95, 100);
		areas.insert(50, 90);
		expect(areas.gap(5, 1, 100)).to.equal(90);
		expect(areas.gap(6, 1, 100)).to.equal(44);
		expect(areas.gap(6, 1, 100, 16 * PAGE)).to.equal(32);
		expect(areas.gap(49, 1, 100)).to.equal(1);
		expect(areas.gap(50, 1, 100)).to.equal(0);
		expect(areas.gap(5, 60, 93)).to.equal(0);
	});

	it("are cut by what is removed", () => {
		const areas = new Areas();
		areas.insert(10, 40);
		areas.insert(50, 60, PROT_READ);
		expect(areas.remove(20, 30)).to.equal(10 * PAGE);
		expect(areas.text).to.equal("10-20 rw-p, 30-40 rw-p, 50-60 r--p");
		expect(areas.remove(35, 55)).to.equal(10 * PAGE);
		expect(areas.text).to.equal("10-20 rw-p, 30-35 rw-p, 55-60 r--p");
		expect(areas.remove(60, 70)).to.equal(0);
		expect(areas.remove(0, 100)).to.equal(20 * PAGE);
		expect(areas.text).to.equal("");
	});

	it("are cut, and joined again, by changes of permissions", () => {
		const areas = new Areas();
		areas.insert(10, 40);
		areas.protect(20, 30, PROT_READ);
		expect(areas.text).to.equal("10-20 rw-p, 20-30 r--p, 30-40 rw-p");
		areas.protect(30, 40, PROT_READ);
		expect(areas.text).to.equal("10-20 rw-p, 20-40 r--p");
		areas.protect(15, 40, RW);
		expect(areas.text).to.equal("10-40 rw-p");
	});

	it("are all given back by clear", () => {
		const areas = new Areas();
		areas.insert(10, 20);
		areas.insert(30, 40);
		areas.vmas.clear(LIST);
		expect(areas.text).to.equal("");
	});

	it("say what the hardware shall permit", () => {
		const areas = new Areas();
		const vma = areas.insert(10, 20, PROT_READ);
		expect(areas.vmas.pageProt(vma)).to.equal(pageFlags(PROT_READ));
		expect(pageFlags(PROT_READ) & PTE_NX).to.equal(PTE_NX);
		expect(pageFlags(PROT_WRITE) & PTE_WRITABLE).to.equal(PTE_WRITABLE);
		expect(pageFlags(PROT_READ | PROT_EXEC)).to.equal(entryFlags(0x25, 0));
		expect(pageFlags(PROT_NONE) & 1).to.equal(0);
		expect(pageFlags(PROT_NONE) & PTE_NONE).to.equal(PTE_NONE);
	});
});

describe("areas without memory", () => {
	it("stay as they are when a record cannot be had", () => {
		const operations: ((areas: Areas) => boolean)[] = [
			(areas) => areas.insert(60, 70) !== NULL,
			(areas) => areas.remove(20, 30) >= 0,
			(areas) => areas.protect(20, 30, PROT_READ),
		];
		for (const [index, operation] of operations.entries())
			for (let n = 1; ; n++) {
				const areas = new Areas();
				areas.insert(10, 40);
				areas.world.shortage.after(n);
				const done = operation(areas);
				if (!areas.world.shortage.struck) {
					expect(done).to.equal(true);
					expect(n).to.equal(index === 0 ? 2 : 3);
					break;
				}
				expect(done).to.equal(false);
				expect(areas.text).to.equal("10-40 rw-p");
			}
	});
});

describe("random operations on areas", () => {
	it("do what an array of pages does", () => {
		const page = fc.integer({ min: 1, max: 30 });
		const permissions = fc.constantFrom(PROT_NONE, PROT_READ, RW);
		const what = fc.constantFrom("insert", "remove", "protect");
		const command = fc.tuple(what, page, page, permissions);
		fc.assert(
			fc.property(fc.array(command, { maxLength: 50 }), (commands) => {
				const areas = new Areas();
				const model = new Array<number>(32).fill(-1);
				for (const [name, first, second, bits] of commands) {
					const [from, to] = [
						Math.min(first, second),
						Math.max(first, second) + 1,
					];
					const range = model.slice(from, to);
					if (name === "insert") {
						if (range.some((each) => each >= 0)) continue;
						areas.insert(from, to, bits);
						model.fill(bits, from, to);
					} else if (name === "remove") {
						const there = range.filter((each) => each >= 0).length;
						expect(areas.remove(from, to)).to.equal(there * PAGE);
						model.fill(-1, from, to);
					} else {
						areas.protect(from, to, bits);
						for (let at = from; at < to; at++)
							if (model[at]! >= 0) model[at] = bits;
					}
					expect(areas.text).to.equal(runs(model));
				}
			}),
		);
	});

	/** The fewest areas that cover the pages of a model. */
	function runs(model: number[]): string {
		const texts: string[] = [];
		const names = new Map([
			[PROT_NONE, "---p"],
			[PROT_READ, "r--p"],
			[RW, "rw-p"],
		]);
		for (let at = 0; at < model.length; ) {
			let end = at;
			while (end < model.length && model[end] === model[at]) end++;
			if (model[at]! >= 0) texts.push(`${at}-${end} ${names.get(model[at]!)}`);
			at = end;
		}
		return texts.join(", ");
	}
});
