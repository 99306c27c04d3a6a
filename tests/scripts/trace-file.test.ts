import { execFileSync } from "node:child_process";
import {
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	truncateSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { TraceWriter } from "../../kernel/trace/writer";
import {
	FileSink,
	FileSource,
	openTrace,
	ZLIB,
} from "../../scripts/trace-file";
import { addAll, HEADER, likelyRows, rowsOf } from "../kernel/trace/sample";

const ROWS = likelyRows(40000);

describe("trace files", () => {
	let folder = "";
	let path = "";
	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), "flagstone-trace-"));
		path = join(folder, "a.trace");
	});
	afterEach(() => rmSync(folder, { recursive: true, force: true }));

	function write(): number {
		const sink = new FileSink(path);
		const writer = new TraceWriter(sink, ZLIB, HEADER, null);
		addAll(writer, ROWS);
		writer.close({ lost: 0, cycles: 0 });
		sink.close();
		return writer.bytes;
	}

	it("are written and read back", () => {
		const bytes = write();
		expect(readFileSync(path)).to.have.length(bytes);
		expect(bytes / ROWS.length).to.be.below(6);
		const { trace, close } = openTrace(path);
		expect(trace.isComplete).to.equal(true);
		const rows = trace.blocks.flatMap((_, at) => rowsOf(trace.columns(at)));
		expect(rows).to.deep.equal(ROWS);
		close();
	});

	it("open when they were cut short", () => {
		write();
		const whole = openTrace(path);
		truncateSync(path, (whole.trace.blocks.at(-1)?.at ?? 0) + 100);
		whole.close();
		const { trace, close } = openTrace(path, { salvage: true });
		expect(trace.events).to.equal(32768);
		expect(trace.damage?.why).to.match(/cut short/);
		close();
	});

	it("are refused in one sentence that names the file (I1)", () => {
		writeFileSync(path, "something else");
		expect(() => openTrace(path)).to.throw(
			new RegExp(`^${path}: this is no trace that Flagstone wrote\\.$`),
		);
		writeFileSync(path, "FLAGTRC9");
		expect(() => openTrace(path)).to.throw(
			/: trace of version 9: .* 1 to 2\.$/,
		);
		const none = join(folder, "none");
		expect(() => openTrace(none)).to.throw(`There is no file ${none}.`);
		expect(() => openTrace(folder)).to.throw(
			`${folder} cannot be read (it is no file).`,
		);
		expect(() => new FileSink(folder)).to.throw(
			`${folder} cannot be written (EISDIR).`,
		);
	});

	it("are read piece by piece, with less only at the end", () => {
		writeFileSync(path, Uint8Array.of(1, 2, 3, 4, 5));
		const source = new FileSource(path);
		expect(source.size).to.equal(5);
		expect([...source.read(1, 3)]).to.deep.equal([2, 3, 4]);
		expect([...source.read(3, 300000)]).to.deep.equal([4, 5]);
		expect([...source.read(9, 2)]).to.deep.equal([]);
		truncateSync(path, 2); // behind our back
		expect([...source.read(0, 5)]).to.deep.equal([1, 2]);
		source.close();
	});

	it("can be thrown away", () => {
		new FileSink(path).discard();
		expect(readdirSync(folder)).to.deep.equal([]);
	});

	it("are whole up to the last block when the writer is killed", () => {
		const script = `
			const { TraceWriter } = require("./kernel/trace/writer");
			const { FileSink, ZLIB } = require("./scripts/trace-file");
			const writer = new TraceWriter(new FileSink(${JSON.stringify(path)}), ZLIB, ${JSON.stringify(HEADER)}, null);
			for (let n = 0; n < 70000; n++) writer.add(n, 1, 0, 0, n, 0, 0, 0);
			process.kill(process.pid, "SIGKILL");`;
		const run = () =>
			execFileSync(
				process.execPath,
				["-r", "ts-node/register/transpile-only", "-e", script],
				{ cwd: join(__dirname, "../.."), stdio: "ignore" },
			);
		expect(run).to.throw();
		const { trace, close } = openTrace(path);
		expect(trace.events).to.equal(65536);
		expect(trace.event(65535)?.a).to.equal(65535);
		close();
	});
});
