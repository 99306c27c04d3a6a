import { expect } from "chai";
import type { FramePeriod } from "../../../../kernel/trace/ask/frame";
import { drawFrame } from "../../../../scripts/report/trace/frame";
import { deed, plain } from "./sample";

const period = (rest: Partial<FramePeriod>): FramePeriod => ({
	use: "free",
	cache: null,
	owner: null,
	head: 1234,
	order: 0,
	type: null,
	from: null,
	to: null,
	places: [],
	...rest,
});
const place = { event: 5, head: 1024, order: 10, type: "Movable" };

function draw(...periods: FramePeriod[]): string {
	const life = {
		pfn: 1234,
		address: 1234 * 4096,
		pointer: "0xffff8880004d2000",
		zone: "DMA",
		periods,
	};
	return drawFrame(life, plain).join("\n");
}

describe("a drawn frame", () => {
	it("has a row for each owner", () => {
		const text = draw(
			period({ use: "reserved", to: deed(5) }),
			period({
				from: deed(5),
				to: deed(812),
				places: [{ ...place, list: "zone", cpu: null }],
			}),
			period({
				use: "slab",
				cache: "kmalloc-64",
				type: "Unmovable",
				from: deed(812),
				to: deed(1033),
			}),
			period({
				from: deed(1033),
				places: [
					{ ...place, list: "zone", cpu: null },
					{ ...place, list: "cpu", cpu: 1, head: 1234, order: 0 },
				],
			}),
		);
		expect(text).to.match(
			/^Frame 1234 {2}0xffff8880004d2000 {2}DMA {2}had 1 owner\n/,
		);
		expect(text).to.include("0 .. 4 ");
		expect(text).to.include("nobody yet");
		expect(text).to.include("free, in the block 1024 of order 10, Movable ");
		expect(text).to.match(
			/812 \.\. 1032 +0\.000812 s +8 +slab of kmalloc-64, order 0, Unmovable +worker\(3\) on CPU 0: worker > kmalloc/,
		);
		expect(text).to.match(
			/1033 \.\. .*free, on a list of CPU 1, Movable \(moved 1 time\)/,
		);
	});

	it("names the task of its memory and its stack", () => {
		const owner = { pid: 3, name: "worker" };
		const text = draw(
			period({ use: "user", owner, type: "Movable" }),
			period({
				use: "stack",
				owner,
				type: "Unmovable",
				order: 2,
				head: 1232,
				from: deed(9),
			}),
		);
		expect(text).to.include("memory of worker(3), order 0, Movable");
		expect(text).to.include(
			"kernel stack of worker(3), order 2 from 1232, Unmovable",
		);
	});
});
