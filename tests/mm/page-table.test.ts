import { expect } from "chai";
import fc from "fast-check";
import { KernelPanic } from "../../hw/panic";
import {
	entryText,
	LARGE_BYTES,
	LARGE_ORDER,
	PTE_ACCESSED,
	PTE_DIRTY,
	PTE_GLOBAL,
	PTE_LARGE,
	PTE_NX,
	PTE_PRESENT,
	PTE_USER,
	PTE_WRITABLE,
} from "../../hw/pte";
import {
	asPfn,
	asPhys,
	DIRECT_MAP_BASE,
	KERNEL_HALF,
	NIL,
	type Pfn,
} from "../../hw/units";
import { GFP_KERNEL } from "../../mm/gfp";
import { EEXIST, ENOMEM } from "../../mm/page-table";
import { PagingWorld, va } from "../models/paging-world";

const USER = PTE_PRESENT | PTE_WRITABLE | PTE_USER | PTE_NX;
const READ_ONLY = PTE_PRESENT | PTE_USER | PTE_NX;
const KERNEL = PTE_PRESENT | PTE_WRITABLE | PTE_GLOBAL | PTE_NX;
const VA = va(0x7f1234567000);
const BIG = va(0x40000000);

/** A world with one task root. */
class Tree {
	readonly world = new PagingWorld();
	readonly tables = this.world.tables;
	readonly root = this.tables.createTaskRoot(this.world.kernelRoot, GFP_KERNEL);

	map(at: number, pfn: number, flags = USER): number {
		return this.tables.map(this.root, va(at), asPfn(pfn), flags, GFP_KERNEL);
	}
	mapLarge(at: number, pfn: number, flags = USER): number {
		const { tables, root } = this;
		return tables.mapLarge(root, va(at), asPfn(pfn), flags, GFP_KERNEL);
	}
	split(at: number): number {
		return this.tables.splitAt(this.root, va(at), GFP_KERNEL);
	}
	text(at: number): string {
		const slot = this.tables.find(this.root, va(at));
		if (slot === 0) return "nothing";
		return entryText(this.tables.low(slot), this.tables.high(slot));
	}
	/** Takes a range down and returns what came back: frames in one list, and how many tables. */
	takeDown(from: number, to: number): { frames: number[]; tables: number } {
		const frames: number[] = [];
		this.tables.retire(this.root, va(from), va(to));
		const give = (pfn: Pfn, order: number) => {
			for (let i = 0; i < 2 ** order; i++) frames.push(pfn + i);
		};
		const freed = this.tables.release(this.root, va(from), va(to), give);
		return { frames, tables: freed };
	}
	get count(): number {
		return this.world.tableCount.count;
	}
}

