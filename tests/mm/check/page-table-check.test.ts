import { expect } from "chai";
import {
	entryHigh,
	entryLow,
	PTE_PRESENT,
	PTE_RETIRED,
	PTE_USER,
	PTE_WRITABLE,
} from "../../../hw/pte";
import {
	asPfn,
	asPhys,
	DIRECT_MAP_BASE,
	type PhysAddr,
} from "../../../hw/units";
import { GFP_KERNEL } from "../../../mm/gfp";
import { PG_ANON, PG_TABLE } from "../../../mm/page";
import { PROT_READ, PROT_WRITE } from "../../../mm/vma";
import { PagingWorld, va } from "../../models/paging-world";

const PAGE = 4096;
const AT = va(0x400000);
const USER = PTE_PRESENT | PTE_WRITABLE | PTE_USER;

/** A space with two areas: two pages at AT, one page higher up. */
class Scene {
	readonly world = new PagingWorld();
	readonly space: PhysAddr = this.world.spaces.create(1);
	readonly other: PhysAddr = this.world.spaces.create(2);

	constructor() {
		const { spaces } = this.world;
		const rw = PROT_READ | PROT_WRITE;
		spaces.map(this.space, 2 * PAGE, rw, { at: AT, eager: true });
		const above = va(AT + 4 * PAGE);
		spaces.map(this.space, PAGE, PROT_READ, { at: above, eager: true });
	}

	get root() {
		return this.world.spaces.root(this.space);
	}
	/** Slot of the leaf for a page of the space. */
	slot(at: number): number {
		return this.world.tables.find(this.root, va(at));
	}
	/** Overwrites the entry at a slot. */
	write(slot: number, pfn: number, flags: number): void {
		const { memory } = this.world;
		memory.writeU32(asPhys(slot * 8), entryLow(asPfn(pfn), flags) >>> 0);
		memory.writeU32(asPhys(slot * 8 + 4), entryHigh(asPfn(pfn), flags) >>> 0);
	}
	/** Adds to a word of the space's record. */
	bump(offset: number, amount: number): void {
		const at = asPhys(this.space + offset);
		this.world.memory.writeU32(at, this.world.memory.readU32(at) + amount);
	}
	/** First area of the space. */
	get area(): PhysAddr {
		return this.world.vmas.first(this.world.spaces.vmaList(this.space));
	}
	audit(): string[] {
		return this.world.audit(this.space, this.other);
	}
}

/** Damages a scene; the auditor must name the invariant, and a sentence must match. */
function finds(invariant: string, damage: (scene: Scene) => void): void {
	const scene = new Scene();
	expect(scene.audit()).to.deep.equal([]);
	damage(scene);
	const findings = scene.audit();
	const named = findings.filter((text) => text.startsWith(`${invariant}: `));
	expect(named, findings.join("\n")).to.not.be.empty;
}

