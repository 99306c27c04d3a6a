// The package: everything that a program that uses Flagstone as a library needs.
//
//   const kernel = boot({ memory: "512M", cpus: 2, seed: 1 });
//   const p = kernel.kmalloc(100, GFP_KERNEL);
//   kernel.memory.writeU32(p, 42);
//   kernel.kfree(p);

export { CYCLES_PER_SECOND, CYCLES_PER_TICK, HZ } from "../hw/costs";
export { Machine } from "../hw/machine";
export { type MemoryBuffer, PhysicalMemory } from "../hw/memory";
export {
	type KernelImage,
	layOutImage,
	MemoryMap,
	type MemoryRange,
	parseSize,
	pcMemoryMap,
	type RangeType,
	type Section,
} from "../hw/memory-map";
export { KernelPanic } from "../hw/panic";
export type { RecordedEvent, Recorder } from "../hw/recorder";
export {
	asPfn,
	asPhys,
	asVirt,
	directMap,
	NIL,
	NULL,
	PAGE_SIZE,
	type Pfn,
	type PhysAddr,
	pfnOf,
	physOf,
	pointerText,
	type VirtAddr,
	virtText,
} from "../hw/units";
export type {
	ObjectAllocator,
	ObjectCache,
	ObjectUsage,
} from "../mm/designs/object-allocator";
export { MM_EVENT_NAMES } from "../mm/events";
export * from "../mm/gfp";
export type { PcpSizes } from "../mm/init";
export { ZERO_SIZE } from "../mm/kmalloc";
export type { MemoryManager } from "../mm/memory-manager";
export type { SlabCache, SlabUsage } from "../mm/slab-cache";
export type { CacheWish, LeftOver } from "../mm/slab-caches";
export {
	SLAB_ACCOUNT,
	SLAB_CACHE_DMA,
	SLAB_CACHE_DMA32,
	SLAB_HWCACHE_ALIGN,
	SLAB_PANIC,
	SLAB_RECLAIM_ACCOUNT,
	SLAB_TYPESAFE_BY_RCU,
} from "../mm/slab-geometry";
export { attach, boot } from "./boot";
export type { BootOptions, KernelConfig } from "./bringup";
export { DESIGN_NAMES, type DesignName } from "./designs";
export type { FrameRun, FrameUse } from "./frames";
export { Kernel, type SpawnOptions } from "./kernel";
export type { LateRange } from "./kernel-record";
export type { RunOptions } from "./loop";
export { type Measures, measure, usedPages, wasteBytes } from "./measures";
export {
	DEFAULT_POLICY,
	type Policy,
	parsePolicy,
	policyOptions,
	withPolicy,
} from "./policy";
export type { Program, ProgramCode, Request, Self, Steps } from "./program";
export * as calls from "./program";
export { scenarioKernel } from "./scenario/kernel-view";
export { bootOptionsOf } from "./scenario/machine";
export {
	runScenario,
	type ScenarioResult,
	type Watch,
} from "./scenario/runner";
export {
	type Problems,
	readScenario,
	SCENARIO_SCHEMA,
	type Scenario,
} from "./scenario/scenario";
export { alignSeries, type Sample, Series } from "./series";
