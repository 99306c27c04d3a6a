// The recorded machines, booted and compared with what the recorded kernels said about their memory.
//
//   recording                      here
//   firmware map, image,    --->   boot  --->  zones, marks, free blocks, log, /proc texts     equal, line by line
//   RAM disk, CPUs,                      --->  pages that each kernel keeps for its own books  a table without a rest
//   command line
//
// The kernel computes marks, reserves and per-CPU sizes before it gives the zones the initial RAM disk and the boot-only
// parts of its image. So the numbers are checked twice: against the formulas over what this kernel manages, and against
// the recorded numbers with the zones told to manage what they manage there.

import { expect } from "chai";
import type { Kernel } from "../../kernel/kernel";
import { parseBuddyinfo } from "../../kernel/proc/buddyinfo";
import { parseIomem } from "../../kernel/proc/iomem";
import { parseMeminfo } from "../../kernel/proc/meminfo";
import { parsePagetypeinfo } from "../../kernel/proc/pagetypeinfo";
import { parseSlabinfo } from "../../kernel/proc/slabinfo";
import { parseVmstat } from "../../kernel/proc/vmstat";
import { __GFP_DMA, GFP_KERNEL } from "../../mm/gfp";
import { initWatermarks } from "../../mm/init";
import {
	bootMinFreeKbytes,
	lowmemReserves,
	pcpBatch,
	pcpHigh,
	statThreshold,
	zoneWatermarks,
} from "../../mm/watermark";
import { ZONE_DMA32 } from "../../mm/zone";
import { loadScenario } from "../../scripts/scenario-files";
import {
	parseZoneinfo,
	recorded,
	recordedNames,
	type SnapshotFile,
} from "../fixtures";
import {
	booksOf,
	bootOn,
	CONFIG,
	decrypted,
	lateHere,
	lateLines,
	ramDisk,
	type Sizes,
	sum,
	told,
} from "./recorded";

/** Lines that speak of the kernel's name, its books, the processor's speed, or what it was not built with. */
const OWN =
	/^(Linux version|NODE_DATA|setup_percpu|percpu:|mem auto-init|Memory:|Calibrating|smpboot: Total|SLUB: CONFIG|SLUB: slub_debug=)/;

/** The lines of a log without their time stamps. */
const messages = (log: string): string[] =>
	log
		.trimEnd()
		.split("\n")
		.map((line) => line.replace(/^\[ *\d+\.\d+\] /, ""));

/** The lines of `wanted` that `text` has behind the one before. */
function inOrder(text: readonly string[], wanted: readonly string[]): string[] {
	let at = 0;
	return wanted.filter((line) => {
		const found = text.indexOf(line, at);
		if (found >= 0) at = found + 1;
		return found >= 0;
	});
}

/** Only this machine has the 512 MiB from which on huge pages are used. */
const isHuge = (name: string): boolean => name === "l2-mixed-nomerge-1cpu";

/** What a zone computes from its managed pages. */
interface ZoneNumbers {
	readonly marks: readonly number[];
	readonly protection: readonly number[];
	/** high and batch of each CPU. */
	readonly lists: readonly (readonly number[])[];
	readonly statThreshold: number;
}

const numbersOf = (zoneinfo: string): ZoneNumbers[] =>
	parseZoneinfo(zoneinfo).map((zone) => ({
		marks: [zone.min, zone.low, zone.high],
		protection: zone.protection,
		lists: zone.pagesets.map(({ high, batch }) => [high, batch]),
		statThreshold: zone.statThreshold,
	}));

function expectedNumbers(
	managed: readonly number[],
	minFree: number,
	cpus: number,
): ZoneNumbers[] {
	const marks = zoneWatermarks(managed, minFree);
	const reserves = lowmemReserves(managed);
	return managed.map((pages, index) => {
		const { min, low, high } = marks[index]!;
		const list = [pcpHigh(pages, low, cpus), pcpBatch(pages)];
		return {
			marks: [min, low, high],
			protection: reserves[index]!,
			lists: pages > 0 ? Array.from({ length: cpus }, () => list) : [],
			statThreshold: pages > 0 ? statThreshold(pages, cpus) : 0,
		};
	});
}

