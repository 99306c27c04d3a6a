import { expect } from "chai";
import type { PageTypes } from "../../../../kernel/proc/pagetypeinfo";
import { guessTypes } from "../../../../kernel/replay/pages/type-guess";
import {
	KPF_BUDDY,
	KPF_LRU,
	KPF_RESERVED,
	KPF_SLAB,
} from "../../../../kernel/replay/snapshot/kpageflags";
import { flagsOf, oneZone, zonesOf } from "./support";

const counted = (...counts: number[]): PageTypes =>
	({ blocks: [{ node: 0, zone: "DMA32", counts }] }) as unknown as PageTypes;
const guess = (runs: number[][], types?: PageTypes): number[] => [
	...guessTypes(flagsOf(...runs), types, oneZone()).slice(8, 16),
];

describe("guessed types of pageblocks", () => {
	it("go by what lies there", () => {
		const runs = [
			...[
				[0x1000, 512, KPF_BUDDY],
				[0x1200, 100, KPF_SLAB],
				[0x1264, 412, KPF_BUDDY],
			],
			...[
				[0x1400, 50, KPF_SLAB],
				[0x1432, 60, KPF_LRU],
				[0x1600, 512],
			],
			...[
				[0x1800, 60, KPF_SLAB],
				[0x183c, 50, KPF_LRU],
				[0x1a00, 512, KPF_RESERVED],
			],
		];
		expect(guess(runs)).to.deep.equal([1, 0, 1, 0, 0, 1, 1, 1]);
	});

	it("pairs with slabs and hardly anything else are the reclaimable ones", () => {
		const runs = [
			...[
				[0x1000, 512, KPF_SLAB],
				[0x1200, 512, KPF_BUDDY],
			],
			...[
				[0x1400, 400, KPF_SLAB],
				[0x1590, 112],
				[0x1600, 512],
			],
		];
		expect(guess(runs, counted(0, 0, 2)).slice(0, 4)).to.deep.equal([
			2, 2, 0, 0,
		]);
	});

	it("free partners fill up the unmovable ones", () => {
		const runs = [
			[0x1000, 512, KPF_SLAB],
			[0x1200, 512, KPF_BUDDY],
			[0x1400, 512, KPF_BUDDY],
		];
		expect(guess(runs, counted(2)).slice(0, 3)).to.deep.equal([0, 0, 1]);
		expect(guess(runs, counted(1)).slice(0, 3)).to.deep.equal([0, 1, 1]);
	});

	it("nobody made the pageblock of frame 0 movable", () => {
		const zones = zonesOf({ zone: "DMA", startPfn: 1, spanned: 4095 });
		const flags = flagsOf([1, 4095, KPF_BUDDY]);
		expect(guessTypes(flags, undefined, zones)[0]).to.equal(0);
	});
});
