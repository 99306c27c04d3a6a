import {
	existsSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect } from "chai";
import { recordedRun } from "../../kernel/trace/recorded";
import { perform } from "../stage";

describe("flagstone trace: owners, reasons and exports", () => {
	const folder = mkdtempSync(join(tmpdir(), "flagstone-"));
	const file = join(folder, "s.trace");
	before(() => writeFileSync(file, recordedRun("slab-life").bytes));
	after(() => rmSync(folder, { recursive: true }));

	const ask = (words: string) => perform(["trace", file, ...words.split(" ")]);
	const json = async (words: string) =>
		JSON.parse((await ask(`${words} --json`)).out);

	it("owners: by what, sorted by what", async () => {
		const { exitCode, out } = await ask("owners --by cache --sort total");
		expect(exitCode).to.equal(0);
		expect(out).to.include("task_struct");
		const { by, sort, rows } = await json("owners --by cache --sort total");
		expect([by, sort]).to.deep.equal(["cache", "total"]);
		expect(rows[0].total).to.be.at.least(rows[1].total);
		expect((await ask("owners --by colour")).exitCode).to.equal(2);
	});

	it("leaks: between two moments", async () => {
		const { count } = await json("leaks --from stage:fork_init --to end");
		const all = await json("leaks");
		expect(all.count).to.be.greaterThan(count);
	});

	it("diff: of two moments", async () => {
		const same = await ask("diff end end");
		expect(same.exitCode).to.equal(0);
		const { out, exitCode } = await ask("diff stage:mem_init end");
		expect(exitCode).to.equal(0);
		expect(out).to.match(/\+\d/);
		expect((await ask("diff end")).exitCode).to.equal(2);
	});

	it("why: an event that exists", async () => {
		const { chain, title } = await json("why 300");
		expect(title).to.not.equal("");
		expect(chain.length).to.be.greaterThan(0);
		const { exitCode, note } = await ask("why 9999999");
		expect(exitCode).to.equal(2);
		expect(note).to.include("there is no event 9999999");
	});

	it("exports text to stdout, and anything to a file", async () => {
		const { out } = await ask("export --format ftrace --from stage:fork_init");
		expect(out).to.include("kmem_cache_alloc");
		const target = join(folder, "heap.pb.gz");
		expect((await ask(`export --format pprof -o ${target}`)).exitCode).to.equal(
			0,
		);
		expect(gunzipSync(readFileSync(target)).length).to.be.greaterThan(100);
		const page = join(folder, "map.svg");
		await ask(`export --format svg --at end -o ${page}`);
		expect(readFileSync(page, "utf8")).to.match(/^<svg|^<\?xml/);
	});

	it("TE1: does not overwrite the trace that it reads", async () => {
		const { exitCode, note } = await ask(`export --format csv -o ${file}`);
		expect(exitCode).to.equal(2);
		expect(note).to.include("is what is being read");
		expect(readFileSync(file)).to.deep.equal(
			Buffer.from(recordedRun("slab-life").bytes),
		);
	});

	it("TE1: refuses in one sentence, and leaves no file", async () => {
		const lost = join(folder, "nowhere", "x.json");
		for (const words of [
			"export",
			"export --format word",
			"export --format pprof",
			"export --format csv --json",
			"export --format csv --lifetimes all",
			"export --format chrome --lifetimes kmaloc-64",
			"export --format svg --from 100",
			"export --format svg --to 100",
			`export --format chrome -o ${lost}`,
			`export --format csv --from noon -o ${join(folder, "x.csv")}`,
		]) {
			const { exitCode, note } = await ask(words);
			expect(exitCode, words).to.equal(2);
			expect(note).to.match(/^flagstone: [^\n]+\n$/);
		}
		expect(existsSync(join(folder, "x.csv"))).to.equal(false);
	});

	it("answers for what events do not tell by running the scenario again", async () => {
		const { exitCode, out } = await ask("vmstat --at end");
		expect(exitCode).to.equal(0);
		expect(out).to.equal(recordedRun("slab-life").kernel.proc("vmstat"));
	});
});
