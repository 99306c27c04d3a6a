// Specification of snapshots.

import { expect } from "chai";
import {
	Snapshot,
	snapshotsIn,
	staticAttributes,
} from "../../../../kernel/replay/snapshot/snapshot";
import { textSource } from "../../../../kernel/replay/snapshot/source";
import { recorded } from "../../../fixtures";
import { refusals } from "./damage";

const BUDDYINFO = "Node 0, zone      DMA      0      0      0      2 \n";

describe("kernel/replay/snapshot/snapshot", () => {
	const { snapshots, source } = recorded("m12-net-2cpu-counterclock").whole;

	it("finds the snapshots of a recording, also without a folder snap", () => {
		expect(snapshots.map(({ name }) => name)).to.deep.equal(["a", "c"]);
		const nested = textSource({
			"meta/zoneinfo": "",
			"snap/b-files/slabinfo": "",
			"snap/a/zoneinfo": "",
			"snap/c/kpageflags.rle": "",
			"snap/c-shrunk/vmstat": "",
			"snap/post-static/slab.tsv": "",
			"snap/notes/readme": "",
			"snap/marks.tsv": "",
		});
		const names = snapshotsIn(nested).map(({ name }) => name);
		expect(names).to.deep.equal(["a", "b-files", "c", "c-shrunk"]);
	});

	it("has them in the order of their marks", () => {
		const timed = textSource({
			"snap/b-clean/buddyinfo": "",
			"snap/b-clean/marks.tsv": "9.0\tSNAPSHOT-b-clean BEGIN\n",
			"snap/b-mixed/buddyinfo": "",
			"snap/b-mixed/marks.tsv": "5.0\tSNAPSHOT-b-mixed BEGIN\n",
		});
		const names = snapshotsIn(timed).map(({ name }) => name);
		expect(names).to.deep.equal(["b-mixed", "b-clean"]);
		expect(snapshotsIn(timed)[0]!.nanoseconds).to.equal(5e9);
	});

	it("parses each text once", () => {
		const [first] = snapshots;
		expect(first!.buddyinfo).to.equal(first!.buddyinfo);
		expect(first!.zoneinfo![1]!.zone).to.equal("DMA32");
		expect(first!.slabinfo!.length).to.be.above(140);
		expect(first!.pagetypeinfo!.blockOrder).to.equal(9);
		expect(first!.meminfo!.MemTotal).to.equal(468144);
		expect(first!.vmstat!.nr_free_pages).to.be.above(0);
		expect(first!.iomem!.length).to.be.above(5);
		expect(first!.text("zoneinfo")).to.match(/^Node 0, zone/);
	});

	it("has nothing for texts that are not there (SP1)", () => {
		const empty = new Snapshot(textSource({}), "snap/a/", "a");
		for (const text of ["buddyinfo", "flags", "slabs", "freeBlocks"] as const)
			expect(empty[text]).to.equal(undefined);
		expect(empty.marks).to.deep.equal([]);
		expect(empty.freeDifferences()).to.equal(undefined);
		expect(empty.nanoseconds).to.equal(undefined);
		expect(staticAttributes(textSource({}))).to.equal(undefined);
	});

	it("compares the free blocks with buddyinfo", () => {
		const source = textSource({
			"a/buddyinfo": BUDDYINFO,
			"a/kpageflags.rle": "8 8 400\n10 4 400\n14 1 8080\n15 1 10080\n",
		});
		const snapshot = new Snapshot(source, "a/", "a");
		expect(snapshot.freeBlocks!.length).to.equal(2);
		expect(snapshot.slabBlocks!.blocks.length).to.equal(1);
		expect(snapshot.freeDifferences()).to.deep.equal([
			{ zone: "DMA", order: 2, flags: 1, buddyinfo: 0 },
			{ zone: "DMA", order: 3, flags: 1, buddyinfo: 2 },
		]);
	});

	it("knows the mark after which a text holds", () => {
		const [first] = snapshots;
		expect(first!.doneText("buddyinfo")).to.equal(
			"SNAPSHOT-a READ-DONE buddyinfo",
		);
	});

	it("names path and line of a damaged text", () => {
		const parsers = {
			buddyinfo: "buddyinfo",
			zoneinfo: "zoneinfo",
			slabinfo: "slabinfo",
			pagetypeinfo: "pagetypeinfo",
			meminfo: "meminfo",
			vmstat: "vmstat",
			iomem: "iomem",
		} as const;
		for (const file of Object.keys(parsers) as (keyof typeof parsers)[]) {
			const whole = source.text(`a/${file}`)!;
			const count = refusals(
				whole,
				`snap/a/${file}`,
				(text) => {
					const texts = textSource({ [`snap/a/${file}`]: text });
					return new Snapshot(texts, "snap/a/", "a")[file];
				},
				100,
			);
			expect(count, file).to.be.at.least(10);
		}
	});
});
