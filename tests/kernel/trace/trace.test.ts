import { expect } from "chai";
import * as fc from "fast-check";
import { GFP_KERNEL } from "../../../kernel";
import { Fold } from "../../../kernel/trace/fold/fold";
import { differences } from "./fold/compare";
import { recordedRun, recordedTrace, recordRun } from "./recorded";

describe("a trace", () => {
	it("ends in the state of the machine", () => {
		for (const name of ["buddy", "slab-life", "page-tables"]) {
			const { trace, kernel } = recordedRun(name);
			expect(trace.reader.isComplete).to.equal(true);
			const fold = trace.foldAt(trace.events - 1);
			expect(differences(fold, kernel)).to.deep.equal([]);
		}
	});

	it("TC1: gives the same state at any moment, whatever was asked before", () => {
		const { trace } = recordRun({ memory: "16M", cpus: 2 }, (kernel) => {
			const held = Array.from({ length: 60_000 }, (_, i) =>
				kernel.kmalloc(16 + (i % 90), GFP_KERNEL),
			);
			for (let round = 0; round < 4; round++)
				for (let i = 0; i < held.length; i += 1 + round) {
					kernel.kfree(held[i] as (typeof held)[0]);
					held[i] = kernel.kmalloc(16 + ((i + round) % 90), GFP_KERNEL);
				}
		});
		expect(trace.reader.keyFrames.length).to.be.greaterThan(0);
		const plain = new Fold(trace.header.machine);
		const moments = [0, 100, 200_000, trace.events - 1].map((moment) => {
			const end = moment + 1;
			trace.each(plain.events, end, (columns, index) => {
				plain.applyAll(columns, index, index + 1);
			});
			return { moment, state: plain.save() };
		});
		const picks = fc.array(fc.nat(moments.length - 1), { maxLength: 8 });
		fc.assert(
			fc.property(picks, (order) => {
				for (const pick of order) {
					const { moment, state } = moments[pick] as (typeof moments)[0];
					expect(trace.foldAt(moment).save()).to.deep.equal(state);
				}
			}),
			{ numRuns: 10 },
		);
	});

	it("is the same trace every time", () => {
		const run = () =>
			recordRun({ memory: "16M", cpus: 2, seed: 5 }, (kernel) => {
				kernel.kfree(kernel.kmalloc(100, GFP_KERNEL));
			}).bytes;
		expect(run()).to.deep.equal(run());
	});

	it("visits events from any number to any other, or until told to stop", () => {
		const trace = recordedTrace("buddy");
		const seen: number[] = [];
		trace.each(10, 14, (_columns, _index, event) => {
			seen.push(event);
		});
		expect(seen).to.deep.equal([10, 11, 12, 13]);
		trace.each(
			0,
			1000,
			(_columns, _index, event) => event === 20 || seen.push(event) < 0,
		);
		expect(seen.at(-1)).to.equal(19);
	});

	it("has no other events than it has", () => {
		const trace = recordedTrace("buddy");
		expect(trace.event(0).number).to.equal(0);
		expect(() => trace.event(trace.events)).to.throw(
			`there is no event ${trace.events}: the trace has events 0 to ${trace.events - 1}`,
		);
	});

	it("knows the state before everything", () => {
		const trace = recordedTrace("buddy");
		expect(trace.foldAt(-1).events).to.equal(0);
		expect(trace.copyAt(3).events).to.equal(4);
	});

	it("TT1: names every context that its events need", () => {
		const trace = recordedTrace("slab-life");
		const paths = new Set<string>();
		trace.each(0, trace.events, ({ contexts }, index) => {
			const node = contexts[index] as number;
			if (node !== 0) paths.add(trace.path(node).join(" > "));
		});
		expect(paths).to.include("start_kernel > mm_init > kmem_cache_init");
		expect([...paths].every((path) => path !== "")).to.equal(true);
	});
});
