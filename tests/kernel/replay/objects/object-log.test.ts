import { expect } from "chai";
import { ObjectLog } from "../../../../kernel/replay/objects/object-log";

const OLD = 1;
const YOUNG = 2;

/** Addresses in the list, with 1 for free. */
function states(log: ObjectLog): [number, number][] {
	const { lows, free, length } = log.atStart;
	return Array.from({ length }, (_, n): [number, number] => [
		lows.at(n),
		free.at(n),
	]).sort(([one], [other]) => one - other);
}

describe("the log of addresses", () => {
	it("tells by the first event after the start what was in use", () => {
		const log = new ObjectLog((life) => life === OLD);
		log.start();
		log.allocate(8, 1, OLD, 5);
		log.free(16, 1, OLD);
		log.allocate(16, 1, OLD, 5);
		log.allocate(24, 1, YOUNG, 5);
		log.finish();
		expect(states(log)).to.deep.equal([
			[8, 1],
			[16, 0],
		]);
	});

	it("that was taken unseen since the start was free, if its free is the first event", () => {
		const log = new ObjectLog((life) => life === OLD);
		log.start();
		log.free(8, 1, OLD);
		log.wasTakenUnseen(8, 1);
		log.free(16, 1, OLD);
		log.free(16, 1, OLD);
		log.wasTakenUnseen(16, 1);
		log.wasTakenUnseen(24, 1); // of which nothing is known
		log.finish();
		expect(states(log)).to.deep.equal([
			[8, 1],
			[16, 0],
		]);
	});

	it("else by the last event before it", () => {
		const log = new ObjectLog((life) => life === OLD);
		log.allocate(8, 1, OLD, 5);
		log.allocate(16, 1, OLD, 5);
		log.free(16, 1, OLD);
		log.allocate(32, 1, OLD, 5);
		log.start();
		log.allocate(32, 1, OLD, 5); // was freed unseen
		log.finish();
		expect(states(log)).to.deep.equal([
			[8, 0],
			[16, 1],
			[32, 1],
		]);
	});

	it("OL1: forgets what was known when the address lies in another slab, but for slabs of the start", () => {
		const log = new ObjectLog((life) => life === OLD);
		log.allocate(8, 1, OLD, 5);
		log.start();
		log.free(8, 1, YOUNG);
		expect(log.wasLive).to.equal(false);
		log.finish();
		expect(states(log)).to.deep.equal([[8, 0]]);
	});

	it("knows who allocated an object, and whether there was one", () => {
		const log = new ObjectLog(() => false);
		log.start();
		log.allocate(8, 1, OLD, 1234567);
		expect([log.wasLive, log.wasTouched]).to.deep.equal([false, false]);
		log.free(8, 1, OLD);
		expect([log.wasLive, log.wasTouched]).to.deep.equal([true, true]);
		expect(log.caller).to.equal(1234567);
		log.free(8, 1, OLD);
		expect([log.wasLive, log.wasTouched]).to.deep.equal([false, true]);
	});
});
