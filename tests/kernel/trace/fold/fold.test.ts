import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect } from "chai";
import * as fc from "fast-check";
import { pfnOf } from "../../../../hw/units";
import {
	type BootOptions,
	boot,
	bootOptionsOf,
	GFP_KERNEL,
	type Kernel,
	runScenario,
	scenarioKernel,
} from "../../../../kernel";
import { FirstPass } from "../../../../kernel/replay/first-pass";
import { replayFrom } from "../../../../kernel/replay/replay";
import type { Recording } from "../../../../kernel/replay/snapshot/recording";
import { Fold } from "../../../../kernel/trace/fold/fold";
import { openRecording } from "../../../../scripts/recording-folder";
import { loadScenario, shippedNames } from "../../../../scripts/scenario-files";
import { differences } from "./compare";

/** A kernel, and the fold of its events. */
class Folded {
	private known: Fold | null = null;
	readonly kernel: Kernel;

	constructor(options: BootOptions) {
		this.kernel = boot({
			...options,
			tracer: {
				begin: (machine) => {
					this.known = new Fold(machine);
				},
				event: (...record) => this.known?.apply(...record),
			},
		});
	}

	/** The fold of everything up to now. */
	get fold(): Fold {
		this.kernel.mm.recorder?.flush();
		return this.known as Fold;
	}

	get differences(): string[] {
		return differences(this.fold, this.kernel).slice(0, 5);
	}
}

const FIXTURES = join(__dirname, "../../../fixtures/recordings");
const RECORDINGS = [
	["m1-boot-256m", "trace.txt.gz"],
	["s5-tracecmd-small-2cpu", "report.txt.gz"],
] as const;

const fixture = (name: string): Promise<Recording> =>
	openRecording(join(FIXTURES, name));

