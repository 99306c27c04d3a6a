// Specification of recorded memory maps: the best text there is, and what is said when it is not the best.

import { expect } from "chai";
import { DEFAULT_IMAGE, MemoryMap } from "../../../../hw/memory-map";
import { parseIomem } from "../../../../kernel/proc/iomem";
import { parseZoneinfo } from "../../../../kernel/proc/zoneinfo";
import { firmwareRanges } from "../../../../kernel/replay/snapshot/boot-log";
import {
	imageInIomem,
	iomemMap,
	type MapTexts,
	mapContradictions,
	recordedMap,
	zonesMap,
} from "../../../../kernel/replay/snapshot/recorded-map";
import { recorded, recordedNames } from "../../../fixtures";

const NOTHING: MapTexts = {
	firmware: null,
	iomem: null,
	zones: null,
	log: null,
	paths: { firmware: "dmesg.txt", iomem: "iomem", zones: "zoneinfo" },
};

for (const name of recordedNames())
	describe(`the map of the recorded machine ${name}, text by text`, () => {
		const recording = recorded(name);
		const log = recording.dmesg();
		const iomem = parseIomem(recording.text("iomem", "a"));
		const zones = parseZoneinfo(recording.text("zoneinfo", "a"));
		const firmware = firmwareRanges(log);

		it("has nothing to say when all texts are there", () => {
			const lacks: string[] = [];
			const map = recordedMap(
				{ ...NOTHING, firmware, iomem, zones, log },
				lacks,
			);
			expect(lacks).to.deep.equal([]);
			expect(map.imageFits).to.equal(true);
			expect(mapContradictions(map, zones)).to.deep.equal([]);
		});

		it("has the same RAM from iomem, but for the first page, which the kernel took out", () => {
			const lacks: string[] = [];
			const map = recordedMap({ ...NOTHING, iomem, zones }, lacks);
			expect(lacks).to.have.length(2);
			expect(lacks[0]).to.include("comes from iomem");
			expect(mapContradictions(map, zones)).to.deep.equal([]);
			const whole = recordedMap(
				{ ...NOTHING, firmware, iomem, zones, log },
				[],
			);
			expect(map.usableBytes).to.equal(whole.usableBytes - 4096);
			expect({ ...map.image, init: 0 }).to.deep.equal({
				...whole.image,
				init: 0,
			});
		});

		it("has the zones' pages from zoneinfo alone (RM1)", () => {
			const lacks: string[] = [];
			const map = recordedMap({ ...NOTHING, zones }, lacks);
			expect(lacks).to.have.length(2);
			expect(mapContradictions(map, zones)).to.deep.equal([]);
			expect(map.image).to.equal(DEFAULT_IMAGE);
		});

		it("has the image's sizes from the boot log alone", () => {
			const lacks: string[] = [];
			const map = recordedMap({ ...NOTHING, firmware, log }, lacks);
			expect(lacks).to.deep.equal([
				"There is no iomem with addresses: the kernel image is placed at 16 MiB, with the sizes of the boot log.",
			]);
			expect(map.imageStart).to.equal(0x1000000);
			expect(map.image.code.bytes).to.equal(14343 * 1024);
		});
	});

describe("kernel/replay/snapshot/recorded-map", () => {
	it("refuses a recording that tells nothing", () => {
		expect(() => recordedMap(NOTHING, [])).to.throw(
			"The recording tells nothing of the machine's memory",
		);
	});

	it("does without an iomem that hides its addresses", () => {
		const hidden = parseIomem(
			"00000000-00000000 : System RAM\n  00000000-00000000 : Kernel code\n",
		);
		expect(iomemMap(hidden)).to.deep.equal([]);
		expect(imageInIomem(hidden, 0)).to.equal(null);
	});

	it("places holes so that zones end where they end", () => {
		const zone = {
			...parseZoneinfo(recorded("m1-boot-256m").text("zoneinfo", "a"))[1]!,
			startPfn: 4096,
			spanned: 10000,
			present: 9000,
		};
		const map = new MemoryMap(zonesMap([zone]));
		expect(map.ramEnd / 4096).to.equal(14096);
		expect(map.usableBytes / 4096).to.equal(9000);
		const low = { ...zone, spanned: 2 ** 20 - 4096 };
		const high = { ...zone, zone: "Normal", startPfn: 2 ** 20, spanned: 9000 };
		const two = new MemoryMap(zonesMap([low, high]));
		expect(two.ranges.map(({ end }) => end / 4096)).to.deep.equal([
			13096,
			2 ** 20 + 9000,
		]);
	});

	it("says which zone differs from the map", () => {
		const recording = recorded("m1-boot-256m");
		const zones = parseZoneinfo(recording.text("zoneinfo", "a"));
		const lost = recording
			.dmesg()
			.replace(/^.*BIOS-e820: .*0000000000000000-.*\n/m, "");
		const firmware = firmwareRanges(lost);
		const map = recordedMap({ ...NOTHING, firmware, log: lost }, []);
		expect(mapContradictions(map, zones)).to.deep.equal([
			"The memory map has 3840 pages in zone DMA, but zoneinfo has 3998.",
		]);
	});
});
