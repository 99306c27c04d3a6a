// The recorded machines' memory maps, against the zones that the recorded kernels made of them.
//
// Memory begins at frame 1, because the kernel takes frame 0 out of the firmware's map. A zone spans what the node has
// between the zone's limits, also where there is no RAM; what is present is the whole usable pages in it.

import { expect } from "chai";
import { TurnLocks } from "../../hw/lock";
import { PhysicalMemory } from "../../hw/memory";
import { asPhys } from "../../hw/units";
import { checkMemblock } from "../../mm/check/memblock-check";
import { Memblock } from "../../mm/memblock";
import { recorded, recordedNames } from "../fixtures";

const LIMITS = [4096, 2 ** 20, 2 ** 31]; // first frame past DMA, DMA32 and Normal
const STRUCT = asPhys(0x2000);
const RAM = 64 * 1024;

for (const name of recordedNames()) {
	describe(`memory map of the recorded machine ${name}`, () => {
		const recording = recorded(name);
		const map = recording.memoryMap();
		const zones = recording.zones("a").slice(0, LIMITS.length);

		it("prints as the recorded boot log has it", () => {
			for (const line of map.lines())
				expect(recording.dmesg()).to.include(`${line}\n`);
			expect(map.lines().length).to.equal(recording.firmwareMap().length);
		});

		it("holds the kernel image in RAM, in the order of its parts", () => {
			expect(map.imageFits).to.equal(true);
			expect(map.imageStart).to.equal(0x1000000);
		});

		it("has the zones' spanned and present pages", () => {
			const memory = new PhysicalMemory(new ArrayBuffer(RAM), RAM);
			const memblock = new Memblock(memory, new TurnLocks(), STRUCT);
			map.forEachUsable((start, end) => memblock.add(start, end - start));
			memblock.remove(0, 4096);
			memblock.trim(4096);
			expect(checkMemblock(memblock)).to.deep.equal([]);
			const nodeEnd = memblock.endOfMemory() / 4096;
			zones.forEach((zone, index) => {
				const start = index === 0 ? 1 : LIMITS[index - 1]!;
				const end = Math.min(nodeEnd, LIMITS[index]!);
				const spanned = Math.max(0, end - start);
				expect(zone.spanned, zone.name).to.equal(spanned);
				let present = 0;
				for (const range of memblock.memoryRanges()) {
					const first = Math.max(range.base / 4096, start);
					present += Math.max(0, Math.min(range.end / 4096, end) - first);
				}
				expect(zone.present, zone.name).to.equal(present);
			});
		});
	});
}