describe("page tables", () => {
	it("grow by the tables that a page needs", () => {
		const tree = new Tree();
		const before = tree.count;
		expect(tree.map(VA, 300)).to.equal(3);
		expect(tree.map(VA + 4096, 301)).to.equal(0);
		expect(tree.map(VA + LARGE_BYTES, 302)).to.equal(1);
		expect(tree.map(0x400000, 303)).to.equal(3);
		expect(tree.count - before).to.equal(7);
		expect(tree.text(VA)).to.equal("pfn 0x12c P RW US NX");
		expect(tree.text(VA + 8192)).to.equal("nothing");
		expect(tree.tables.resolve(tree.root, va(VA + 0x123))).to.equal(
			300 * 4096 + 0x123,
		);
		expect(tree.tables.resolve(tree.root, va(VA - 1))).to.equal(0);
	});

	it("map what the MMU then finds", () => {
		const { world, root, ...tree } = new Tree();
		tree.tables.map(root, VA, asPfn(300), USER, GFP_KERNEL);
		world.cpu.setRoot(root, 1);
		world.cpu.setUserMode(true);
		expect(world.mmu.translate(va(VA + 8), 1)).to.equal(300 * 4096 + 8);
	});

	it("refuse to map a page twice", () => {
		const tree = new Tree();
		tree.map(VA, 300);
		expect(tree.map(VA, 301)).to.equal(-EEXIST);
		expect(tree.mapLarge(VA - (VA % LARGE_BYTES), 512)).to.equal(-EEXIST);
		expect(tree.mapLarge(BIG, 512)).to.equal(2);
		expect(tree.map(BIG + 4096, 301)).to.equal(-EEXIST);
	});

	it("unmap a page and say which frame it was", () => {
		const tree = new Tree();
		tree.map(VA, 300);
		expect(tree.tables.unmap(tree.root, VA)).to.equal(300);
		expect(tree.tables.unmap(tree.root, VA)).to.equal(NIL);
		expect(tree.text(VA)).to.equal("nothing");
	});

	it("take ranges down in two steps, frames and tables back", () => {
		const tree = new Tree();
		const before = tree.count;
		for (let i = 0; i < 4; i++) tree.map(VA + i * 4096, 300 + i);
		expect(tree.takeDown(VA + 4096, VA + 3 * 4096)).to.deep.equal({
			frames: [301, 302],
			tables: 0,
		});
		expect(tree.takeDown(0, KERNEL_HALF)).to.deep.equal({
			frames: [300, 303],
			tables: 3,
		});
		expect(tree.count).to.equal(before);
		tree.tables.freeRoot(tree.root);
	});

	it("keep the frame in a retired entry until it is released", () => {
		const tree = new Tree();
		tree.map(VA, 300);
		expect(tree.tables.retire(tree.root, VA, va(VA + 4096))).to.equal(1);
		expect(tree.text(VA)).to.equal("nothing");
		tree.world.cpu.setRoot(tree.root, 1);
		expect(tree.world.mmu.translate(VA, 0)).to.be.below(0);
		expect(tree.map(VA, 400)).to.equal(-EEXIST);
	});

	it("change permissions and leave A and D", () => {
		const tree = new Tree();
		tree.map(VA, 300, USER | PTE_ACCESSED | PTE_DIRTY);
		tree.map(VA + 4096, 301);
		const end = va(VA + 8192);
		expect(tree.tables.protect(tree.root, VA, end, READ_ONLY)).to.equal(2);
		expect(tree.text(VA)).to.equal("pfn 0x12c P US A D NX");
		expect(tree.text(VA + 4096)).to.equal("pfn 0x12d P US NX");
	});

	it("split a page of 2 MiB where a border goes through it", () => {
		const tree = new Tree();
		tree.mapLarge(BIG, 512);
		expect(tree.text(BIG + 0x12345)).to.equal("pfn 0x200 P RW US PS NX");
		expect(tree.split(BIG)).to.equal(0);
		expect(tree.split(BIG + LARGE_BYTES)).to.equal(0);
		expect(tree.split(BIG + 5 * 4096)).to.equal(1);
		expect(tree.split(BIG + 5 * 4096)).to.equal(0);
		expect(tree.text(BIG + 5 * 4096)).to.equal("pfn 0x205 P RW US NX");
		const inside = [BIG + 5 * 4096, BIG + 9 * 4096] as const;
		tree.tables.protect(tree.root, va(inside[0]), va(inside[1]), READ_ONLY);
		expect(tree.text(BIG + 4 * 4096)).to.equal("pfn 0x204 P RW US NX");
		expect(tree.text(BIG + 8 * 4096)).to.equal("pfn 0x208 P US NX");
	});

	it("never cut a page of 2 MiB by themselves", () => {
		const tree = new Tree();
		tree.mapLarge(BIG, 512);
		const cut = () =>
			tree.tables.retire(tree.root, va(BIG + 4096), va(BIG + 8192));
		expect(cut).to.throw(KernelPanic, "is cut: splitAt comes first");
		expect(() => tree.mapLarge(BIG + 4096, 512)).to.throw(KernelPanic, "2 MiB");
		expect(() => tree.mapLarge(BIG, 511)).to.throw(KernelPanic, "2 MiB");
	});

	it("do not give a root back that still maps something", () => {
		const tree = new Tree();
		tree.map(VA, 300);
		expect(() => tree.tables.freeRoot(tree.root)).to.throw(KernelPanic, "PT1");
	});
});

