import { expect } from "chai";
import { PutAside } from "../../../../kernel/replay/objects/put-aside";
import {
	FILE,
	HOLDER,
	PLAIN,
	RCU_OF_LAST_HOLDER,
	RCU_OF_NEXT_HOLDER,
} from "../../../../kernel/replay/objects/special-callers";

describe("objects that are put aside with their holders", () => {
	it("belong to the holder that the thread got before, or to the next one", () => {
		const aside = new PutAside();
		aside.allocated(HOLDER, 1, 10, 0);
		aside.allocated(HOLDER, 2, 20, 0);
		aside.allocated(RCU_OF_LAST_HOLDER, 1, 11, 0);
		aside.allocated(RCU_OF_NEXT_HOLDER, 2, 21, 0);
		aside.allocated(PLAIN, 2, 99, 0);
		aside.allocated(HOLDER, 2, 22, 0);
		expect(aside.release(20, 0)).to.equal(false);
		expect(aside.release(10, 0)).to.equal(true);
		expect(aside.low).to.equal(11);
		expect(aside.release(10, 0)).to.equal(false);
		expect(aside.release(22, 0)).to.equal(true);
		expect(aside.low).to.equal(21);
	});

	it("PA1: a holder whose address is given out again holds nothing of before", () => {
		const aside = new PutAside();
		aside.allocated(HOLDER, 1, 10, 0);
		aside.allocated(RCU_OF_LAST_HOLDER, 1, 11, 0);
		aside.allocated(HOLDER, 1, 10, 0);
		expect(aside.release(10, 0)).to.equal(false);
		aside.allocated(RCU_OF_LAST_HOLDER, 1, 12, 0);
		aside.allocated(RCU_OF_LAST_HOLDER, 1, 13, 0);
		expect(aside.release(10, 0)).to.equal(true);
		expect(aside.low).to.equal(12);
	});

	it("and files are closed with theirs", () => {
		const aside = new PutAside();
		aside.allocated(FILE, 1, 5, 0);
		aside.allocated(HOLDER, 1, 10, 0);
		aside.allocated(RCU_OF_LAST_HOLDER, 1, 11, 0);
		expect(aside.close(5, 0)).to.equal(false);
		expect(aside.close(10, 0)).to.equal(true);
		expect(aside.low).to.equal(5);
		expect(aside.release(10, 0)).to.equal(true);
		expect(aside.low).to.equal(11);
	});
});
