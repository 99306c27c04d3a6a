// Specification of sources of texts.

import { expect } from "chai";
import { KernelPanic } from "../../../../hw/panic";
import { parseBuddyinfo } from "../../../../kernel/proc/buddyinfo";
import {
	metaPath,
	parsedText,
	textSource,
} from "../../../../kernel/replay/snapshot/source";

describe("kernel/replay/snapshot/source", () => {
	const source = textSource({
		"meta/cmdline": "quiet\n",
		cpus: "0\n",
		"snap/a/buddyinfo": "Node 0, zone DMA 1 2 \nNode 0\n",
	});

	it("finds texts by path and lists them by how the path begins", () => {
		expect(source.text("meta/cmdline")).to.equal("quiet\n");
		expect(source.text("meta/dmesg.txt")).to.equal(undefined);
		expect(source.list("snap/")).to.deep.equal(["snap/a/buddyinfo"]);
		expect(source.list("").length).to.equal(3);
		expect(textSource({}).text("toString")).to.equal(undefined);
	});

	it("looks for texts about the machine in meta/ and at the top", () => {
		expect(metaPath(source, "cmdline")).to.equal("meta/cmdline");
		expect(metaPath(source, "cpus")).to.equal("cpus");
		expect(metaPath(source, "dmesg.txt")).to.equal("meta/dmesg.txt");
	});

	it("puts the folder before what a parser says (TS1)", () => {
		const read = (path: string) => parsedText(source, path, parseBuddyinfo);
		expect(() => read("snap/a/buddyinfo")).to.throw(
			"snap/a/buddyinfo, line 2: expected",
		);
		expect(read("snap/c/buddyinfo")).to.equal(undefined);
	});

	it("lets through what is no trouble of the text", () => {
		const panicking = () => {
			throw new KernelPanic("broken");
		};
		expect(() => parsedText(source, "cpus", panicking)).to.throw(
			KernelPanic,
			/^broken$/,
		);
	});
});
