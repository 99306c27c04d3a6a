import { expect } from "chai";
import { zonesOf } from "./support";

describe("recorded zones", () => {
	const zones = zonesOf(
		{ zone: "DMA", startPfn: 1, spanned: 4095 },
		{
			zone: "DMA32",
			startPfn: 4096,
			spanned: 1000,
			protection: [0, 0, 7, 7, 7],
		},
		{ zone: "Normal", managed: 0 },
		{ zone: "DMA32", startPfn: 9000, spanned: 5, node: 1 },
	);

	it("are those of node 0 that have pages", () => {
		expect(zones.count).to.equal(2);
		expect(zones.top).to.equal(1);
		expect(zones.frames).to.equal(5096);
		expect(zones.at(1).index).to.equal(1);
		expect(zones.protection(1)).to.equal(7);
	});

	it("hold the frames from their beginning on", () => {
		expect([0, 4095, 4096, 9999].map((pfn) => zones.of(pfn))).to.deep.equal([
			0, 0, 1, 1,
		]);
	});

	it("RZ1: cells are pairs of CPU and zone", () => {
		const cell = zones.cell(3, 1);
		expect([zones.cpuOf(cell), zones.zoneOf(cell)]).to.deep.equal([3, 1]);
	});
});