describe("the kernel's half", () => {
	it("shows under every root, whenever it was mapped", () => {
		const { world, tables, root } = new Tree();
		const at = va(DIRECT_MAP_BASE + 4096);
		tables.map(world.kernelRoot, at, asPfn(9), KERNEL, GFP_KERNEL);
		expect(tables.resolve(root, at)).to.equal(9 * 4096);
		tables.unmap(world.kernelRoot, at);
		expect(tables.resolve(root, at)).to.equal(0);
	});

	it("can be mapped only where its tables are reserved", () => {
		const { world, tables } = new Tree();
		const elsewhere = va(0xc90000000000);
		const map = () =>
			tables.map(world.kernelRoot, elsewhere, asPfn(9), KERNEL, GFP_KERNEL);
		expect(map).to.throw(KernelPanic, "PT3 ffffc90000000000");
		const reserve = (bytes: number) =>
			tables.reserveKernel(world.kernelRoot, elsewhere, bytes, GFP_KERNEL);
		expect(reserve(4096)).to.equal(1);
		expect(reserve(2 ** 39 + 1)).to.equal(1);
		expect(map()).to.equal(2);
	});

	it("has the direct map: 2 MiB pages, 4 KiB at ragged edges", () => {
		const { world, tables } = new Tree();
		const start = 0x1ff000;
		const bytes = 2 * LARGE_BYTES + 3 * 4096;
		const base = va(DIRECT_MAP_BASE + start);
		const root = world.kernelRoot;
		const flags = KERNEL;
		const added = tables.mapLinear(
			root,
			base,
			asPhys(start),
			bytes,
			flags,
			GFP_KERNEL,
		);
		expect(added).to.equal(3); // PMD, and a PTE table at either end
		const levels: number[] = [];
		tables.eachLeaf(root, base, va(base + bytes), (slot, level, at) => {
			levels.push(level);
			expect(tables.pfnAt(slot) * 4096).to.equal(at - DIRECT_MAP_BASE);
			expect((tables.low(slot) & PTE_LARGE) !== 0).to.equal(level === 2);
		});
		expect(levels).to.deep.equal([1, 2, 2, 1, 1]);
		expect(tables.resolve(root, va(base + 0x212345))).to.equal(
			start + 0x212345,
		);
	});

	it("is left as it was when a linear mapping does not fit", () => {
		const { world, tables } = new Tree();
		const root = world.kernelRoot;
		const base = va(DIRECT_MAP_BASE + 3 * 4096);
		const blocked = va(DIRECT_MAP_BASE + 6 * 4096);
		tables.map(root, blocked, asPfn(7), KERNEL, GFP_KERNEL);
		const target = asPhys(3 * 4096);
		const result = tables.mapLinear(
			root,
			base,
			target,
			8 * 4096,
			KERNEL,
			GFP_KERNEL,
		);
		expect(result).to.equal(-EEXIST);
		expect(tables.find(root, base)).to.equal(0);
		expect(tables.resolve(root, blocked)).to.equal(7 * 4096);
	});
});

describe("page tables without memory", () => {
	it("leave nothing behind, whichever table is the one that fails", () => {
		for (let n = 1; ; n++) {
			const tree = new Tree();
			const before = tree.world.holdings();
			tree.world.shortage.after(n);
			const result = tree.map(VA, 300);
			if (!tree.world.shortage.struck) {
				expect(result).to.equal(3);
				expect(n).to.equal(4);
				return;
			}
			expect(result).to.equal(-ENOMEM);
			expect(tree.world.holdings()).to.equal(before);
			expect(tree.text(VA)).to.equal("nothing");
		}
	});

	it("undo a linear mapping whole", () => {
		for (let n = 1; ; n++) {
			const { world, tables } = new Tree();
			const before = world.holdings();
			world.shortage.after(n);
			const result = tables.mapLinear(
				world.kernelRoot,
				va(DIRECT_MAP_BASE + 0x1fe000),
				asPhys(0x1fe000),
				2 * LARGE_BYTES + 3 * 4096,
				KERNEL,
				GFP_KERNEL,
			);
			if (!world.shortage.struck) {
				expect(result).to.equal(3);
				return;
			}
			expect(result).to.equal(-ENOMEM);
			expect(world.holdings()).to.equal(before);
		}
	});

	it("keep a large page that cannot be split, and make no root", () => {
		const tree = new Tree();
		tree.mapLarge(BIG, 512);
		tree.world.shortage.after(1);
		expect(tree.split(BIG + 4096)).to.equal(-ENOMEM);
		expect(tree.text(BIG + 4096)).to.match(/PS/);
		tree.world.shortage.after(1);
		const root = tree.tables.createTaskRoot(tree.world.kernelRoot, GFP_KERNEL);
		expect(root).to.equal(NIL);
	});
});

