import { expect } from "chai";
import { NO_CACHE } from "../../../../kernel/replay/objects/cache-list";
import { Overtaken } from "../../../../kernel/replay/objects/overtaken";
import type { KmemEvent } from "../../../../kernel/replay/reading/event";
import { EventMaker } from "./support";

const FILP = 7;
const IN_TASK = { interrupt: 0, pid: 9 };
const IN_INTERRUPT = { interrupt: 1, pid: 9 };

/** Events with the slabs of their objects; what is to be made before which of them. */
function early(steps: readonly (readonly [KmemEvent, number])[]) {
	const overtaken = new Overtaken();
	steps.forEach(([event, life], ordinal) => {
		const isFree = event.bytesRequested === 0;
		overtaken.event(event, ordinal, life, isFree ? NO_CACHE : FILP);
	});
	return steps.map((_, ordinal) => overtaken.before(ordinal)?.low ?? null);
}

describe("requests that an interrupt overtook", () => {
	const make = new EventMaker();
	const take = (address: number, changes = {}) =>
		make.alloc("f+0x1", 256, address, { ...IN_TASK, ...changes });
	const free = (address: number, changes = {}) =>
		make.free("filp", address, { ...IN_INTERRUPT, ...changes });

	it("got an object of another slab, although one of the CPU's slab was freed: are made before that", () => {
		const steps = [
			[take(64), 1],
			[free(128), 3],
			[free(192), 1],
			[take(4096), 2],
		] as const;
		expect(early(steps)).to.deep.equal([null, 4096, null, null]);
	});

	it("were not overtaken when they got what was freed", () => {
		const steps = [
			[take(64), 1],
			[free(192), 1],
			[take(192), 1],
		] as const;
		expect(early(steps)).to.deep.equal([null, null, null]);
	});

	it("nor when nothing of the CPU's slab was freed", () => {
		const steps = [
			[take(64), 1],
			[free(192), 3],
			[take(4096), 2],
		] as const;
		expect(early(steps)).to.deep.equal([null, null, null]);
	});

	it("OV1: nor when something else happened in between, or to another task or CPU", () => {
		for (const between of [
			[free(256, IN_TASK), 1],
			[take(256, IN_INTERRUPT), 1],
		] as const) {
			const steps = [
				[take(64), 1],
				[free(192), 1],
				between,
				[take(4096), 2],
			] as const;
			expect(early(steps)).to.deep.equal([null, null, null, null]);
		}
		for (const other of [{ pid: 10 }, { cpu: 1 }]) {
			const steps = [
				[take(64), 1],
				[free(192, other), 1],
				[take(4096), 2],
			] as const;
			expect(early(steps)).to.deep.equal([null, null, null]);
		}
	});
});
