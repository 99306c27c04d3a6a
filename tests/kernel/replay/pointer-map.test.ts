import { expect } from "chai";
import fc from "fast-check";
import { KernelPanic } from "../../../hw/panic";
import { asPhys } from "../../../hw/units";
import { PointerMap } from "../../../kernel/replay/pointer-map";

describe("the map of recorded pointers", () => {
	it("knows what stands for a pointer, and its tag", () => {
		const map = new PointerMap();
		map.set(0x1000, -30592, asPhys(2 ** 33), 7);
		expect(map.get(0x1000, -30592)).to.equal(2 ** 33);
		expect(map.tag).to.equal(7);
		expect(map.get(0x1000, 0)).to.equal(0);
		expect(map.size).to.equal(1);
	});

	it("forgets what is taken, and what is set again", () => {
		const map = new PointerMap();
		map.set(8, 0, asPhys(64), 1);
		map.set(8, 0, asPhys(128), 2);
		expect(map.size).to.equal(1);
		expect(map.take(8, 0)).to.equal(128);
		expect(map.tag).to.equal(2);
		expect(map.take(8, 0)).to.equal(0);
		expect(map.size).to.equal(0);
	});

	it("PM2: refuses NULL as a key", () => {
		const map = new PointerMap();
		expect(() => map.set(0, 0, asPhys(8), 0)).to.throw(KernelPanic, "PM2");
		expect(map.get(0, 0)).to.equal(0);
	});

	it("PM1: does what a Map does, also where many keys share a slot, and while it grows", () => {
		const word = fc.oneof(
			fc.integer({ min: 0, max: 3 }),
			fc.integer({ min: 0, max: 300 }).map((n) => n << 12),
			fc.integer(),
		);
		const command = fc.tuple(fc.boolean(), word, word);
		fc.assert(
			fc.property(fc.array(command, { maxLength: 2500 }), (commands) => {
				const map = new PointerMap();
				const model = new Map<string, number>();
				commands.forEach(([adds, low, high], index) => {
					if ((low | high) === 0) return;
					const key = `${low},${high}`;
					const address = (index + 1) * 8;
					if (adds) {
						map.set(low, high, asPhys(address), index);
						model.set(key, address);
					} else {
						expect(map.take(low, high)).to.equal(model.get(key) ?? 0);
						model.delete(key);
					}
				});
				const found = new Map<string, number>();
				map.each((low, high, address) => {
					found.set(`${low},${high}`, address);
				});
				expect(found).to.deep.equal(model);
				expect(map.size).to.equal(model.size);
			}),
			{ numRuns: 60, seed: 5 },
		);
	});
});
