import { expect } from "chai";
import { EV_TEXT } from "../../../hw/events";
import { Machine } from "../../../hw/machine";
import { boot } from "../../../kernel";
import { EV_LOG, EV_STAGE } from "../../../kernel/events";
import { Fold } from "../../../kernel/trace/fold/fold";
import type { TracedMachine } from "../../../kernel/trace/tracer";
import { EarlyParts } from "../../../kernel/wiring";
import {
	EV_BOOT_FREE,
	EV_MEMBLOCK,
	EV_PTE_RUN,
	EV_PTE_SET,
} from "../../../mm/events";

/** What a fold believes of memblock and page tables otherwise than the machine, which stands still. */
function early({ memblock, tasks }: Fold, { buffer }: TracedMachine): string[] {
	const parts = new EarlyParts(Machine.attach(buffer as SharedArrayBuffer));
	const words = ({ base, end }: { base: number; end: number }) => [base, end];
	const pairs: [string, unknown, unknown][] = [
		["memory", memblock.memory, parts.memblock.memoryRanges().map(words)],
		["reserved", memblock.reserved, parts.memblock.reservedRanges().map(words)],
	];
	for (const pfn of tasks.tableFrames()) {
		const real = parts.machine.memory.wordsAt((pfn * 4096) as never, 1024);
		pairs.push([`table ${pfn}`, [...(tasks.table(pfn) ?? [])], [...real]]);
	}
	return pairs.flatMap(([name, folded, real]) =>
		JSON.stringify(folded) === JSON.stringify(real)
			? []
			: [`${name}: ${JSON.stringify(folded)}, real ${JSON.stringify(real)}`],
	);
}

function hear(options: Parameters<typeof boot>[0]) {
	const machines: TracedMachine[] = [];
	const codes: number[] = [];
	const kernel = boot({
		...options,
		tracer: {
			begin: (machine) => machines.push(machine),
			event: (_cycles, code) => codes.push(code),
		},
	});
	machines[0]?.flush();
	return { kernel, machines, codes };
}

describe("a tracer", () => {
	it("is told of the machine once, before the first event", () => {
		const { kernel, machines } = hear({ memory: "64M", cpus: 2 });
		expect(machines.length).to.equal(1);
		const [machine] = machines as [TracedMachine];
		expect(machine.cpus).to.equal(2);
		expect(machine.frames).to.equal(kernel.memory.frameCount);
		expect(machine.contexts).to.equal(kernel.machine.contexts);
	});

	it("hears everything from the first line of the log on", () => {
		const { codes } = hear({ memory: "64M" });
		const [stage, ...rest] = codes.filter((code) => code !== EV_TEXT);
		expect([stage, rest[0]]).to.deep.equal([EV_STAGE, EV_LOG]);
		expect(codes.indexOf(EV_MEMBLOCK)).to.be.lessThan(
			codes.indexOf(EV_PTE_RUN),
		);
		expect(codes.lastIndexOf(EV_MEMBLOCK) + 1).to.equal(
			codes.indexOf(EV_BOOT_FREE),
		);
	});

	it("has told of memblock and of page tables what they are, at every event of early boot", () => {
		const found: string[] = [];
		let told = 0;
		let fold: Fold | null = null;
		let machine: TracedMachine | null = null;
		boot({
			memory: "5G",
			tracer: {
				isEager: true,
				begin: (traced) => {
					machine = traced;
					fold = new Fold(traced);
				},
				event: (...record) => {
					const known = fold as unknown as Fold;
					known.apply(...record);
					if (![EV_MEMBLOCK, EV_PTE_SET, EV_PTE_RUN].includes(record[1]))
						return;
					if (told++ < 200)
						found.push(...early(known, machine as unknown as TracedMachine));
				},
			},
		});
		expect(told).to.be.greaterThan(30);
		expect(found.slice(0, 3)).to.deep.equal([]);
	});

	it("TR1: hears everything, though its rings are small", () => {
		const large = hear({ memory: "64M" }).codes;
		const small = hear({ memory: "64M", recorder: { records: 64 } }).codes;
		expect(small.length).to.be.closeTo(large.length, 20); // other rings, other free blocks
		expect(small.length).to.be.greaterThan(200);
	});

	it("changes nothing but that the machine records", () => {
		const heard = hear({ memory: "64M" }).kernel;
		const alone = boot({ memory: "64M", recorder: true });
		expect(heard.proc("buddyinfo")).to.equal(alone.proc("buddyinfo"));
		expect(heard.proc("slabinfo")).to.equal(alone.proc("slabinfo"));
	});
});
