// Auditor of page tables and address spaces: walks every tree from raw words and recounts what the records say.
//
//   kernel root --- kernel's half, once -----------+
//   task roots ---- kernel's half must be the same |--> tables found, leaves found --> compared with page records,
//              \--- lower half, each               |    mm_struct and areas
//                                                  +
//
// It shares no code with mm/page-table.ts beyond the form of an entry. The sentences begin with the number of the
// invariant that is broken: PT of page-table.ts, AS of address-space.ts, VA of vma.ts.

import type { PhysicalMemory } from "../../hw/memory";
import {
	entryBytes,
	entryPfn,
	hasReservedBits,
	isMapped,
	PTE_LARGE,
	PTE_RETIRED,
	PTE_USER,
} from "../../hw/pte";
import {
	asVirt,
	hex,
	KERNEL_HALF,
	NULL,
	PAGE_SIZE,
	type Pfn,
	type PhysAddr,
	virtText,
} from "../../hw/units";
import type { AddressSpaces } from "../address-space";
import {
	type Pages,
	PG_ANON,
	PG_BUDDY,
	PG_PCP,
	PG_SLAB,
	PG_TABLE,
} from "../page";
import type { Vmas } from "../vma";

const FREE = PG_BUDDY | PG_PCP;
const ACCESSED = 1 << 5; // the walker sets it on its own
const HALF_ENTRIES = 256;
const AREAS_MAX = 65536; // more are taken for a list that runs in a circle

/** What one tree holds. */
interface Tally {
	tables: number; // below the root
	frames: number; // of leaves
}

/** Recounts page tables; `check` may be called between any two operations. */
export class PageTableCheck {
	constructor(
		private readonly memory: PhysicalMemory,
		private readonly pages: Pages,
		private readonly spaces: AddressSpaces,
		private readonly vmas: Vmas,
	) {}

	/**
	 * Sentences about what is broken, none when all is well.
	 * @param kernelRoot the root whose kernel half all share
	 * @param living every address space, each once
	 * @param tableCount table pages that the kernel counts, roots included; not compared when left out
	 */
	check(
		kernelRoot: Pfn,
		living: readonly PhysAddr[],
		tableCount?: number,
	): string[] {
		const audit = new Audit(this.memory, this.pages);
		audit.addKernel(kernelRoot);
		const asids = new Set([0]);
		for (const space of living) {
			this.checkSpace(audit, kernelRoot, space);
			const asid = this.spaces.asid(space);
			if (asids.has(asid)) audit.say(`AS5: asid ${asid} is in use twice`);
			asids.add(asid);
		}
		audit.compareMapcounts();
		if (tableCount !== undefined && tableCount !== audit.tableCount)
			audit.say(
				`PT1: ${audit.tableCount} tables are reached, ${tableCount} are counted`,
			);
		return audit.findings;
	}

	private checkSpace(audit: Audit, kernelRoot: Pfn, space: PhysAddr): void {
		const { spaces } = this;
		const name = `space ${hex(space)}`;
		const root = spaces.root(space);
		audit.compareKernelHalf(kernelRoot, root, name);
		const inArea = this.checkAreas(audit, space, name);
		const tally = audit.addTask(root, name, inArea);
		const rss = spaces.rssPages(space);
		if (rss !== tally.frames)
			audit.say(`AS1: ${name} maps ${tally.frames} frames, rss says ${rss}`);
		const bytes = spaces.tableBytes(space);
		if (bytes !== tally.tables * PAGE_SIZE)
			audit.say(
				`AS2: ${name} has ${tally.tables} tables, its record says ${bytes} bytes`,
			);
	}

