import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { wasteBytes } from "../../kernel";
import { compare, openWorkload } from "../../scripts/compare";
import type { CompareRequest } from "../../scripts/engine";
import type {
	Comparison,
	Measures,
	VariantReport,
} from "../../scripts/report/comparison";

const request = (
	input: string,
	variants: readonly string[],
	more: Partial<CompareRequest> = {},
): CompareRequest => ({
	...{ input, parts: [], variants, seed: null, ticks: null },
	...more,
});

const run = (input: string, ...variants: string[]): Promise<Comparison> =>
	compare(request(input, variants));

const end = ({ samples }: VariantReport): Measures =>
	samples.at(-1)?.measures as Measures;
const most = ({ samples }: VariantReport, look: (m: Measures) => number) =>
	Math.max(...samples.map(({ measures }) => look(measures)));

async function refusal(asked: CompareRequest): Promise<string> {
	try {
		await compare(asked);
		return "";
	} catch (error) {
		expect((error as Error).constructor).to.equal(Error);
		return (error as Error).message;
	}
}

describe("comparing policies", function () {
	this.timeout(60_000);

	it("runs one scenario under three designs, each on a sound machine", async () => {
		const { variants, everySteps, step } = await run(
			"fragmentation",
			"default",
			"objects=slob",
			"objects=textbook",
		);
		expect(variants.map(({ policy }) => policy)).to.deep.equal([
			"default",
			"objects=slob",
			"objects=textbook",
		]);
		expect(step).to.deep.equal({ word: "tick", nanoseconds: 4_000_000 });
		for (const variant of variants) {
			expect(variant.panic).to.equal(null);
			expect(variant.damage).to.deep.equal([]);
			expect(variant.samples[0]?.step).to.equal(0);
			expect(variant.samples.at(-1)?.step).to.equal(variant.steps);
			variant.samples.slice(0, -1).forEach(({ step }, at) => {
				expect(step).to.equal(at * everySteps);
			});
		}
	});

	it("gives the same numbers every time, as plain data", async () => {
		const twice = [
			await run("kmalloc-ladder", "default", "objects=bonwick"),
			await run("kmalloc-ladder", "default", "objects=bonwick"),
		];
		expect(twice[0]).to.deep.equal(twice[1]);
		expect(JSON.parse(JSON.stringify(twice[0]))).to.deep.equal(twice[0]);
	});

	it("gives equal policies equal numbers", async () => {
		const { variants } = await run("memory-full", "default", "objects=slub");
		const [first, second] = variants as [VariantReport, VariantReport];
		expect(second.samples).to.deep.equal(first.samples);
	});

	it("shows designs that waste differently", async () => {
		const { variants } = await run(
			"debian-boot",
			"default",
			"objects=slob",
			"objects=textbook",
		);
		const [slub, slob, textbook] = variants.map((it) => most(it, wasteBytes));
		expect(slob).to.be.below(slub as number); // objects of all sizes share pages
		expect(textbook).to.be.above(slub as number); // no block of several pages, no size between powers of two
	});

	it("shows what grouping is good for", async () => {
		const { variants } = await run("fragmentation", "default", "grouping=off");
		const [on, off] = variants as [VariantReport, VariantReport];
		expect(end(off).unusablePerMille).to.be.above(end(on).unusablePerMille);
		expect(end(off).fallbacks).to.be.below(end(on).fallbacks);
		expect(end(off).failedAllocations).to.be.above(end(on).failedAllocations);
	});

	it("shows per-CPU lists that are switched off", async () => {
		const { variants } = await run("per-cpu", "default", "pcp=off");
		const [on, off] = variants as [VariantReport, VariantReport];
		expect(most(on, ({ pcpPages }) => pcpPages)).to.be.above(0);
		expect(most(off, ({ pcpPages }) => pcpPages)).to.equal(0);
	});

	it("takes another machine and another seed", async () => {
		const { variants } = await compare(
			request("boot-only", ["memory=32M cpus=2", "default"], {
				seed: 77,
				ticks: 3,
			}),
		);
		const [other, own] = variants as [VariantReport, VariantReport];
		expect(other).to.include({ cpus: 2, seed: 77, steps: 3 });
		expect(other.memoryBytes).to.be.above(own.memoryBytes);
	});

	it("keeps a panic to the variant that has it", async () => {
		const { variants } = await run("boot-only", "default", "memory=2M");
		const [fine, dead] = variants as [VariantReport, VariantReport];
		expect(fine.panic).to.equal(null);
		expect(dead.panic).to.be.a("string");
		expect(dead.samples).to.deep.equal([]);
		expect(dead.memoryBytes).to.equal(2 ** 21);
	});

	it("refuses what is no input or no policy, before anything runs", async () => {
		expect(await refusal(request("budy", ["a", "b"]))).to.include("objects=");
		expect(await refusal(request("budy", ["default", "cpus=2"]))).to.include(
			'"buddy"',
		);
	});

	it("knows a recording when it sees one", async () => {
		const folder = mkdtempSync(join(tmpdir(), "flagstone-compare-"));
		const file = join(folder, "buddy"); // a shipped scenario has this name, but not this path
		writeFileSync(file, "20000\n1\n1\n1\na 0 64\n");
		const workload = await openWorkload(request(file, []));
		expect(workload.title).to.equal("a recording of 1 event (malloclab)");
		rmSync(folder, { recursive: true });
	});
});
