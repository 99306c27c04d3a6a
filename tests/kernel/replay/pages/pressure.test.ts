import { expect } from "chai";
import { FreeFrames } from "../../../../kernel/replay/pages/free-frames";
import { Pressure } from "../../../../kernel/replay/pages/pressure";
import { KPF_BUDDY } from "../../../../kernel/replay/snapshot/kpageflags";
import { flagsOf, kindsOf, logOf, zonesOf } from "./support";

const zones = zonesOf(
	{ zone: "DMA", startPfn: 1, spanned: 4095, managed: 4000 },
	{
		zone: "DMA32",
		startPfn: 0x1000,
		spanned: 0x1000,
		managed: 4096,
		low: 100,
		high: 400,
	},
);

/** 200 frames of the upper zone are free. */
function follow(text: string): Pressure {
	const log = logOf(text);
	const free = new FreeFrames(flagsOf([0x1000, 200, KPF_BUDDY]), zones.frames);
	return new Pressure(log, kindsOf(log), zones, free, 0);
}

const FALL = "fall 1010 o0<4 t0<1\nlocked 1010\nalloc 1010";

describe("memory pressure", () => {
	it("runs of kswapd are rows of its events", () => {
		const { runs } = follow(
			"free 1\nfree 2 kswapd\nfree 3 kswapd\nfree 4\nfree 5 kswapd",
		);
		expect(runs).to.deep.equal([
			{ first: 1, end: 3 },
			{ first: 4, end: 5 },
		]);
	});

	it("MP1: a boost lasts until kswapd has run behind the last request that only it sent away", () => {
		const { episodes } = follow(
			`${FALL}\nalloc 20 t1\nfree 30 kswapd\nfree 40`,
		);
		expect(episodes).to.deep.equal([{ at: 0, zone: 1, reset: 5 }]);
	});

	it("MP1: without a run it does not last", () => {
		const pressure = follow(`${FALL}\nfree 40`);
		expect(pressure.episodes).to.deep.equal([{ at: 0, zone: 1, reset: 1 }]);
		expect(pressure.boostAt(5, 1)).to.equal(0);
	});

	it("a request that is served again ends it", () => {
		const pressure = follow(
			`${FALL}\nalloc 20 t1\nalloc 1020 t1\nfree 30 kswapd`,
		);
		expect(pressure.episodes).to.deep.equal([{ at: 0, zone: 1, reset: 4 }]);
		expect([0, 1, 3, 4].map((at) => pressure.boostAt(at, 1))).to.deep.equal([
			0, 512, 512, 0,
		]);
		expect(pressure.boostAt(1, 0)).to.equal(0);
	});

	it("large blocks and small zones are not boosted", () => {
		expect(follow("fall 1000 o0<9 t0<1 whole").episodes).to.deep.equal([]);
	});

	it("lists keep little from the beginning of a run to the last free that only this explains", () => {
		const pressure = follow(
			"free 1 kswapd\nfree 2\nfree 3\nfree 4\nfree 5\nfree 6",
		);
		const seen = (at: number, count: number, drains: boolean) => ({
			...{ at, cell: 1, count, drains, order: 0 },
		});
		const frees = [
			seen(2, 20, true),
			seen(3, 30, true),
			seen(4, 30, false),
			seen(5, 30, true),
		];
		expect(pressure.reclaiming(frees)).to.deep.equal([{ first: 0, end: 4 }]);
		expect(pressure.reclaiming([])).to.deep.equal([{ first: 0, end: 1 }]);
	});
});