/** A text whose numbers are aligned to the right, with each number as wide as it is. */
const columns = (text: string): string =>
	text.replace(/ +\d+\b/g, (number) => "#".repeat(number.length));
/** A text whose numbers are aligned to the left. */
const labels = (text: string): string => text.replace(/\b\d+\b/g, "#");

/** Texts with one line for each thing that both kernels have. */
const TEXTS = {
	buddyinfo: { parse: parseBuddyinfo, shape: columns },
	meminfo: { parse: parseMeminfo, shape: columns },
	pagetypeinfo: { parse: parsePagetypeinfo, shape: columns },
	vmstat: { parse: parseVmstat, shape: labels },
	zoneinfo: { parse: parseZoneinfo, shape: labels },
} as const satisfies Partial<
	Record<
		SnapshotFile,
		{ parse: (text: string) => unknown; shape: (text: string) => string }
	>
>;

for (const name of recordedNames())
	describe(`the recorded machine ${name}, booted`, () => {
		const recording = recorded(name);
		let kernel: Kernel;
		before(() => {
			kernel = bootOn(recording);
		});

		it("is sound", () => {
			expect(kernel.check()).to.deep.equal([]);
		});

		it("logs the recorded lines in the recorded order, but for lines about the kernel itself", () => {
			const ours = messages(kernel.log.text()).filter((it) => !OWN.test(it));
			const theirs = messages(recording.dmesg());
			expect(inOrder(theirs, ours)).to.deep.equal(ours);
			expect(ours.length).to.be.at.least(35);
		});

		it("gives late what the recorded kernel gives late, in its order", () => {
			const ours = lateLines(kernel.log.text());
			expect(ours).to.deep.equal(lateLines(recording.dmesg()));
			expect(lateHere(kernel) + decrypted(recording)).to.equal(
				recording.pagesFreedLate(),
			);
		});

		it("has the zones' spanned and present pages", () => {
			const sizes = (text: string) =>
				parseZoneinfo(text).map(({ name, spanned, present, startPfn }) => ({
					name,
					spanned,
					present,
					startPfn,
				}));
			const theirs = sizes(recording.text("zoneinfo", "c"));
			expect(sizes(kernel.proc("zoneinfo"))).to.deep.equal(theirs);
		});

		it("manages what is present, less the books, and so does the recorded one", () => {
			const books = booksOf(recording, kernel);
			const kept = (zones: readonly Sizes[]): number =>
				sum(zones.map(({ present, managed }) => present - managed));
			const table = JSON.stringify(books, null, 1);
			expect(kept(recording.zones("c")), table).to.equal(
				sum(books.map(({ theirs }) => theirs)),
			);
			expect(kept(kernel.mm.zones), table).to.equal(
				sum(books.map(({ ours }) => ours)),
			);
		});

		it("computes marks, reserves and per-CPU sizes from what the zones managed before the late pages", () => {
			const managed = kernel.mm.zones.map((zone) => zone.managed);
			managed[ZONE_DMA32]! -= lateHere(kernel);
			const minFree = kernel.mm.globals.minFreeKbytes;
			expect(minFree).to.equal(bootMinFreeKbytes(managed, isHuge(name)));
			const cpus = recording.cpuCount();
			expect(numbersOf(kernel.proc("zoneinfo"))).to.deep.equal(
				expectedNumbers(managed, minFree, cpus),
			);
		});

		it("computes exactly the recorded ones from the recorded managed pages", () => {
			const other = bootOn(recording);
			const zones = recording.zones("c");
			zones.forEach(({ managed }, index) => {
				const late = index === ZONE_DMA32 ? recording.pagesFreedLate() : 0;
				other.mm.zones[index]!.setManaged(managed - late);
			});
			initWatermarks(other.mm, {
				minFreeKbytes: 0,
				highFraction: 0,
				hugePages: true,
			});
			expect(other.mm.globals.minFreeKbytes).to.equal(
				Number(recording.sysctl("min_free_kbytes")),
			);
			expect(numbersOf(other.proc("zoneinfo"))).to.deep.equal(
				numbersOf(recording.text("zoneinfo", "c")),
			);
		});

		it("has zone DMA as the recorded one, once the pool for atomic DMA is taken from it", () => {
			const pool = told(recording.dmesg(), "preallocated ") / 4; // pages
			expect(pool).to.equal(2 ** 5);
			const other = bootOn(recording);
			expect(other.allocPages(5, GFP_KERNEL | __GFP_DMA)).to.not.equal(0);
			const lines = (text: string) => text.match(/.* DMA .*/g);
			for (const file of ["buddyinfo", "pagetypeinfo"] as const)
				expect(lines(other.proc(file)), file).to.deep.equal(
					lines(recording.text(file, "a")),
				);
		});

		for (const file of Object.keys(TEXTS) as (keyof typeof TEXTS)[])
			it(`has a /proc/${file} with the recorded lines in their order`, () => {
				const { parse, shape } = TEXTS[file];
				const ours = kernel.proc(file);
				expect(() => parse(ours)).to.not.throw();
				expect(shape(ours)).to.equal(shape(recording.text(file, "a")));
			});

		it("has as many pageblocks in each zone", () => {
			const count = (text: string): number[] =>
				parsePagetypeinfo(text).blocks.map(({ counts }) => sum(counts));
			expect(count(kernel.proc("pagetypeinfo"))).to.deep.equal(
				count(recording.text("pagetypeinfo", "a")),
			);
		});

		it("has a /proc/iomem with nothing that the recorded one does not have", () => {
			const ours = kernel.proc("iomem");
			expect(parseIomem(ours).length).to.be.at.least(7);
			const lines = ours.trimEnd().split("\n");
			const theirs = recording.text("iomem", "a").split("\n");
			expect(inOrder(theirs, lines)).to.deep.equal(lines);
		});

		it("has a /proc/slabinfo with the recorded heading and kmalloc caches", () => {
			const ours = kernel.proc("slabinfo");
			const kmalloc = (text: string): string[] =>
				parseSlabinfo(text)
					.map((it) => `${it.name} ${it.objectSize} ${it.objectsPerSlab}`)
					.filter((line) => line.includes("km"));
			const theirs = recording.text("slabinfo", "a");
			expect(ours.split("\n").slice(0, 2)).to.deep.equal(
				theirs.split("\n").slice(0, 2),
			);
			expect(kmalloc(ours)).to.deep.equal(kmalloc(theirs));
		});
	});

describe("the shipped scenario debian-boot", () => {
	const { machine, caches, config } = loadScenario("debian-boot");
	const recording = recorded("m12-net-2cpu-counterclock");

	it("has the recorded memory map, image, initial RAM disk and CPUs", () => {
		const map = recording.memoryMap();
		expect(machine.map).to.deep.equal(map.ranges);
		expect(machine.image).to.deep.equal(map.image);
		expect(machine.reserved).to.deep.equal([ramDisk(recording)]);
		expect(machine.cpus).to.equal(recording.cpuCount());
		expect(config).to.deep.equal(CONFIG);
	});

	it("has every recorded cache with the objects that it had when init began, oldest first", () => {
		const lines = recording.slabinfo("a").reverse();
		const theirs = lines
			.filter(({ name }) => !name.startsWith("kmem_cache")) // boot's own business
			.filter(
				({ name, objects }) => objects > 0 || !/^(dma-)?kmalloc/.test(name),
			);
		expect(
			caches.map(({ spec, objects }) => `${spec.name} ${objects}`),
		).to.deep.equal(theirs.map((it) => `${it.name} ${it.objects}`));
	});
});
