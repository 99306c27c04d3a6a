import { expect } from "chai";
import fc from "fast-check";
import {
	bootMinFreeKbytes,
	freeBufferPages,
	hugePageMinFreeKbytes,
	lowmemReserves,
	minFreeKbytes,
	pcpBatch,
	pcpHigh,
	statThreshold,
	totalReservePages,
	zoneWatermarks,
} from "../../mm/watermark";

const MIB_PAGES = 256;

/** Pages of DMA, DMA32 and Normal when all of so many MiB of RAM are managed. */
function zonesOf(mib: number): number[] {
	const pages = mib * MIB_PAGES;
	const dma = Math.min(pages, 16 * MIB_PAGES);
	const dma32 = Math.min(pages - dma, 4080 * MIB_PAGES);
	return [dma, dma32, pages - dma - dma32];
}

describe("watermarks", () => {
	describe("of a machine with three zones and two CPUs", () => {
		const managed = [3840, 772915, 622592];
		const marks = zoneWatermarks(managed, 67584);

		it("are those of the running kernel", () => {
			expect(marks.map((it) => it.min)).to.deep.equal([46, 9332, 7517]);
			expect(marks.map((it) => it.low)).to.deep.equal([57, 11665, 9396]);
			expect(marks.map((it) => it.high)).to.deep.equal([68, 13998, 11275]);
			expect(marks.map((it) => it.promo)).to.deep.equal([79, 16331, 13154]);
		});

		it("protect the lower zones", () => {
			expect(lowmemReserves(managed)).to.deep.equal([
				[0, 3019, 5451],
				[0, 0, 2432],
				[0, 0, 0],
			]);
		});

		it("size the per-CPU lists and counters", () => {
			expect(managed.map(pcpBatch)).to.deep.equal([1, 63, 63]);
			const highs = managed.map((pages, zone) =>
				pcpHigh(pages, marks[zone]!.low, 2),
			);
			expect(highs).to.deep.equal([28, 5832, 4698]);
			const thresholds = managed.map((pages) => statThreshold(pages, 2));
			expect(thresholds).to.deep.equal([4, 24, 24]);
		});

		it("reserve the high mark and the largest protection of each zone", () => {
			const total = totalReservePages(managed, marks, lowmemReserves(managed));
			expect(total).to.equal(3840 + (13998 + 2432) + 11275);
		});
	});

	describe("min_free_kbytes", () => {
		it("is raised by huge pages to 11 MiB of pageblocks a zone pair", () => {
			expect(hugePageMinFreeKbytes(3, 2 ** 21)).to.equal(67584);
			expect(hugePageMinFreeKbytes(2, 2 ** 20)).to.equal(45056);
		});

		it("stays within a twentieth of the memory", () => {
			const of = (mib: number) => hugePageMinFreeKbytes(2, mib * MIB_PAGES);
			expect([16, 32, 64, 128, 256, 512].map(of)).to.deep.equal([
				816, 1636, 3276, 6552, 13104, 26212,
			]);
		});

		it("stays between 128 KiB and 256 MiB", () => {
			expect(minFreeKbytes(0)).to.equal(128);
			expect(minFreeKbytes(2 ** 36)).to.equal(262144);
		});

		it("is never lowered by huge pages", () => {
			for (const mib of [4, 16, 64, 512, 4096, 65536]) {
				const plain = bootMinFreeKbytes(zonesOf(mib), false);
				const raised = bootMinFreeKbytes(zonesOf(mib), true);
				expect(raised).to.be.at.least(plain);
			}
		});
	});

	// MiB, min_free_kbytes, min/low/high by zone, batch and high of the largest zone with 2 CPUs
	const TABLE: readonly [number, number, string, number, number][] = [
		[16, 512, "128/160/192", 1, 80],
		[32, 724, "90/112/134 90/112/134", 1, 56],
		[64, 1024, "64/80/96 192/240/288", 3, 120],
		[128, 1448, "45/56/67 316/395/474", 7, 197],
		[256, 2048, "32/40/48 480/600/720", 15, 300],
		[512, 2896, "22/27/32 701/876/1051", 31, 438],
		[1024, 4096, "16/20/24 1008/1266/1524", 63, 633],
		[2048, 5792, "11/15/19 1436/1956/2476", 63, 978],
		[4096, 8192, "8/12/16 2040/3084/4128", 63, 1542],
		[8192, 11585, "5/9/13 1442/2486/3530 1448/2496/3544", 63, 1248],
		[16384, 16384, "4/8/12 1020/2064/3108 3072/6217/9362", 63, 3108],
	];
	for (const [mib, minFree, marks, batch, high] of TABLE) {
		it(`of ${mib} MiB follow the worked table`, () => {
			const managed = zonesOf(mib);
			expect(bootMinFreeKbytes(managed, false)).to.equal(minFree);
			const all = zoneWatermarks(managed, minFree);
			const texts = all
				.filter((_, zone) => managed[zone]! > 0)
				.map((it) => `${it.min}/${it.low}/${it.high}`);
			expect(texts.join(" ")).to.equal(marks);
			const largest = managed.indexOf(Math.max(...managed));
			const pages = managed[largest]!;
			expect(pcpBatch(pages)).to.equal(batch);
			expect(pcpHigh(pages, all[largest]!.low, 2)).to.equal(high);
		});
	}

	describe("corner cases", () => {
		it("an empty zone has no marks and protects nothing", () => {
			expect(zoneWatermarks([0, 0], 128)[0]).to.deep.equal({
				min: 0,
				low: 0,
				high: 0,
				promo: 0,
			});
			expect(lowmemReserves([0, 1000, 0])[0]).to.deep.equal([0, 0, 0]);
		});

		it("a ratio of 0 keeps nothing back", () => {
			expect(lowmemReserves([4096, 100000], [0, 256])[0]).to.deep.equal([0, 0]);
		});

		it("a high fraction sizes the per-CPU lists by the zone", () => {
			expect(pcpHigh(80000, 100, 2, 8)).to.equal(5000);
			expect(pcpHigh(80000, 100, 2)).to.equal(4 * pcpBatch(80000));
		});

		it("the counters' threshold fits a signed byte", () => {
			expect(statThreshold(2 ** 30, 64)).to.equal(125);
		});

		it("free buffer pages leave out what the high marks keep", () => {
			const managed = [4096, 61440];
			const marks = zoneWatermarks(managed, 2048);
			expect(freeBufferPages(managed, marks)).to.equal(65536 - 48 - 720);
		});
	});

	it("hold their invariants for any machine", () => {
		const zones = fc.array(fc.nat({ max: 2 ** 28 }), {
			minLength: 1,
			maxLength: 5,
		});
		const minimum = fc.integer({ min: 128, max: 262144 });
		fc.assert(
			fc.property(zones, minimum, (managed, minFree) => {
				const marks = zoneWatermarks(managed, minFree);
				let minPages = 0;
				for (const it of marks) {
					expect(it.min, "WM1").to.be.at.most(it.low);
					expect(it.low, "WM1").to.be.at.most(it.high);
					expect(it.high, "WM1").to.be.at.most(it.promo);
					minPages += it.min;
				}
				expect(minPages * 4, "WM2").to.be.at.most(minFree);
				const reserves = lowmemReserves(managed);
				managed.forEach((pages, zone) => {
					const own = reserves[zone]!;
					if (pages === 0) expect(sumOf(own), "WM3").to.equal(0);
					const batch = pcpBatch(pages);
					expect(batch, "WM4").to.be.at.least(1);
					const high = pcpHigh(pages, marks[zone]!.low, 4);
					expect(high, "WM4").to.be.at.least(4 * batch);
				});
			}),
		);
	});
});

const sumOf = (numbers: readonly number[]): number =>
	numbers.reduce((total, it) => total + it, 0);
