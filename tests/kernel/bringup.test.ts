import { expect } from "chai";
import { DEFAULT_IMAGE, layOutImage, pcMemoryMap } from "../../hw/memory-map";
import { KIB, MIB } from "../../hw/units";
import { Bringup, freedImageParts } from "../../kernel/bringup";

describe("bringing up", () => {
	it("switches a machine on and makes the kernel's first records", () => {
		const { machine, early, seed } = new Bringup({ memory: "8M", cpus: 2 });
		expect(machine.memory.bytes).to.equal(8 * MIB);
		expect(machine.statics).to.equal(early.statics.globals);
		expect(early.globals.cpuCount).to.equal(2);
		expect(early.record.isValid).to.equal(true);
		expect(early.record.isRunning).to.equal(false);
		expect([seed, early.record.seed]).to.deep.equal([1, 1]);
	});

	it("takes memory as text, as bytes or as a map, but not both", () => {
		const bytes = (options: ConstructorParameters<typeof Bringup>[0]): number =>
			new Bringup(options).machine.memory.bytes;
		expect(bytes({ memory: "12M" })).to.equal(12 * MIB);
		expect(bytes({ memory: 12 * MIB })).to.equal(12 * MIB);
		const map = pcMemoryMap(12 * MIB);
		expect(bytes({ map })).to.equal(12 * MIB);
		expect(() => new Bringup({ memory: "12M", map })).to.throw("either");
	});

	it("runs each stage in a calling context with the names of its path", () => {
		const bringup = new Bringup({ memory: "8M" });
		const { contexts, turn } = bringup.machine;
		let inside: string[] = [];
		bringup.enter("start_kernel/setup_arch/e820", (b) => {
			expect(b).to.equal(bringup);
			inside = contexts.path(turn.cpu.context);
		});
		expect(inside).to.deep.equal(["start_kernel", "setup_arch", "e820"]);
		expect(turn.cpu.context).to.equal(0);
	});

	it("keeps the firmware's map beside the one that mem= leaves", () => {
		const bringup = new Bringup({ memory: "64M", cmdline: "mem=10M" });
		expect(bringup.firmwareMap.ramEnd).to.equal(64 * MIB);
		expect(bringup.machine.map.ramEnd).to.equal(10 * MIB);
		const whole = new Bringup({ memory: "64M", cmdline: "mem=1G" });
		expect(whole.machine.map.ramEnd).to.equal(64 * MIB);
	});

	it("knows which parts of the image are given back", () => {
		const { init } = DEFAULT_IMAGE;
		const whole = { start: init.start, end: init.start + init.bytes };
		expect(freedImageParts(DEFAULT_IMAGE)).to.deep.equal([
			{ name: "initmem", ...whole },
		]);
		const apart = layOutImage(
			2 * MIB,
			{ code: 100, rodata: MIB, data: KIB, init: 8 * KIB, bss: KIB },
			2 * MIB,
		);
		expect(freedImageParts(apart)).to.deep.equal([
			{ name: "initmem", start: 8 * MIB, end: 8 * MIB + 8 * KIB },
			{ name: "text/rodata gap", start: 2 * MIB + 4 * KIB, end: 4 * MIB },
			{ name: "rodata/data gap", start: 5 * MIB, end: 6 * MIB },
		]);
	});

	it("refuses more ranges of the loader than it can remember", () => {
		const reserved = Array.from({ length: 6 }, (_, i) => ({
			start: (3 + i) * MIB,
			end: (3 + i) * MIB + 4096,
		}));
		expect(() => new Bringup({ memory: "16M", reserved })).to.throw(
			"at most 5",
		);
	});
});
