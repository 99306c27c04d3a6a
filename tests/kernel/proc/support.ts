// A small machine whose memory manager runs, for tests of what /proc says about it: no tasks, no page tables.

import { Machine } from "../../../hw/machine";
import { pcMemoryMap } from "../../../hw/memory-map";
import { asPhys } from "../../../hw/units";
import { GLOBALS_BYTES, MmGlobals } from "../../../mm/globals";
import {
	freeEarlyMemory,
	initGrouping,
	initPages,
	initPerCpu,
	initSwitches,
	initWatermarks,
	initZones,
	reserveFirmware,
} from "../../../mm/init";
import { Memblock } from "../../../mm/memblock";
import { MemoryManager } from "../../../mm/memory-manager";

const SWITCHES = {
	initOnAlloc: false,
	shuffleFreelist: false,
	shufflePages: false,
	noMerge: false,
};

/** Boots the memory of a PC with `bytes` bytes of RAM. */
export function bootMemory(bytes: number, cpus = 1): MemoryManager {
	const map = pcMemoryMap(bytes);
	const machine = Machine.powerOn({ map, cpus, seed: 1 });
	const statics = map.image.data.start;
	const globals = new MmGlobals(machine.memory, asPhys(statics));
	globals.init(cpus);
	const memblockAt = asPhys(statics + GLOBALS_BYTES);
	const memblock = new Memblock(machine.memory, machine.locks, memblockAt);
	reserveFirmware(memblock, machine, []);
	initZones(globals, memblock, machine);
	initPages(globals, memblock, machine);
	initPerCpu(globals, memblock, machine);
	initSwitches(globals, SWITCHES);
	initGrouping(globals, memblock.memoryBytes / 4096);
	const tuning = { cpuCount: cpus };
	const mm = new MemoryManager(machine, globals, { tuning });
	freeEarlyMemory(mm, memblock);
	mm.startSlabs(asPhys(map.image.bss.start));
	initWatermarks(mm, { minFreeKbytes: 0, highFraction: 0, hugePages: false });
	return mm;
}
