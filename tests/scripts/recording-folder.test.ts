// Specification of recordings on disk.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import { gunzip, recordingFolder } from "../../scripts/recording-folder";

describe("scripts/recording-folder", () => {
	let folder: string;
	const write = (path: string, content: string | Uint8Array): void => {
		const file = join(folder, ...path.split("/"));
		mkdirSync(join(file, ".."), { recursive: true });
		writeFileSync(file, content);
	};
	before(() => {
		folder = mkdtempSync(join(tmpdir(), "recording-"));
		write("meta/cmdline", "quiet\n");
		write("snap/a/kpageflags.rle.gz", gzipSync("1 1 400\n"));
		write("snap/a/zoneinfo", "plain");
		write("snap/a/zoneinfo.gz", gzipSync("packed"));
		write("snap/a/vmallocinfo.xz", "xz");
		write("snap/a/slabinfo.gz", "no gzip");
	});
	after(() => rmSync(folder, { recursive: true }));

	it("reads texts by their plain names", () => {
		const source = recordingFolder(folder);
		expect(source.text("meta/cmdline")).to.equal("quiet\n");
		expect(source.text("snap/a/kpageflags.rle")).to.equal("1 1 400\n");
		expect(source.text("snap/a/kpageflags.rle")).to.equal("1 1 400\n");
		expect(source.text("snap/a/nothing")).to.equal(undefined);
	});

	it("lists every text once, and prefers the plain file", () => {
		const source = recordingFolder(folder);
		expect(source.list("snap/a/").sort()).to.deep.equal([
			"snap/a/kpageflags.rle",
			"snap/a/slabinfo",
			"snap/a/vmallocinfo",
			"snap/a/zoneinfo",
		]);
		expect(source.text("snap/a/zoneinfo")).to.equal("plain");
	});

	it("asks the caller to unpack what it does not know", () => {
		const unpack = (path: string, bytes: Uint8Array): Uint8Array =>
			path.endsWith(".xz") ? Buffer.from("unpacked") : gunzip(path, bytes);
		const source = recordingFolder(folder, unpack);
		expect(source.text("snap/a/vmallocinfo")).to.equal("unpacked");
		expect(source.text("snap/a/kpageflags.rle")).to.equal("1 1 400\n");
		expect(() => recordingFolder(folder).text("snap/a/vmallocinfo")).to.throw(
			/vmallocinfo\.xz is compressed in a way that is not known here/,
		);
	});

	it("says which file is damaged, and when there is no folder", () => {
		const source = recordingFolder(folder);
		expect(() => source.text("snap/a/slabinfo")).to.throw(
			/slabinfo\.gz is damaged: it cannot be unpacked\.$/,
		);
		expect(() => recordingFolder(join(folder, "none"))).to.throw(
			/^There is no folder .*none\.$/,
		);
		expect(() => recordingFolder(join(folder, "meta", "cmdline"))).to.throw(
			/^There is no folder/,
		);
	});
});
