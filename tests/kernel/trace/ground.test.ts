import { expect } from "chai";
import { BOOT, FIRMWARE, groundOf, HOLE } from "../../../kernel/trace/ground";

const MIB = 2 ** 20;
const machine = { memoryBytes: 3 * MIB, frames: 768, cpus: 1, zones: [] };

describe("the ground of a frame map", () => {
	it("is what the memory map says", () => {
		const ground = groundOf({
			...machine,
			ranges: [
				[0, MIB, "usable"],
				[MIB, 2 * MIB, "usable"],
				[2 * MIB + 4096, 3 * MIB, "reserved"],
			],
		});
		expect(ground[300]).to.equal(BOOT);
		expect(ground[511]).to.equal(BOOT);
		expect(ground[512]).to.equal(HOLE);
		expect(ground[513]).to.equal(FIRMWARE);
	});

	it("leaves the first MiB to the firmware, and its holes holes", () => {
		const ground = groundOf({
			...machine,
			ranges: [
				[0, 655_360, "usable"],
				[MIB, 2 * MIB, "usable"],
			],
		});
		expect(ground[0]).to.equal(FIRMWARE);
		expect(ground[159]).to.equal(FIRMWARE);
		expect(ground[160]).to.equal(HOLE);
		expect(ground[256]).to.equal(BOOT);
	});

	it("GR1: gives a shared frame to the later range", () => {
		const start = MIB + 2048;
		const ground = groundOf({
			...machine,
			ranges: [
				[MIB, start, "usable"],
				[start, 2 * MIB, "reserved"],
			],
		});
		expect(ground[256]).to.equal(FIRMWARE);
	});

	it("is all boot's where a trace has no memory map", () => {
		const ground = groundOf({ ...machine, ranges: [] });
		expect(ground.every((what) => what === BOOT)).to.equal(true);
	});
});
