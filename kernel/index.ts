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
export { FirstPass } from "./replay/first-pass";
export type { StartFlavour } from "./replay/pages/start-state";
export type { KmemEvent } from "./replay/reading/event";
export * as events from "./replay/reading/event";
export { KeptEvents, type KeptReading } from "./replay/reading/kept-events";
export type { Names } from "./replay/reading/names";
export type { Complaint, Tally } from "./replay/reading/tally";
export {
	type EventSink,
	type TraceFormat,
	TraceReader,
} from "./replay/reading/trace-reader";
export {
	type EventWatch,
	type Replay,
	type ReplayWish,
	replayEmpty,
	replayFrom,
	replayOn,
} from "./replay/replay";
export { isTrue, type Score } from "./replay/score/score";
export {
	machineOptions,
	type RecordedMachine,
} from "./replay/snapshot/machine";
export { Recording } from "./replay/snapshot/recording";
export type { Snapshot } from "./replay/snapshot/snapshot";
export { type TextSource, textSource } from "./replay/snapshot/source";
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
export { type Explanation, why } from "./trace/ask/why";
export { DICTIONARY, eventName } from "./trace/dictionary";
export { type ExportFormat, exportTrace } from "./trace/export";
export type { Deflate, TraceSink, TraceSource } from "./trace/file";
export { Fold } from "./trace/fold/fold";
export { parseMoment } from "./trace/moment";
export { EventReader } from "./trace/reader";
export { Trace } from "./trace/trace";
export { TraceTracer } from "./trace/trace-tracer";
export type { TracedMachine, Tracer } from "./trace/tracer";