	/** Checks the list of areas; returns a test whether an address lies in one. */
	private checkAreas(
		audit: Audit,
		space: PhysAddr,
		name: string,
	): (va: number) => boolean {
		const { vmas } = this;
		const ranges: [start: number, end: number][] = [];
		let pageCount = 0;
		let before = NULL;
		let vma = vmas.first(this.spaces.vmaList(space));
		for (; vma !== NULL && ranges.length < AREAS_MAX; vma = vmas.next(vma)) {
			const start = vmas.start(vma);
			const end = vmas.end(vma);
			this.checkArea(audit, space, before, vma);
			ranges.push([start, end]);
			pageCount += (end - start) / PAGE_SIZE;
			before = vma;
		}
		if (vma !== NULL) audit.say(`VA4: the areas of ${name} do not end`);
		const total = this.spaces.totalPages(space);
		if (total !== pageCount)
			audit.say(`AS3: ${name} has areas of ${pageCount} pages, not ${total}`);
		return (va) => ranges.some(([start, end]) => va >= start && va < end);
	}

	private checkArea(
		audit: Audit,
		space: PhysAddr,
		before: PhysAddr,
		vma: PhysAddr,
	): void {
		const { vmas } = this;
		const start = vmas.start(vma);
		const name = `area ${hex(start)} of space ${hex(space)}`;
		const whole = start % PAGE_SIZE === 0 && vmas.end(vma) % PAGE_SIZE === 0;
		if (start >= vmas.end(vma) || !whole)
			audit.say(`VA2: ${name} is empty or not of whole pages`);
		if (vmas.mm(vma) !== space) audit.say(`VA4: ${name} names another owner`);
		if (vmas.prev(vma) !== before)
			audit.say(`VA4: ${name} does not lead back to the area below`);
		if (before === NULL) return;
		if (vmas.end(before) > start)
			audit.say(`VA1: ${name} begins inside the area below`);
		const alike =
			vmas.flags(before) === vmas.flags(vma) &&
			vmas.kind(before) === vmas.kind(vma);
		if (vmas.end(before) === start && alike)
			audit.say(`VA3: ${name} could be one with the area below`);
	}
}

/** One run of the auditor: what it found so far. */
class Audit {
	readonly findings: string[] = [];
	private readonly tables = new Map<number, string>(); // frame -> who reached it
	private readonly mappings = new Map<number, number>(); // first frame -> leaves of lower halves

	constructor(
		private readonly memory: PhysicalMemory,
		private readonly pages: Pages,
	) {}

	say(finding: string): void {
		this.findings.push(finding);
	}

	/** Tables reached, roots included. */
	get tableCount(): number {
		return this.tables.size;
	}

	addKernel(root: Pfn): void {
		this.addTable(root, "kernel root", true);
		this.walk(root, 4, 0, HALF_ENTRIES, 2 * HALF_ENTRIES, () => {});
	}

	addTask(root: Pfn, name: string, inArea: (va: number) => boolean): Tally {
		const tally = { tables: 0, frames: 0 };
		this.addTable(root, `root of ${name}`, false);
		const before = this.tableCount;
		this.walk(root, 4, 0, 0, HALF_ENTRIES, (va, pfn, frames) => {
			tally.frames += frames;
			if (!inArea(va)) this.say(`AS4: ${name} maps ${hex(va)} in no area`);
			this.addMapping(pfn, frames, va, name);
		});
		tally.tables = this.tableCount - before;
		return tally;
	}

	compareKernelHalf(kernelRoot: Pfn, root: Pfn, name: string): void {
		for (let index = HALF_ENTRIES; index < 2 * HALF_ENTRIES; index++) {
			const [low, high] = this.entry(kernelRoot, index);
			const [otherLow, otherHigh] = this.entry(root, index);
			const differs = ((low ^ otherLow) & ~ACCESSED) | (high ^ otherHigh);
			if (differs !== 0)
				this.say(`PT3: ${name} has its own kernel entry ${index}`);
		}
	}

	compareMapcounts(): void {
		for (const [pfn, count] of this.mappings) {
			if (this.tables.has(pfn))
				this.say(`PT6: table ${hex(pfn)} is mapped by a program`);
			if (!this.pages.has(pfn)) continue;
			const said = this.pages.mapcount(pfn as Pfn);
			if (said !== count)
				this.say(
					`PT6: frame ${hex(pfn)} is mapped ${count} times, not ${said}`,
				);
		}
	}

