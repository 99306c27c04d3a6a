import { expect } from "chai";
import { boot, GFP_KERNEL } from "../../../../kernel";
import { parseMeminfo } from "../../../../kernel/proc/meminfo";
import {
	meminfoAt,
	meminfoText,
	procAt,
} from "../../../../kernel/trace/ask/proc";
import { Fold } from "../../../../kernel/trace/fold/fold";
import { shippedNames } from "../../../../scripts/scenario-files";
import { watched } from "./watched";

const NAMES = ["buddyinfo", "slabinfo", "pagetypeinfo"] as const;
const SEED = 20_261_126;

/** Numbers of a simple generator, so that which moments are looked at is random and always the same. */
function* chances(): Generator<number> {
	for (let state = SEED; ; state = (state * 1103515245 + 12345) % 2 ** 31)
		yield state / 2 ** 31;
}

describe("/proc texts from the fold", () => {
	for (const name of shippedNames())
		it(`PF1: equal those of the machine of ${name} at random moments and at the end`, () => {
			const chance = chances();
			const seen: { moment: number; texts: string[]; meminfo: string }[] = [];
			const { trace, kernel } = watched(name, 1, (machine, moment) => {
				const isChosen = (chance.next().value as number) < 0.1;
				if (seen.length > 0 && (!isChosen || seen.length > 8)) return;
				const texts = NAMES.map((text) => machine.proc(text));
				seen.push({ moment, texts, meminfo: machine.proc("meminfo") });
			});
			const { events } = trace;
			seen.push({
				moment: events - 1,
				texts: NAMES.map((text) => kernel.proc(text)),
				meminfo: kernel.proc("meminfo"),
			});
			for (const { moment, texts, meminfo } of seen.reverse()) {
				const fold = trace.foldAt(moment);
				expect(NAMES.map((text) => procAt(fold, text))).to.deep.equal(texts);
				expect(parseMeminfo(meminfo)).to.include(meminfoAt(fold));
				for (const line of meminfoText(fold).trimEnd().split("\n"))
					expect(meminfo).to.include(`${line}\n`);
			}
		});

	it("PF1: equal those of a machine with a hole below 4 GiB that has no records", () => {
		let fold: Fold | null = null;
		const kernel = boot({
			memory: "5G",
			tracer: {
				begin: (machine) => {
					const ranges = [
						[0, 0x9f000, "usable"],
						[0x100000, 0xc0000000, "usable"],
						[2 ** 32, 2 ** 32 + 0x80000000, "usable"],
					];
					fold = new Fold({ ...machine, ranges } as never);
				},
				event: (...record) => fold?.apply(...record),
			},
		});
		for (let i = 0; i < 1000; i++) kernel.kmalloc(i * 8 + 1, GFP_KERNEL);
		kernel.mm.recorder?.flush();
		for (const name of NAMES)
			expect(procAt(fold as unknown as Fold, name)).to.equal(kernel.proc(name));
	});

	it("PF2: are none where a map is needed that the trace does not have", () => {
		const zones = [{ index: 0, name: "DMA", start: 1, end: 4096 }];
		const fold = new Fold({ frames: 2 ** 20 + 1, cpus: 1, zones });
		expect(procAt(fold, "pagetypeinfo")).to.equal(null);
		expect(procAt(fold, "buddyinfo")).to.match(/^Node 0, zone {6}DMA {6}0 /);
	});

	it("PF2: are none for counters, marks and tasks", () => {
		const zones = [{ index: 0, name: "DMA", start: 1, end: 4096 }];
		const fold = new Fold({ frames: 4096, cpus: 1, zones });
		for (const name of ["vmstat", "zoneinfo", "iomem", "meminfo", "1/maps"])
			expect(procAt(fold, name)).to.equal(null);
	});

	it("take names with /proc/ in front", () => {
		const zones = [{ index: 0, name: "DMA", start: 1, end: 4096 }];
		const fold = new Fold({ frames: 4096, cpus: 1, zones });
		expect(procAt(fold, "/proc/buddyinfo")).to.equal(procAt(fold, "buddyinfo"));
	});
});
