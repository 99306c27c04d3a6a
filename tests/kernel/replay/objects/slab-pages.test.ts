import { expect } from "chai";
import { SlabLives } from "../../../../kernel/replay/objects/slab-lives";
import { SlabPages } from "../../../../kernel/replay/objects/slab-pages";
import { GFP_KERNEL } from "../../../../mm/gfp";
import { EventMaker } from "./support";

describe("page events of slabs", () => {
	it("are told from the others in a second pass", () => {
		const make = new EventMaker();
		const events = [
			make.pages(8), // becomes a slab
			make.pages(9), // asked for in the same way, but no slab
			make.pages(10, 0, GFP_KERNEL),
			make.freePages(9),
			make.freePages(8),
			make.freePages(20), // a slab from before
		];
		const lives = new SlabLives(100, null);
		lives.allocate(8, 0, events[0]!.gfp);
		lives.allocate(9, 0, events[1]!.gfp);
		lives.ofObject(8 * 4096);
		lives.ofObject(20 * 4096);
		const pages = new SlabPages(lives);
		expect(events.map((event) => pages.take(event))).to.deep.equal([
			...[true, false, false],
			...[false, true, true],
		]);
	});
});