describe("random operations on page tables", () => {
	// Addresses from a few tables' worth of pages, so that operations meet.
	const PAGES = 3 * 512;
	const START = 0x3fffe00000; // a PUD border lies inside
	const page = fc.integer({ min: 0, max: PAGES - 1 });
	const flags = fc.constantFrom(USER, READ_ONLY, USER & ~PTE_NX);
	const command = fc.oneof(
		{ weight: 6, arbitrary: fc.tuple(fc.constant("map"), page, page, flags) },
		{ weight: 2, arbitrary: fc.tuple(fc.constant("large"), page, page, flags) },
		{ weight: 2, arbitrary: fc.tuple(fc.constant("unmap"), page, page, flags) },
		{
			weight: 2,
			arbitrary: fc.tuple(fc.constant("protect"), page, page, flags),
		},
		{ weight: 2, arbitrary: fc.tuple(fc.constant("down"), page, page, flags) },
	);
	type Model = Map<number, [pfn: number, flags: number]>;

	function borders(tree: Tree, first: number, last: number): [number, number] {
		const from = START + Math.min(first, last) * 4096;
		const to = START + (Math.max(first, last) + 1) * 4096;
		tree.split(from);
		tree.split(to);
		return [from, to];
	}

	function play(
		tree: Tree,
		model: Model,
		[what, first, second, bits]: [string, number, number, number],
	): void {
		if (what === "map") {
			const result = tree.map(START + first * 4096, 1000 + second, bits);
			expect(result === -EEXIST).to.equal(model.has(first));
			if (result >= 0) model.set(first, [1000 + second, bits]);
		} else if (what === "large") {
			const base = first - (first % 512);
			const result = tree.mapLarge(START + base * 4096, 2048, bits);
			if (result < 0) return;
			for (let i = 0; i < 2 ** LARGE_ORDER; i++)
				model.set(base + i, [2048 + i, bits]);
		} else if (what === "unmap") {
			tree.split(START + first * 4096);
			tree.split(START + (first + 1) * 4096);
			const pfn = tree.tables.unmap(tree.root, va(START + first * 4096));
			expect(pfn).to.equal(model.get(first)?.[0] ?? NIL);
			model.delete(first);
		} else {
			const [from, to] = borders(tree, first, second);
			const inside = [...model.keys()].filter(
				(at) => START + at * 4096 >= from && START + at * 4096 < to,
			);
			if (what === "protect") {
				tree.tables.protect(tree.root, va(from), va(to), bits);
				for (const at of inside) model.get(at)![1] = bits;
				return;
			}
			const expected = inside
				.sort((a, b) => a - b)
				.map((at) => model.get(at)![0]);
			expect(tree.takeDown(from, to).frames).to.deep.equal(expected);
			for (const at of inside) model.delete(at);
		}
	}

	it("do what a map of pages does, and give every table back", () => {
		fc.assert(
			fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
				const tree = new Tree();
				const before = tree.world.holdings();
				const model: Model = new Map();
				for (const each of commands) play(tree, model, each);
				const seen: Model = new Map();
				const { tables, root } = tree;
				tables.eachLeaf(root, va(0), va(KERNEL_HALF), (slot, level, at) => {
					const kept = tables.flagsAt(slot) & ~PTE_LARGE;
					for (let i = 0; i < 512 ** (level - 1); i++)
						seen.set((at - START) / 4096 + i, [tables.pfnAt(slot) + i, kept]);
				});
				expect(new Map([...seen].sort(([a], [b]) => a - b))).to.deep.equal(
					new Map([...model].sort(([a], [b]) => a - b)),
				);
				tree.takeDown(0, KERNEL_HALF);
				expect(tree.world.holdings()).to.equal(before);
			}),
			{ numRuns: 60 },
		);
	});
});
