import { expect } from "chai";
import { takeRemark } from "../../../../kernel/replay/reading/remarks";
import { Tally } from "../../../../kernel/replay/reading/tally";
import { Window } from "../../../../kernel/replay/reading/window";

function take(text: string): Tally | null {
	const tally = new Tally();
	const { bytes } = Window.of(text);
	return takeRemark(tally, bytes, 0, text.length) ? tally : null;
}

describe("remarks in a kernel trace", () => {
	it("are headers", () => {
		const tally = take("# entries-in-buffer/entries-written: 205/3000   #P:4");
		expect(tally).to.include({
			headers: 1,
			entriesInBuffer: 205,
			entriesWritten: 3000,
			cpus: 4,
		});
		expect(take("cpus=2")).to.include({ headers: 1, cpus: 2 });
		for (const text of [
			"# tracer: nop",
			"##### CPU 2 buffer started ####",
			"version = 7",
			"CPU 3 is empty",
		])
			expect(take(text), text).to.include({ headers: 1 });
	});

	it("are losses", () => {
		expect(take("CPU:1 [LOST 24 EVENTS]")).to.include({
			losses: 1,
			lostEvents: 24,
		});
		expect(take("CPU:0 [LOST EVENTS]")).to.include({
			losses: 1,
			lostEvents: 1,
		});
		expect(take("CPU:3 [7 EVENTS DROPPED]")).to.include({
			losses: 1,
			lostEvents: 7,
		});
		expect(take("CPU:3 [EVENTS DROPPED]")).to.include({
			losses: 1,
			lostEvents: 1,
		});
	});

	it("are call chains", () => {
		for (const text of [
			" => kmem_cache_alloc",
			"=> __alloc_pages (ffffffff812f9486)",
			"\tffffffff812b95b7 __kmalloc_node+0x7 ([kernel.kallsyms])",
			"            init-1       [000] .....     2.5: <stack trace>",
		])
			expect(take(text), text).to.include({ stacks: 1 });
	});

	it("are entries of the function tracer", () => {
		const text =
			"            bash-77      [000] .....     2.5: mutex_unlock <-sys_read";
		expect(take(text)).to.include({ others: 1 });
	});

	it("are blank lines", () => {
		expect(take("")).to.include({ blank: 1 });
		expect(take("   ")).to.include({ blank: 1 });
	});

	it("are nothing else", () => {
		for (const text of ["hello", "init-1 [000]", "cpus=x", "[LOST"])
			expect(take(text), text).to.equal(null);
	});
});
