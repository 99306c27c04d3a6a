import { expect } from "chai";
import { bootOptionsOf } from "../../../kernel/scenario/machine";
import { scenarioOf } from "./support";

describe("kernel/scenario/machine", () => {
	const none = { memoryBytes: null, cpus: null, seed: null, commandLine: null };
	const mapped = scenarioOf({
		machine: {
			map: ["0x0-0xffffff usable"],
			reserved: ["0x800000-0x8fffff"],
			cpus: 2,
			seed: 9,
		},
		cmdline: "quiet",
		config: { CONFIG_SLAB_FREELIST_RANDOM: true },
	});

	it("asks for the machine of the scenario", () => {
		const { map, ...rest } = bootOptionsOf(mapped, none);
		expect(map?.ramEnd).to.equal(0x1000000);
		expect(rest).to.deep.equal({
			cpus: 2,
			seed: 9,
			cmdline: "quiet",
			config: { CONFIG_SLAB_FREELIST_RANDOM: true },
			reserved: [{ start: 0x800000, end: 0x900000 }],
		});
	});

	it("asks for a plain PC when a size is given", () => {
		const options = bootOptionsOf(mapped, { ...none, memoryBytes: 2 ** 26 });
		expect(options.memory).to.equal(2 ** 26);
		expect(options.map).to.equal(undefined);
		expect(options.reserved).to.equal(undefined);
	});

	it("lets a person choose CPUs and seed, and append to the command line", () => {
		const options = bootOptionsOf(mapped, {
			...none,
			cpus: 1,
			seed: 4,
			commandLine: "slab_nomerge",
		});
		expect(options.cpus).to.equal(1);
		expect(options.seed).to.equal(4);
		expect(options.cmdline).to.equal("quiet slab_nomerge");
	});

	it("refuses a map that cannot be", () => {
		const map = [
			{ start: 0, end: 0x100000, type: "usable" },
			{ start: 0x80000, end: 0x200000, type: "usable" },
		] as const;
		const broken = { ...mapped, machine: { ...mapped.machine, map } };
		expect(() => bootOptionsOf(broken)).to.throw(/overlap/);
	});
});
