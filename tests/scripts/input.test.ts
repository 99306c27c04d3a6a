import { execFileSync } from "node:child_process";
import {
	existsSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import { type Input, openInput } from "../../scripts/input";
import { recordedRun } from "../kernel/trace/recorded";
import { PACKED_LINE, packedLine } from "./packed";

const FIXTURES = join(__dirname, "..", "fixtures", "traces");
const TEXT = readFileSync(join(FIXTURES, "ftrace-hashed.txt"));
const LARGE = Buffer.concat(Array.from({ length: 400 }, () => TEXT)); // over two megabytes
const NO_STDIN = Readable.from([]);

const hasTool = (name: string): boolean => {
	try {
		execFileSync(name, ["--version"], { stdio: "ignore" });
		return true;
	} catch {
		return false;
	}
};

async function all(input: Input): Promise<Buffer> {
	const chunks: Uint8Array[] = [];
	for await (const chunk of input) chunks.push(chunk);
	return Buffer.concat(chunks);
}

/** What is thrown when all of the file is read. */
async function complaint(path: string): Promise<string> {
	try {
		await all(openInput(path, NO_STDIN));
		return "nothing";
	} catch (error) {
		expect((error as Error).constructor).to.equal(Error); // else it is taken for a bug
		return (error as Error).message;
	}
}

describe("opening a recorded file", () => {
	let folder = "";
	before(() => {
		folder = mkdtempSync(join(tmpdir(), "flagstone-input-"));
	});
	after(() => rmSync(folder, { recursive: true, force: true }));

	function file(name: string, bytes: Uint8Array): string {
		const path = join(folder, name);
		writeFileSync(path, bytes);
		return path;
	}

	it("gives plain bytes as they are, and tells how far it is", async () => {
		const input = openInput(file("plain.txt", LARGE), NO_STDIN);
		expect(input).to.include({ totalBytes: LARGE.length, bytesRead: 0 });
		expect(await all(input)).to.deep.equal(LARGE);
		expect(input).to.include({ bytesRead: LARGE.length, compression: "none" });
	});

	it("unpacks gzip whatever the file is called, several parts too", async () => {
		const packed = Buffer.concat([gzipSync(LARGE), gzipSync(TEXT)]);
		const input = openInput(file("trace.txt", packed), NO_STDIN);
		expect(await all(input)).to.deep.equal(Buffer.concat([LARGE, TEXT]));
		expect(input.compression).to.equal("gzip");
		expect(input.bytesRead).to.equal(packed.length);
	});

	it("unpacks xz and zstd", async () => {
		for (const compression of ["xz", "zstd"] as const) {
			const path = file(`small.${compression}`, packedLine(compression));
			const input = openInput(path, NO_STDIN);
			expect((await all(input)).toString()).to.equal(PACKED_LINE);
			expect(input.compression).to.equal(compression);
		}
	});

	for (const tool of ["xz", "zstd"])
		it(`unpacks what ${tool} packed, and tells when it is cut off or damaged`, async function () {
			if (!hasTool(tool)) this.skip();
			const options = { input: LARGE, maxBuffer: 1 << 26 };
			const packed = execFileSync(tool, ["-c", "-q"], options);
			const twice = Buffer.concat([packed, packed]);
			const path = file(`large.${tool}`, twice);
			const plain = await all(openInput(path, NO_STDIN));
			expect(plain.equals(Buffer.concat([LARGE, LARGE]))).to.equal(true);

			const cut = file(`cut.${tool}`, packed.subarray(0, packed.length - 9));
			expect(await complaint(cut)).to.match(/cut\.\w+ .*cut off.*\.$/);
			packed.fill(0x5a, 20, 60);
			const bad = file(`bad.${tool}`, packed);
			expect(await complaint(bad)).to.match(/bad\.\w+ holds damaged \w+ data/);
		});

	it("reads stdin for -, packed or not", async () => {
		for (const bytes of [TEXT, gzipSync(TEXT)]) {
			const pieces = Readable.from([bytes.subarray(0, 1), bytes.subarray(1)]);
			const input = openInput("-", pieces);
			expect(input).to.include({ name: "stdin", totalBytes: null });
			expect(await all(input)).to.deep.equal(TEXT);
		}
		expect(await all(openInput("-", Readable.from([])))).to.have.length(0);
	});

	it("gives an empty file as no bytes", async () => {
		const input = openInput(file("empty", Buffer.alloc(0)), NO_STDIN);
		expect(await all(input)).to.have.length(0);
		expect(input.totalBytes).to.equal(0);
	});

	it("reads no faster than somebody takes", async () => {
		const input = openInput(file("slow.txt", LARGE), NO_STDIN);
		const chunks = input[Symbol.asyncIterator]();
		await chunks.next();
		await new Promise((resolve) => setImmediate(resolve));
		expect(input.bytesRead).to.be.lessThan(LARGE.length);
		await chunks.return();
	});

	it("lets go of the file when somebody has enough", async () => {
		const input = openInput(file("enough.gz", gzipSync(LARGE)), NO_STDIN);
		for await (const chunk of input) {
			expect(chunk.length).to.be.greaterThan(0);
			break;
		}
		expect(input.bytesRead).to.be.greaterThan(0);
	});

	it("says in one sentence what is wrong", async () => {
		const missing = join(folder, "missing.txt");
		expect(() => openInput(missing, NO_STDIN)).to.throw(
			`There is no file ${missing}.`,
		);
		mkdirSync(join(folder, "dir"));
		expect(() => openInput(join(folder, "dir"), NO_STDIN)).to.throw(
			"is a folder; name a file in it.",
		);
		const gzip = gzipSync(LARGE);
		const cut = file("cut.gz", gzip.subarray(0, 5000));
		expect(await complaint(cut)).to.equal(
			`${cut} is cut off: its gzip data end too early.`,
		);
		gzip.fill(0x5a, 2000, 2100);
		const bad = file("bad.gz", gzip);
		expect(await complaint(bad)).to.equal(`${bad} holds damaged gzip data.`);
		const head = file("head.xz", packedLine("xz").subarray(0, 6));
		expect(await complaint(head)).to.equal(
			`${head} holds damaged xz data, or is cut off.`,
		);
	});

	it("passes on an error of the stream that is read", async () => {
		const broken = new Readable({
			read() {
				this.destroy(Object.assign(new Error("gone"), { code: "EIO" }));
			},
		});
		let said = "";
		try {
			await all(openInput("-", broken));
		} catch (error) {
			said = (error as Error).message;
		}
		expect(said).to.equal("stdin cannot be read (EIO).");
		expect(existsSync(folder)).to.equal(true);
	});

	it("reads a trace of this package as the requests in it", async () => {
		const path = file("own.trace", recordedRun("slab-life").bytes);
		const text = (await all(openInput(path, NO_STDIN))).toString();
		expect(text).to.match(/^# tracer: nop/);
		expect(text).to.include(": kmem_cache_alloc: call_site=");
	});
});
