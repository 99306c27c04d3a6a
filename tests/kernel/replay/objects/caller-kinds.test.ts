import { expect } from "chai";
import { CallerKinds } from "../../../../kernel/replay/objects/caller-kinds";
import {
	BULK,
	LONG_NAME,
	PLAIN,
} from "../../../../kernel/replay/objects/special-callers";
import { EventMaker } from "./support";

describe("kinds of callers", () => {
	it("are looked up once and then known by number", () => {
		const make = new EventMaker();
		const kinds = new CallerKinds(make.names);
		const bulk = make.alloc("mas_alloc_nodes+0x6c", 256, 0x1000);
		const name = make.kmalloc("__d_alloc+0x160", 60, 64, 0x2000);
		expect(kinds.of(bulk, 1)).to.equal(BULK);
		expect(kinds.of(name, 500)).to.equal(LONG_NAME);
		expect(kinds.of(name, 1)).to.equal(BULK);
		expect(kinds.known(500)).to.equal(LONG_NAME);
		expect(kinds.isKmalloc(500)).to.equal(true);
		expect(kinds.isKmalloc(1)).to.equal(false);
		expect(kinds.known(0)).to.equal(PLAIN);
	});
});
