import { expect } from "chai";
import { collectZoneinfo } from "../../../../kernel/proc/collect";
import { layGround } from "../../../../kernel/replay/ground";
import {
	type GeometryInput,
	geometryScore,
} from "../../../../kernel/replay/score/geometry";
import { machineTuning } from "../../../../kernel/replay/snapshot/machine";
import { traceNames, traceRecording } from "../snapshot/traces";
import { recordedCache, zoneInfo } from "./sample";

const caches = [recordedCache("dentry", 192), recordedCache("inode", 640)];
const input = (changes: Partial<GeometryInput> = {}): GeometryInput => ({
	caches,
	tuning: { cpuCount: 1 },
	made: (name) => caches.find((cache) => cache.name === name) as never,
	recordedZones: [zoneInfo()],
	ourZones: [zoneInfo()],
	...changes,
});

describe("kernel/replay/score/geometry", () => {
	it("counts every number of equal machines as equal", () => {
		const { caches: shapes, cacheLists, zones } = geometryScore(input());
		expect(shapes).to.deep.equal({
			subjects: 2,
			numbers: 10,
			equal: 10,
			share: 1,
			differences: [],
		});
		expect(cacheLists).to.include({ numbers: 6, equal: 6 });
		expect(zones).to.include({ subjects: 1, numbers: 11, equal: 11 });
	});

	it("names the number of a cache that differs", () => {
		const made = (name: string) =>
			({ ...recordedCache(name, 192), order: 3 }) as never;
		const { caches: shapes } = geometryScore(
			input({ caches: caches.slice(0, 1), made }),
		);
		expect(shapes.share).to.equal(0.8);
		expect(shapes.differences).to.deep.equal([
			{ subject: "dentry", what: "order", recorded: 0, ours: 3 },
		]);
	});

	it("counts all numbers of a cache that is not here (GS1)", () => {
		const { caches: shapes } = geometryScore(input({ made: () => undefined }));
		expect(shapes.equal).to.equal(0);
		expect(shapes.differences).to.have.length(10);
		expect(shapes.differences[0]).to.deep.equal({
			subject: "dentry",
			what: "objectSize",
			recorded: 192,
			ours: null,
		});
	});

	it("names what differs of zones and of the lists of their CPUs", () => {
		const other = zoneInfo({
			managed: 1799,
			protection: [0, 5],
			pagesets: [{ cpu: 0, count: 0, high: 61, batch: 15, statThreshold: 8 }],
		});
		const { zones } = geometryScore(input({ ourZones: [other] }));
		expect(
			zones.differences.map(({ subject, what }) => `${subject}: ${what}`),
		).to.deep.equal([
			"DMA32: managed",
			"DMA32: reserve 1",
			"DMA32, CPU 0: high",
		]);
	});

	it("counts a zone and a CPU that are not here (GS1)", () => {
		const none = geometryScore(input({ ourZones: [] })).zones;
		expect(none.equal).to.equal(0);
		const noCpu = zoneInfo({ pagesets: [] });
		const { differences } = geometryScore(input({ ourZones: [noCpu] })).zones;
		expect(differences.map(({ ours }) => ours)).to.deep.equal([null, null]);
	});

	it("has no share where nothing was recorded", () => {
		const nothing = geometryScore(input({ caches: [], recordedZones: [] }));
		expect(nothing.caches.share).to.equal(null);
		expect(nothing.zones.share).to.equal(null);
	});

	for (const name of traceNames())
		it(`is all equal for ${name}, but for what boot's own caches lack with slub_debug=F`, () => {
			const recording = traceRecording(name);
			const { kernel, cacheOf } = layGround(
				recording,
				recording.snapshot("a")!.flags!,
			);
			const { machine } = recording;
			const score = geometryScore({
				caches: recording.caches,
				tuning: machineTuning(machine),
				made: (cache) => kernel.findCache(cacheOf.get(cache)!)?.geometry,
				recordedZones: machine.zones,
				ourZones: collectZoneinfo(kernel.mm),
			});
			expect(score.caches.differences).to.deep.equal([]);
			const open = score.zones.differences.filter(
				({ what }) => what !== "managed", // nothing has been filled in
			);
			expect(open).to.deep.equal([]);
			const isChecked = machine.commandLine.includes("slub_debug=F");
			if (!isChecked) expect(score.cacheLists.differences).to.deep.equal([]);
			expect(score.caches.numbers).to.be.at.least(700);
		});
});
