import { expect } from "chai";
import { why } from "../../../../../kernel/trace/ask/why";
import { mergeOf } from "../../../../../kernel/trace/ask/why/give";
import { Scene } from "../../../../../kernel/trace/ask/why/scene";
import { FREE, WAITING } from "../../../../../kernel/trace/fold/frames";
import {
	EV_BOOT_FREE,
	EV_BUDDY_GIVE,
	EV_PAGE_FREE,
	EV_PCP_DRAIN,
} from "../../../../../mm/events";
import { recordedTrace } from "../../recorded";
import { eventsOf, textOf } from "../played";

describe("why a block merged, or did not", () => {
	for (const name of ["buddy", "fragmentation"])
		it(`WG1: the buddies and the obstacle are the machine's, in ${name}`, () => {
			const trace = recordedTrace(name);
			const scene = new Scene(trace);
			const seen = new Set<string>();
			for (const event of eventsOf(trace, EV_BUDDY_GIVE)) {
				const merge = mergeOf(scene, event);
				const { frames } = scene.before(event.number);
				seen.add(merge.obstacle);
				expect(merge.order + merge.buddies.length).to.equal(event.b);
				for (const { pfn, order } of merge.buddies) {
					expect(frames.state[pfn]).to.equal(FREE);
					expect(frames.order[pfn]).to.equal(order);
				}
				const { blocker, buddy, obstacle } = merge;
				if (obstacle === "allocated")
					expect(frames.state[blocker]).to.be.greaterThan(WAITING + 1);
				if (obstacle === "per-CPU")
					expect(frames.state[blocker]).to.equal(WAITING);
				const isWhole =
					frames.state[buddy] === FREE && frames.order[buddy] === event.b;
				if (event.b < 9 && buddy >= 0 && obstacle !== "zone")
					expect(isWhole).to.equal(false);
			}
			expect([...seen]).to.include.members(["allocated", "top order", "zone"]);
		});

	it("the end of the list follows from the neighbour one order up", () => {
		for (const name of ["buddy", "fragmentation"]) {
			const trace = recordedTrace(name);
			const gives = eventsOf(trace, EV_BUDDY_GIVE);
			const tails = gives.filter(({ d }) => d === 1).slice(0, 40);
			const heads = gives.filter(({ d }) => d === 0).slice(0, 40);
			for (const { number } of tails)
				expect(textOf(why(trace, number))).to.match(
					/to the tail of .*: (boot fills|the block beside)/,
				);
			for (const { number } of heads)
				expect(textOf(why(trace, number))).to.match(
					/to the head of .*: (it is handed|blocks this large)/,
				);
		}
	});

	it("names who holds the buddy, since when and by which call site", () => {
		const trace = recordedTrace("buddy");
		const scene = new Scene(trace);
		const give = eventsOf(trace, EV_BUDDY_GIVE).find(
			(event) => mergeOf(scene, event).obstacle === "allocated",
		)!;
		const { blocker, buddy } = mergeOf(scene, give);
		const since = scene.before(give.number).frames.since[blocker];
		const text = textOf(why(trace, give.number));
		expect(text).to.include(`buddy of order ${give.b}, frame ${buddy}`);
		expect(text).to.include(`since event ${since} (`);
	});

	it("counts the steps of a long merge", () => {
		const trace = recordedTrace("buddy");
		const gives = eventsOf(trace, EV_BUDDY_GIVE);
		const give = gives.find(({ b, d }) => b === 10 && d === 0)!;
		const { title } = why(trace, give.number);
		expect(title).to.match(/merged to 1024 pages at frame/);
		const text = textOf(why(trace, give.number));
		expect(text).to.include("Order 10 is the largest there is");
	});

	it("tells a free to the CPU's list from one to the buddy", () => {
		const trace = recordedTrace("buddy");
		const frees = eventsOf(trace, EV_PAGE_FREE);
		const parked = frees.find(({ c }) => c === 1)!;
		expect(textOf(why(trace, parked.number))).to.match(
			/went to the head of CPU 0's .* list of order 0, which then held 1 block\./,
		);
		const direct = frees.find(({ b }) => b === 7)!;
		const text = textOf(why(trace, direct.number));
		expect(text).to.include("CPUs keep no list of order 7");
		expect(text).to.include("builder > free_pages freed 128 pages");
		expect(text).to.match(/had been allocated, 128 pages since event \d+/);
	});

	it("tells why a CPU's list is drained", () => {
		const trace = recordedTrace("fragmentation");
		const drains = eventsOf(trace, EV_PCP_DRAIN);
		expect(textOf(why(trace, drains[0]!.number))).to.include(
			"A free on CPU 0 made its lists as long as they may be",
		);
		const texts = drains.map(({ number }) => number);
		const refused = texts.find((number) => number > 85_550)!;
		expect(textOf(why(trace, refused))).to.include("refused by the watermark");
	});

	it("tells what boot hands over", () => {
		const trace = recordedTrace("buddy");
		const [first] = eventsOf(trace, EV_BOOT_FREE);
		expect(textOf(why(trace, first!.number))).to.include(
			"boot fills the lists behind what is there",
		);
	});
});
