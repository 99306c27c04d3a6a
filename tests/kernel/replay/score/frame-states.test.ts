import { expect } from "chai";
import fc from "fast-check";
import type { FrameRun, FrameUse } from "../../../../kernel/frames";
import {
	FRAME_STATES,
	framesScore,
	ourState,
	recordedState,
} from "../../../../kernel/replay/score/frame-states";
import { parseKpageflags } from "../../../../kernel/replay/snapshot/kpageflags";

/** Runs from frame 0 on. */
function runs(...parts: readonly (readonly [number, FrameUse])[]): FrameRun[] {
	let start = 0;
	return parts.map(([count, use]) => {
		const run = { start, count, use, owner: "" };
		start += count;
		return run;
	});
}

describe("kernel/replay/score/frame-states", () => {
	it("reads a state from the flags", () => {
		const states = {
			"400": "free",
			"8080": "slab",
			"10080": "slab",
			"4000000": "table",
			"5828": "user",
			"403c": "user",
			"483c": "user",
			"100000000": "reserved",
			"900000000": "reserved",
			"8000": "other",
			"0": "other",
		};
		for (const [flags, state] of Object.entries(states))
			expect(recordedState(parseKpageflags(`1 1 ${flags}`), 0), flags).to.equal(
				state,
			);
	});

	it("takes a page on a CPU's list as the flags show one", () => {
		expect(ourState("pcp")).to.equal(
			recordedState(parseKpageflags("1 1 0"), 0),
		);
		expect(ourState("metadata")).to.equal("reserved");
	});

	it("counts frames by both states, whatever the runs are cut into", () => {
		const flags = parseKpageflags("1 4 400\n5 3 80\n9 2 5828\n");
		const score = framesScore(
			flags,
			runs([3, "free"], [3, "slab"], [3, "free"], [20, "pages"]),
		);
		const at = (there: string, here: string): number =>
			score.counts[FRAME_STATES.indexOf(there as never)]![
				FRAME_STATES.indexOf(here as never)
			]!;
		expect(at("free", "free")).to.equal(2);
		expect(at("free", "slab")).to.equal(2);
		expect(at("slab", "slab")).to.equal(1);
		expect(at("slab", "free")).to.equal(2);
		expect(at("user", "other")).to.equal(2);
		expect(score).to.include({ frames: 9, same: 3, alike: 5, own: 0 });
		expect(score.alikeShare).to.equal(5 / 9);
	});

	it("counts apart what this kernel keeps in the recorded one's reserve", () => {
		const flags = parseKpageflags("0 10 100000000");
		const score = framesScore(
			flags,
			runs([4, "metadata"], [3, "slab"], [3, "free"]),
		);
		expect(score).to.include({ same: 4, own: 3, alikeShare: 4 / 7 });
	});

	it("has no shares where the flags tell of nothing, and takes frames beyond ours", () => {
		expect(framesScore(parseKpageflags(""), [])).to.include({
			frames: 0,
			sameShare: null,
			alikeShare: null,
		});
		expect(framesScore(parseKpageflags("5 2 400"), []).same).to.equal(0);
	});

	it("counts each frame once (FS1)", () => {
		const count = fc.integer({ min: 1, max: 9 });
		const use = fc.constantFrom<FrameUse>("free", "slab", "pages", "hole");
		const flag = fc.constantFrom("400", "80", "0", "100000000");
		fc.assert(
			fc.property(
				fc.array(fc.tuple(count, flag)),
				fc.array(fc.tuple(count, use)),
				(there, here) => {
					let start = 0;
					const lines = there.map(([frames, bits]) => {
						const line = `${start.toString(16)} ${frames} ${bits}`;
						start += frames + 1;
						return line;
					});
					const flags = parseKpageflags(lines.join("\n"));
					const { frames, counts } = framesScore(flags, runs(...here));
					expect(frames).to.equal(flags.frameCount);
					const sum = counts.flat().reduce((total, each) => total + each, 0);
					expect(sum).to.equal(frames);
				},
			),
		);
	});
});
