// Specification of recordings on disk.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import {
	eventFile,
	gunzip,
	openRecording,
	recordingFolder,
} from "../../scripts/recording-folder";
import { PACKED_LINE, packedLine } from "./packed";

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

	it("finds the events by the names that recorders give, ftrace's first", () => {
		expect(() => eventFile(folder)).to.throw(
			`${folder} has none of trace.txt, report.txt, perf-script.txt, packed or not: say which file has the events.`,
		);
		write("report.txt.gz", gzipSync("cpus=1\n"));
		expect(eventFile(folder)).to.equal(join(folder, "report.txt.gz"));
		write("trace.txt.xz", "xz");
		expect(eventFile(folder)).to.equal(join(folder, "trace.txt.xz"));
		rmSync(join(folder, "trace.txt.xz"));
		rmSync(join(folder, "report.txt.gz"));
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

	it("opens a whole recording, unpacking xz and zstd beforehand", async () => {
		write("r1/snap/a/kpageflags.rle.xz", packedLine("xz"));
		write("r1/snap/a/slabinfo.zst", packedLine("zstd"));
		write("r1/meta/cmdline.gz", gzipSync("quiet\n"));
		write("r1/trace.txt.xz", "no xz, and nobody looks into it");
		for (const path of [join(folder, "r1"), `${join(folder, "r1")}/`]) {
			const { name, source, snapshots } = await openRecording(path);
			expect(name).to.equal("r1");
			expect(source.text("snap/a/kpageflags.rle")).to.equal(PACKED_LINE);
			expect(source.text("snap/a/slabinfo")).to.equal(PACKED_LINE);
			expect(source.text("meta/cmdline")).to.equal("quiet\n");
			expect(snapshots.map((snapshot) => snapshot.name)).to.deep.equal(["a"]);
		}
	});

	it("tells of a damaged text when somebody asks for it", async () => {
		write("r2/snap/a/vmallocinfo.xz", "no xz");
		write("r2/snap/a/kpageflags.rle.xz", packedLine("xz").subarray(0, 20));
		const { source } = await openRecording(join(folder, "r2"));
		expect(() => source.text("snap/a/kpageflags.rle")).to.throw(
			Error,
			/kpageflags\.rle\.xz holds damaged xz data, or is cut off\.$/,
		);
	});

	it("refuses to open a recording where there is no folder", async () => {
		const opening = openRecording(join(folder, "none")).catch(
			(error: Error) => error.message,
		);
		expect(await opening).to.match(/^There is no folder .*none\.$/);
	});
});
