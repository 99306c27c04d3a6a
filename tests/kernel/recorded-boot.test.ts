// Boot on the recorded machines, against the zones that the recorded kernels made of them.
//
// Spans and present pages must be equal, and so must everything that is computed from managed pages, once it is computed
// from the same ones. Managed pages differ, because a kernel of 28 MiB takes more for itself than this one does: hash tables
// for files, DMA buffers, per-CPU variables of a thousand subsystems, the firmware's tables. By how many is written down.

import { expect } from "chai";
import { boot } from "../../kernel/boot";
import type { Kernel } from "../../kernel/kernel";
import {
	lowmemReserves,
	pcpBatch,
	pcpHigh,
	zoneWatermarks,
} from "../../mm/watermark";
import { WMARK_HIGH, WMARK_LOW, WMARK_MIN } from "../../mm/zone";
import { parseZoneinfo, recorded, recordedNames } from "../fixtures";

/** Where the recorded boot loader left the initial RAM disk. */
function ramDisk(dmesg: string): { start: number; end: number } {
	const found = /RAMDISK: \[mem 0x([0-9a-f]+)-0x([0-9a-f]+)\]/.exec(dmesg)!;
	const [start, last] = found
		.slice(1)
		.map((digits) => Number.parseInt(digits, 16));
	return { start: start!, end: last! + 1 };
}

for (const name of recordedNames())
	describe(`boot on the recorded machine ${name}`, () => {
		const recording = recorded(name);
		const cpus = recording.cpuCount();
		let kernel: Kernel;
		before(() => {
			kernel = boot({
				map: recording.memoryMap(),
				cpus,
				reserved: [ramDisk(recording.dmesg())],
			});
		});

		it("is sound", () => {
			expect(kernel.check()).to.deep.equal([]);
		});

		it("has the zones' spans and present pages", () => {
			const sizes = (text: string) =>
				parseZoneinfo(text).map(({ name, spanned, present, startPfn }) => ({
					name,
					spanned,
					present,
					startPfn,
				}));
			const real = recording.text("zoneinfo", "c");
			expect(sizes(kernel.proc("zoneinfo"))).to.deep.equal(sizes(real));
		});

		it("frees as much of the loader's and its own as the recorded kernel does", () => {
			const freed = (text: string): string[] =>
				text.match(/Freeing (initrd|unused kernel image).*/g) ?? [];
			expect(freed(kernel.log.text())).to.deep.equal(freed(recording.dmesg()));
		});

		it("manages as many pages in zone DMA as the recorded kernel does", () => {
			const dma = recording.zones("c")[0]!;
			expect(kernel.mm.zones[0]!.managed).to.equal(dma.managed);
		});

		it("manages as many pages in all, but for what each of the two took for itself", () => {
			const theirs = takenByLinux(recording.dmesg(), cpus);
			const ours = takenHere(kernel);
			const differ = total(kernel.mm.zones) - total(recording.zones("c"));
			expect(differ - (theirs - ours)).to.be.within(-150, 150);
		});

		it("computes marks, reserves and per-CPU sizes as the recorded kernel would", () => {
			const late = recording.pagesFreedLate() - decrypted(recording.dmesg());
			const managed = kernel.mm.zones.map((zone) => zone.managed);
			managed[1]! -= late; // came back after the marks
			const { minFreeKbytes } = kernel.mm.globals;
			const marks = zoneWatermarks(managed, minFreeKbytes);
			const reserves = lowmemReserves(managed);
			kernel.mm.zones.forEach((zone, index) => {
				const { min, low, high } = marks[index]!;
				expect([
					zone.watermark(WMARK_MIN),
					zone.watermark(WMARK_LOW),
					zone.watermark(WMARK_HIGH),
				]).to.deep.equal([min, low, high]);
				for (let highest = 0; highest < 5; highest++)
					expect(zone.lowmemReserve(highest)).to.equal(
						reserves[index]![highest],
					);
			});
			for (const { zone, pcp } of kernel.mm.allocator.zones) {
				const pages = managed[zone.index]!;
				const { high, batch } = pcp.state(cpus - 1);
				expect(batch).to.equal(pcpBatch(pages));
				expect(high).to.equal(pcpHigh(pages, marks[zone.index]!.low, cpus));
			}
		});
	});

/** Pages that the recorded kernel freed of its bss because the processor encrypts no memory: not done here. */
function decrypted(dmesg: string): number {
	const found = /Freeing unused decrypted memory: (\d+)K/.exec(dmesg);
	return Number(found?.[1] ?? 0) / 4;
}

const total = (zones: readonly { readonly managed: number }[]): number =>
	zones.reduce((sum, { managed }) => sum + managed, 0);

/** Pages that Linux takes from memblock, and this kernel does not: it has neither files nor devices. Those given back count against it. */
function takenByLinux(dmesg: string, cpus: number): number {
	const number = (pattern: RegExp): number =>
		Number(pattern.exec(dmesg)?.[1] ?? 0);
	const node = /NODE_DATA\(0\) allocated \[mem 0x(\w+)-0x(\w+)\]/.exec(dmesg)!;
	const nodeBytes = Number(`0x${node[2]}`) + 1 - Number(`0x${node[1]}`);
	const bytes =
		number(/Dentry cache .* (\d+) bytes/) +
		number(/Inode-cache .* (\d+) bytes/) +
		nodeBytes +
		number(/SWIOTLB bounce buffer size adjusted \d+ -> (\d+) slabs/) * 2048;
	const freed =
		decrypted(dmesg) + number(/SMP alternatives memory: (\d+)K/) / 4;
	return bytes / 4096 + number(/Embedded (\d+) pages/) * cpus - freed;
}

/** Pages that this kernel takes for the same purposes; both have page records of the same size. */
const takenHere = (kernel: Kernel): number =>
	kernel
		.frames()
		.filter(({ use, owner }) => use === "metadata" && owner !== "page records")
		.reduce((sum, { count }) => sum + count, 0);