describe("the auditor of page tables", () => {
	it("PT1: finds a table that two entries lead to", () => {
		finds("PT1", ({ world, other, ...scene }) => {
			const from = world.spaces.root(scene.space) * 512;
			const table = world.tables.pfnAt(from);
			const at = asPhys(world.spaces.root(other) * PAGE);
			world.memory.writeU32(at, entryLow(table, USER));
		});
	});

	it("PT1: finds tables that are counted and not reached", () => {
		finds("PT1", (scene) => {
			scene.world.tableCount.count++;
		});
	});

	it("PT1: finds a table outside of memory, and rubbish", () => {
		finds("PT1", (scene) => scene.write(scene.root * 512 + 5, 1 << 20, USER));
		finds("PT1", (scene) => {
			const at = asPhys(scene.slot(AT) * 8 + 4);
			scene.world.memory.writeU32(at, 1 << 15);
		});
	});

	it("PT3: finds a kernel entry of one space only", () => {
		finds("PT3", (scene) => {
			const table = scene.world.tables.createRoot(GFP_KERNEL);
			scene.write(scene.root * 512 + 400, table, PTE_PRESENT);
		});
	});

	it("PT4: finds what was retired and never released", () => {
		finds("PT4", (scene) => {
			const slot = scene.slot(AT);
			scene.write(slot, scene.world.tables.pfnAt(slot), PTE_RETIRED);
		});
	});

	it("PT5: finds a table in a frame that is not marked, or free", () => {
		finds("PT5", ({ root, world }) => {
			world.pages.clearFlags(world.tables.pfnAt(root * 512), PG_TABLE);
		});
		finds("PT5", ({ root, world }) => {
			world.pages.setRefcount(root, 0);
		});
	});

	it("PT6: finds frames that are free, shared or not a program's", () => {
		finds("PT6", (scene) => scene.write(scene.slot(AT), 1500, USER));
		finds("PT6", (scene) => {
			const pfn = scene.world.tables.pfnAt(scene.slot(AT));
			scene.write(scene.slot(AT + PAGE), pfn, USER);
		});
		finds("PT6", (scene) => {
			const pfn = scene.world.tables.pfnAt(scene.slot(AT));
			scene.world.pages.clearFlags(pfn, PG_ANON);
		});
		finds("PT6", (scene) => {
			const pfn = scene.world.tables.pfnAt(scene.slot(AT));
			scene.world.pages.setMapcount(pfn, 2);
		});
	});

	it("PT6: finds a program that can write to a page table", () => {
		finds("PT6", (scene) => {
			scene.write(scene.slot(AT), scene.root, USER);
		});
	});

	it("PT7: finds a wrong privilege on either side", () => {
		finds("PT7", (scene) => {
			const slot = scene.slot(AT);
			scene.write(slot, scene.world.tables.pfnAt(slot), PTE_PRESENT);
		});
		finds("PT7", ({ world }) => {
			const at = va(DIRECT_MAP_BASE);
			world.tables.map(world.kernelRoot, at, asPfn(3), USER, GFP_KERNEL);
		});
	});

	it("AS1, AS2, AS3: compares the numbers of the record", () => {
		finds("AS1", (scene) => scene.bump(28, 1));
		finds("AS2", (scene) => scene.bump(32, PAGE));
		finds("AS3", (scene) => scene.bump(24, 1));
	});

	it("AS4: finds a page in no area", () => {
		finds("AS4", ({ world, space }) => {
			const list = world.spaces.vmaList(space);
			world.vmas.remove(list, AT, va(AT + PAGE), GFP_KERNEL);
		});
	});

	it("AS5: finds two spaces with one asid", () => {
		finds("AS5", (scene) => scene.bump(12, 1));
	});

	it("VA1, VA2: finds areas that overlap or are empty", () => {
		finds("VA1", ({ world, area }) =>
			world.memory.writeU64(asPhys(area + 8), AT + 5 * PAGE),
		);
		finds("VA2", ({ world, area }) =>
			world.memory.writeU64(asPhys(area + 8), AT),
		);
		finds("VA2", ({ world, area }) =>
			world.memory.writeU64(asPhys(area + 8), AT + 100),
		);
	});

	it("VA3: finds neighbours that could be one", () => {
		finds("VA3", ({ world, space }) => {
			const list = world.spaces.vmaList(space);
			world.vmas.splitAt(list, va(AT + PAGE), GFP_KERNEL);
		});
	});

	it("VA4: finds links and owners that do not agree", () => {
		finds("VA4", ({ world, area }) => {
			const above = world.vmas.next(area);
			world.memory.writePointer(asPhys(above + 48), above);
		});
		finds("VA4", ({ world, area }) => {
			const above = world.vmas.next(area);
			world.memory.writePointer(asPhys(above + 40), area);
		});
		finds("VA4", ({ world, area, other }) =>
			world.memory.writePointer(asPhys(area + 16), other),
		);
	});
});