	/** Notes that a leaf names a block of `frames` frames, known by its first one. */
	private addMapping(
		pfn: number,
		frames: number,
		va: number,
		name: string,
	): void {
		const known = this.mappings.get(pfn);
		this.mappings.set(pfn, (known ?? 0) + 1);
		if (known !== undefined) return;
		const flags = this.pages.has(pfn) ? this.pages.flags(pfn as Pfn) : FREE;
		const used = (flags & FREE) === 0 && this.pages.refcount(pfn as Pfn) > 0;
		const whole = used && 2 ** this.pages.order(pfn as Pfn) === frames;
		if (!whole || (flags & PG_ANON) === 0)
			this.say(
				`PT6: ${name} maps ${hex(va)} to frame ${hex(pfn)}, which is no anonymous block of ${frames} in use`,
			);
	}

	/** Notes a table; false when something else led to it already. */
	private addTable(pfn: number, name: string, kernel: boolean): boolean {
		const known = this.tables.get(pfn);
		if (known !== undefined) {
			this.say(`PT1: table ${hex(pfn)} is both ${known} and ${name}`);
			return false;
		}
		this.tables.set(pfn, name);
		if (!this.isTableFrame(pfn, kernel))
			this.say(`PT5: ${name} lies in frame ${hex(pfn)}, which is no table`);
		return true;
	}

	private isTableFrame(pfn: number, kernel: boolean): boolean {
		if (!this.pages.has(pfn)) return false;
		const flags = this.pages.flags(pfn as Pfn);
		if (kernel) return (flags & (FREE | PG_SLAB | PG_ANON)) === 0;
		const used = this.pages.refcount(pfn as Pfn) > 0;
		return used && (flags & PG_TABLE) !== 0;
	}

	private entry(table: number, index: number): [low: number, high: number] {
		const words = this.memory.banks[table >>> 20] as Int32Array;
		const at = (table & 0xfffff) * 1024 + index * 2;
		return [words[at] as number, words[at + 1] as number];
	}

	/** Walks entries `first` to `end` - 1 of a table and everything below; `leaf` hears of each leaf. */
	private walk(
		table: number,
		level: number,
		base: number,
		first: number,
		end: number,
		leaf: (va: number, pfn: number, frames: number) => void,
	): void {
		for (let index = first; index < end; index++) {
			const [low, high] = this.entry(table, index);
			if (low === 0 && high === 0) continue;
			const va = base + index * entryBytes(level);
			if (!this.isSound(low, high, level, va)) continue;
			const pfn = entryPfn(low, high);
			if (level === 1 || (low & PTE_LARGE) !== 0) {
				this.checkPrivilege(low, va);
				leaf(va, pfn, entryBytes(level) / PAGE_SIZE);
				continue;
			}
			const name = `table of level ${level - 1} at ${text(va)}`;
			if (pfn >= this.memory.frameCount)
				this.say(`PT1: ${name} lies outside of RAM`);
			else if (this.addTable(pfn, name, va >= KERNEL_HALF))
				this.walk(pfn, level - 1, va, 0, 2 * HALF_ENTRIES, leaf);
		}
	}

	private isSound(
		low: number,
		high: number,
		level: number,
		va: number,
	): boolean {
		if ((low & PTE_RETIRED) !== 0 && !isMapped(low)) {
			this.say(`PT4: the entry of level ${level} at ${text(va)} is retired`);
			return false;
		}
		if (!isMapped(low)) return false;
		if (!hasReservedBits(low, high, level)) return true;
		this.say(`PT1: the entry of level ${level} at ${text(va)} is no entry`);
		return false;
	}

	private checkPrivilege(low: number, va: number): void {
		const user = (low & PTE_USER) !== 0;
		if (user !== va < KERNEL_HALF)
			this.say(`PT7: the leaf at ${text(va)} has the wrong privilege`);
	}
}

const text = (va: number): string => virtText(asVirt(va));
