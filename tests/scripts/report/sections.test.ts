import { expect } from "chai";
import {
	drawBlocks,
	drawCaches,
	drawCounters,
	drawDamage,
	drawExpectations,
	drawHeading,
	drawTasks,
} from "../../../scripts/report/sections";
import { width } from "../../../scripts/report/text";
import { stageTerminal } from "../stage";
import { sampleReport } from "./sample";

const report = sampleReport();
const plain = stageTerminal(80);
const wide = stageTerminal(120, true);

describe("the sections of the summary", () => {
	it("begin with what ran, for how long, on what", () => {
		expect(drawHeading(report, plain)).to.deep.equal([
			"sample  a machine that never was",
			"1.000 s in 250 ticks · 2 CPUs · 64 MiB · seed 7",
		]);
	});

	it("count the free blocks of each zone by size", () => {
		const [title, head, first] = drawBlocks(report.zones, plain);
		expect(title).to.match(/^Free blocks/);
		expect(head?.split(/ +/).slice(1)).to.deep.equal(
			"zone 4K 8K 16K 32K 64K 128K 256K 512K 1M 2M 4M free of zone".split(" "),
		);
		expect(first?.split(/ +/).slice(1)).to.deep.equal(
			"DMA · 1 1 · 1 1 1 · 1 1 3 15.6 MiB 100 %".split(" "),
		);
	});

	it("leave out zones without memory", () => {
		const normal = {
			name: "Normal",
			startFrame: 0,
			managedPages: 0,
			freePages: 0,
			freeByOrder: [0],
		};
		const lines = drawBlocks([...report.zones, normal], plain);
		expect(lines.join()).to.not.include("Normal");
		expect(drawBlocks([normal], plain)).to.deep.equal([]);
	});

	it("draw where the free memory is, as far as there is room", () => {
		expect(drawBlocks(report.zones, wide).join()).to.include("bytes by size");
		const narrow = drawBlocks(report.zones, stageTerminal(80, true));
		expect(narrow.join()).to.not.include("bytes by size");
	});

	it("put the busiest cache first and leave out those without slabs", () => {
		const lines = drawCaches(report.caches, plain);
		expect(lines[0]).to.equal(
			"Busiest caches  2 caches with slabs hold 240 KiB, of which 49 % is waste",
		);
		expect(lines[2]).to.match(
			/^ {2}kmalloc-64 +64 +1,200 +1,280 {2}#########\. +20 +51,234 +5 KiB$/,
		);
		expect(lines[3]).to.match(/^ {2}task_struct/);
		expect(lines).to.have.length(4);
		expect(drawCaches([], plain)).to.deep.equal([]);
	});

	it("tell what became of each task", () => {
		const lines = drawTasks(report.tasks, plain);
		expect(lines[0]).to.equal("Tasks  1 alive, 1 exited");
		expect(lines[2]).to.match(/1 {2}init +sleeping +12\.0 ms {2}240 KiB$/);
		expect(lines[3]).to.match(/2 {2}worker +exited 3 +4\.2 ms$/);
		expect(drawTasks([], plain)).to.deep.equal([]);
	});

	it("speak of the memory of tasks only where one has some", () => {
		const bare = report.tasks.map((task) => ({ ...task, residentPages: 0 }));
		expect(drawTasks(report.tasks, plain)[1]).to.match(/ memory$/);
		expect(drawTasks(bare, plain)[1]).to.match(/ time$/);
	});

	it("do not list tasks without end", () => {
		const [task] = report.tasks;
		const lines = drawTasks(new Array(40).fill(task), plain);
		expect(lines).to.have.length(2 + 16 + 1);
		expect(lines.at(-1)).to.equal("  and 24 more");
	});

	it("show the counters that moved", () => {
		const lines = drawCounters(report.counters, plain);
		expect(lines[1]).to.match(
			/^ {2}pgalloc_dma32 {2}61,234 {4}pgfree +58,001$/,
		);
		expect(lines.join()).to.not.match(/pgfault|odd/);
		expect(drawCounters({}, plain)).to.deep.equal([]);
	});

	it("mark each expectation, and say what was found instead", () => {
		expect(drawExpectations(report.expectations, plain)).to.deep.equal([
			"Expectations  1 of 2 held",
			"  held   no leaks",
			"  FAILED slabinfo kmalloc-64 active_objs is 1000: it is 1200",
		]);
		expect(drawExpectations([], plain)).to.deep.equal([]);
		expect(drawExpectations(report.expectations, wide).join()).to.match(/✓.*✗/);
	});

	it("name damage only where there is some", () => {
		expect(drawDamage([], plain)).to.deep.equal([]);
		expect(drawDamage(["S1 lost slab"], plain)).to.deep.equal([
			"Damage",
			"  S1 lost slab",
		]);
	});

	it("stay inside a terminal of 80 columns", () => {
		const all = [
			...drawBlocks(report.zones, plain),
			...drawCaches(report.caches, plain),
			...drawTasks(report.tasks, plain),
			...drawCounters(report.counters, plain),
		];
		for (const line of all) expect(width(line), line).to.be.at.most(80);
	});
});
