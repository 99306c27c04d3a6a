import {
	mkdirSync,
	mkdtempSync,
	readdirSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import { TraceReader } from "../../kernel/replay/reading/trace-reader";
import { noProgress, type Progress } from "../../scripts/progress";
import { RecordedFiles } from "../../scripts/recorded-files";
import { fixture } from "../kernel/replay/reading/support";

const TEXT = String(fixture("trace-cmd.txt"));

function open(
	names: readonly string[],
	stdin: Readable = Readable.from([]),
	progress: Progress = noProgress,
): RecordedFiles {
	return new RecordedFiles(names, { stdin, progress });
}

async function textOf(files: RecordedFiles): Promise<string> {
	const pieces: Buffer[] = [];
	await files.read("reading", (bytes) => pieces.push(Buffer.from(bytes)));
	return Buffer.concat(pieces).toString();
}

async function refusal(files: RecordedFiles): Promise<string> {
	try {
		await files.begin();
		return "nothing";
	} catch (error) {
		expect((error as Error).constructor).to.equal(Error);
		return (error as Error).message;
	}
}

describe("the files of a recording", () => {
	let folder = "";
	const file = (name: string, bytes: Uint8Array | string): string => {
		const path = join(folder, name);
		writeFileSync(path, bytes);
		return path;
	};
	before(() => {
		folder = mkdtempSync(join(tmpdir(), "flagstone-files-"));
	});
	after(() => rmSync(folder, { recursive: true }));

	it("are one text, as often as it is read (RF2)", async () => {
		const open1 = file("open.txt", TEXT.trimEnd());
		const packed = file("packed.gz", gzipSync(TEXT));
		const files = open([open1, packed, open1]);
		expect(files.title).to.equal("open.txt");
		expect(files.firstPath).to.equal(open1);
		expect(await files.begin()).to.equal(2);
		for (let n = 0; n < 2; n++)
			expect(await textOf(files)).to.equal(TEXT + TEXT + TEXT.trimEnd());
		files.end();
	});

	it("tell how far the reading is", async () => {
		const told: [string, number, number | null][] = [];
		const progress: Progress = {
			report: (...all) => void told.push(all),
			finish() {},
		};
		const path = file("told.txt", TEXT);
		await textOf(open([path], undefined, progress));
		expect(told.at(-1)).to.deep.equal([
			...["reading told.txt", TEXT.length, TEXT.length],
		]);
	});

	it("keep what comes in until their end", async () => {
		const { TMPDIR } = process.env;
		const empty = join(folder, "empty");
		mkdirSync(empty);
		process.env.TMPDIR = empty;
		const files = open(["-"], Readable.from([gzipSync(TEXT)]));
		expect([files.firstPath, files.title]).to.deep.equal([null, "-"]);
		await files.begin();
		if (TMPDIR === undefined) delete process.env.TMPDIR;
		else process.env.TMPDIR = TMPDIR;
		expect(readdirSync(empty)).to.have.length(1);
		for (let n = 0; n < 2; n++) expect(await textOf(files)).to.equal(TEXT);
		files.end();
		files.end();
		expect(readdirSync(empty)).to.deep.equal([]);
		expect(() => open(["-", "a"])).to.throw(Error, "and the only one");
	});

	it("may begin with a line that ftrace could have written", async () => {
		const lines = TEXT.split("\n");
		const from = lines.findIndex((line) => line.includes("_zone_locked: "));
		expect(from).to.be.above(1);
		const head = file("head.txt", lines.slice(0, from).join("\n"));
		const rest = file("rest.txt", lines.slice(from).join("\n"));
		const files = open([head, rest]);
		await files.begin();
		expect(await textOf(files)).to.equal(TEXT);
	});

	it("are refused when they are no recording, or not of one (RF1, RF2)", async () => {
		const words = file("words.txt", "no event\n");
		const text = file("text.txt", TEXT);
		const perf = file("perf.txt", fixture("perf.txt"));
		const rep = file("a.rep", fixture("short.rep"));
		expect(await refusal(open([words]))).to.match(/words\.txt holds no line/);
		expect(await refusal(open([text, perf]))).to.match(
			/perf\.txt is of another form \(perf\) than .*text\.txt \(trace-cmd\)/,
		);
		expect(await refusal(open([rep, rep]))).to.match(/name one file\.$/);
		expect(await refusal(open([text, join(folder, "none")]))).to.match(
			/^There is no file/,
		);
		expect(await refusal(open(["-"]))).to.equal("stdin is empty.");
		const reader = new TraceReader(() => {});
		reader.finish();
		expect(() => open([text, rep]).refuse(reader)).to.throw(
			`${text}, ${rep} is empty.`,
		);
	});
});
