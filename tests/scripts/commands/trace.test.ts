import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { watched } from "../../kernel/trace/ask/watched";
import { perform } from "../stage";

const folder = mkdtempSync(join(tmpdir(), "flagstone-trace-"));
const file = join(folder, "tables.trace");
const { bytes, trace, kernel } = watched("page-tables", 1e9, () => {});
const last = trace.events - 1;
writeFileSync(file, bytes);

/** Asks the trace, or another file. */
const ask = (line: string, path = file) =>
	perform(["trace", path, ...line.split(" ").filter(Boolean)]);

/** A copy of the trace with something done to it. */
function changed(name: string, change: (copy: Buffer) => Buffer): string {
	const path = join(folder, name);
	writeFileSync(path, change(Buffer.from(bytes)));
	return path;
}

/** One sentence on stderr, exit code 2, nothing on stdout. */
async function refused(line: string, path = file): Promise<string> {
	const { exitCode, out, note } = await ask(line, path);
	expect(exitCode, line).to.equal(2);
	expect(out, line).to.equal("");
	expect(note, line).to.match(/^flagstone: [^\n]+\n$/);
	return note;
}

describe("flagstone trace", () => {
	const lines = [
		"summary",
		"frame 4112",
		"object 0xffff888001005000",
		"whatis pfn:4112 --at 600",
		"cache vm_area_struct --at 600",
		"task 1",
		"events --from 500 --to 520",
		"log --at stage:run_init_process",
		"map --at tick:3",
		"freelists --at start",
		"buddyinfo --at 900",
		"meminfo",
	];
	for (const line of lines) {
		it(`answers ${line} as text`, async () => {
			const { exitCode, out } = await ask(line);
			expect(exitCode).to.equal(0);
			expect(out).to.match(/\n$/);
		});

		it(`answers ${line} as one JSON document`, async () => {
			const { exitCode, out } = await ask(`${line} --json`);
			expect(exitCode).to.equal(0);
			expect(() => JSON.parse(out)).to.not.throw();
		});
	}

	it("gives a summary when no question is asked", async () => {
		expect((await ask("")).out).to.equal((await ask("summary")).out);
	});

	it("prints /proc texts to the byte", async () => {
		for (const name of ["buddyinfo", "slabinfo", "pagetypeinfo"])
			expect((await ask(name)).out).to.equal(kernel.proc(name));
	});

	it("takes options before the question too", async () => {
		const { out } = await perform(["trace", "--at", "1200", file, "task", "1"]);
		expect(out).to.match(/^Task 1 tourist {2}after event 1200/);
	});

	it("explains itself and each question, with an example", async () => {
		for (const argv of [
			["trace", "--help"],
			["help", "trace"],
		]) {
			const { exitCode, out } = await perform(argv);
			expect(exitCode).to.equal(0);
			expect(out).to.include("  frame PFN  ").and.include("$ flagstone trace");
		}
		for (const argv of [
			["trace", "frame", "--help"],
			["trace", file, "frame", "-h"],
		]) {
			const { exitCode, out } = await perform(argv);
			expect(exitCode).to.equal(0);
			expect(out).to.match(/^Usage: flagstone trace FILE frame .*<pfn>/);
			expect(out).to.include("$ flagstone trace FILE frame 1234");
		}
	});

	it("refuses what it does not understand", async () => {
		expect(await refused("fram 1")).to.include("did you mean frame?");
		expect(await refused("frame")).to.include("missing required argument");
		expect(await refused("frame 99999")).to.include(
			`${file}: there is no frame 99999: the machine has frames 0 to 16383.`,
		);
		expect(await refused("whatis nowhere")).to.include("is no address");
		expect(await refused("task x")).to.include("expected a whole number");
		expect(await refused("task 9")).to.include("there are 1 tourist");
		expect(await refused("map --color")).to.include("unknown option");
		expect(await refused("map extra")).to.include("too many arguments");
		expect(await refused("vmstat")).to.include("not of a scenario");
		expect(await refused("1/maps")).to.include("not of a scenario");
	});

	it("refuses moments that do not exist", async () => {
		expect(await refused(`map --at ${last + 1}`)).to.include(
			`there is no event ${last + 1}: the trace has events 0 to ${last}.`,
		);
		expect(await refused("map --at tick:99")).to.include("no tick 99");
		expect(await refused("map --at stage:none")).to.include("no stage none");
		expect(await refused("map --at noon")).to.include("is no moment");
		expect(await refused("map --at tick:")).to.include("is no moment");
	});

	it("needs a file", async () => {
		const { exitCode, note } = await perform(["trace"]);
		expect(exitCode).to.equal(2);
		expect(note).to.match(/^flagstone: trace needs a file to ask/);
		expect(await refused("summary", join(folder, "none"))).to.include(
			"There is no file",
		);
	});
});

describe("flagstone trace of a file that is not whole", () => {
	const middle = trace.reader.blocks[0]?.at ?? 0;

	after(() => rmSync(folder, { recursive: true }));

	it("refuses what is no trace, and one of a later version", async () => {
		const none = changed("none.trace", (copy) =>
			Buffer.from(copy.toString("hex")),
		);
		expect(await refused("summary", none)).to.include("this is no trace");
		const later = changed("later.trace", (copy) => {
			copy.write("3", 7);
			return copy;
		});
		expect(await refused("summary", later)).to.include("trace of version 3");
	});

	it("TR1: answers one that was cut short, with a word about it", async () => {
		const end = trace.reader.blocks.at(-1);
		const cut = changed("cut.trace", (copy) =>
			copy.subarray(0, (end?.at ?? 0) + (end?.bytes ?? 0)),
		);
		const { exitCode, out, note } = await ask("buddyinfo", cut);
		expect(exitCode).to.equal(0);
		expect(out).to.equal(kernel.proc("buddyinfo"));
		expect(note).to.equal(
			`${cut} was cut short: it has events 0 to ${last}.\n`,
		);
		const nothing = changed("cut.trace", (copy) =>
			copy.subarray(0, middle + 100),
		);
		const empty = await ask("summary", nothing);
		expect(empty.exitCode).to.equal(0);
		expect(empty.note).to.include("was cut short: it has no events");
	});

	it("TR1: answers one that is damaged in its middle only with --salvage", async () => {
		const damaged = changed("damaged.trace", (copy) => {
			copy[middle + 200] = (copy[middle + 200] as number) ^ 255;
			return copy;
		});
		expect(await refused("summary", damaged)).to.match(
			/is damaged at byte \d+ \(.*\); --salvage reads what is left of it\.\n$/,
		);
		const { exitCode, out, note } = await ask("summary --salvage", damaged);
		expect(exitCode).to.equal(0);
		expect(out).to.include("unknown: events before it are missing");
		expect(note).to.include("is damaged at byte");
		expect(note).to.match(/Events 0 to \d+ are missing/);
	});
});