describe("the fold", () => {
	it("FD1: knows a machine that booted", () => {
		const folded = new Folded({ memory: "64M", cpus: 2 });
		expect(folded.differences).to.deep.equal([]);
	});

	it("FD1: knows a machine with several zones and more than 4 GiB", () => {
		const folded = new Folded({ memory: "5G", cpus: 1 });
		const { kernel } = folded;
		for (let i = 0; i < 2000; i++) kernel.kmalloc((i * 37) % 9000, GFP_KERNEL);
		expect(folded.differences).to.deep.equal([]);
	});

	for (const name of shippedNames())
		it(`FD1: knows the machine of ${name} at every tenth tick`, () => {
			const scenario = loadScenario(name);
			const folded = new Folded(bootOptionsOf(scenario));
			const { kernel } = folded;
			const found: string[] = [];
			const view = scenarioKernel(kernel);
			runScenario(view, scenario, scenario.ticks, (passed) => {
				if (passed % 10 === 3 && found.length === 0)
					found.push(...folded.differences);
			});
			expect(found).to.deep.equal([]);
			expect(folded.differences).to.deep.equal([]);
		});

	it("FD1: knows the machine after any calls", () => {
		const step = fc.record({
			what: fc.nat(7),
			size: fc.nat(20_000),
			pick: fc.nat(1000),
			cpu: fc.nat(2),
		});
		fc.assert(
			fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
				const folded = new Folded({ memory: "16M", cpus: 3 });
				play(folded.kernel, steps);
				expect(folded.differences).to.deep.equal([]);
			}),
			{ numRuns: 30 },
		);
	});

	it("FD1: knows the machine of a replay that starts from a snapshot", async () => {
		for (const [name, file] of RECORDINGS) {
			const recording = await fixture(name);
			const text = gunzipSync(readFileSync(join(FIXTURES, name, file)));
			const start = recording.snapshots[0] as (typeof recording.snapshots)[0];
			const first = new FirstPass(recording, start);
			first.push(text);
			first.finish();
			let fold: Fold | null = null;
			const replay = replayFrom(first, {
				changes: {
					tracer: {
						begin: (machine) => {
							fold = new Fold(machine);
						},
						event: (...record) => fold?.apply(...record),
					},
				},
			});
			replay.push(text);
			replay.finish();
			const { kernel } = replay;
			kernel.mm.recorder?.flush();
			const found = differences(fold as unknown as Fold, kernel);
			expect(found.slice(0, 5), name).to.deep.equal([]);
		}
	}).timeout(60_000);

	it("FD2: goes on from a key frame as if nothing had happened", () => {
		const folded = new Folded({ memory: "16M", cpus: 2 });
		const { kernel } = folded;
		const held = Array.from({ length: 500 }, (_, i) =>
			kernel.kmalloc(8 + (i % 700), GFP_KERNEL),
		);
		const { fold } = folded;
		const copy = new Fold(fold.machine);
		copy.load(fold.save());
		expect(copy.save()).to.deep.equal(fold.save());
		expect(differences(copy, kernel)).to.deep.equal([]);
		kernel.mm.recorder?.hush();
		kernel.mm.recorder?.listen((...record) => copy.apply(...record));
		for (const address of held) kernel.kfree(address);
		kernel.mm.recorder?.flush();
		expect(differences(copy, kernel)).to.deep.equal([]);
	});

	it("KF3: says in one sentence what is wrong with a key frame", () => {
		const { fold } = new Folded({ memory: "16M" });
		const bytes = fold.save();
		const first = fold.events;
		const load = (broken: Uint8Array, at = first) => {
			new Fold(fold.machine).loadKeyFrame({ first: at, bytes: broken });
		};
		expect(() => load(bytes)).to.not.throw();
		expect(() => load(bytes, first + 1)).to.throw("state before event");
		const said = new Set<string>();
		for (let cut = 0; cut < bytes.length; cut += 97)
			try {
				load(bytes.slice(0, cut));
				expect.fail(`${cut} bytes were enough`);
			} catch (error) {
				expect((error as Error).constructor).to.equal(Error);
				said.add((error as Error).message);
			}
		for (const sentence of said)
			expect(sentence).to.match(/^the key frame before event \d+ cannot be/);
	});

	it("KF3: refuses plain data of another shape", () => {
		const { fold } = new Folded({ memory: "16M" });
		const bytes = fold.save();
		const length = new DataView(bytes.buffer).getUint32(0, true);
		const text = new TextDecoder().decode(bytes.subarray(4, 4 + length));
		for (const [from, to] of [
			['"tick":0', '"tick":""'],
			['"objects":{', '"objecks":{'],
			['"used":', '"used":9999999999'],
			['"texts":[', '"texts":[7,'],
		] as const) {
			expect(text).to.include(from);
			const lie = new TextEncoder().encode(text.replace(from, to));
			const broken = new Uint8Array(4 + lie.length + bytes.length);
			new DataView(broken.buffer).setUint32(0, lie.length, true);
			broken.set(lie, 4);
			broken.set(bytes.subarray(4 + length), 4 + lie.length);
			expect(() => new Fold(fold.machine).load(broken), to).to.throw(
				/another shape|too soon/,
			);
		}
	});

	it("KF2: refuses the key frame of another machine", () => {
		const small = new Folded({ memory: "16M" }).fold;
		const large = new Folded({ memory: "32M" }).fold;
		expect(() => large.load(small.save())).to.throw("another machine");
	});
});

interface Step {
	readonly what: number;
	readonly size: number;
	readonly pick: number;
	readonly cpu: number;
}

/** Allocates and frees objects, pages and caches as the steps say, on the CPUs that they name. */
function play(kernel: Kernel, steps: readonly Step[]): void {
	const objects: ReturnType<Kernel["kmalloc"]>[] = [];
	const pages: [ReturnType<Kernel["allocPages"]>, number][] = [];
	const cache = kernel.createCache({ name: "probe", size: 600 });
	const held: ReturnType<typeof cache.alloc>[] = [];
	for (const { what, size, pick, cpu } of steps) {
		kernel.machine.turn.seat(cpu);
		const order = pick % 11;
		if (what <= 1) {
			const address = kernel.kmalloc(size, GFP_KERNEL);
			if (pfnOf(address) !== 0) objects.push(address);
		} else if (what === 2) {
			const [address] = objects.splice(pick % (objects.length || 1), 1);
			if (address !== undefined) kernel.kfree(address);
		} else if (what === 3) {
			const pfn = kernel.allocPages(order, GFP_KERNEL);
			if (pfn !== 0) pages.push([pfn, order]);
		} else if (what === 4) {
			const [block] = pages.splice(pick % (pages.length || 1), 1);
			if (block !== undefined) kernel.freePages(...block);
		} else if (what === 5) {
			const object = cache.alloc(GFP_KERNEL);
			if (object !== 0) held.push(object);
		} else if (what === 6) {
			const [object] = held.splice(pick % (held.length || 1), 1);
			if (object !== undefined) cache.free(object);
		} else cache.shrink();
	}
}
