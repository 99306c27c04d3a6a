import { expect } from "chai";
import { read, readLine, type Seen } from "./support";

const EVENT = "kmem:kfree: call_site=f+0x1 ptr=0xffff888104b90000";
const thread = (prefix: string, event = EVENT) => {
	const { comm, pid, cpu, time, low } = readLine(prefix + event) as Seen;
	return [comm, pid, cpu, time, low];
};
const POINTER = 0x04b90000;

describe("the prefix of perf script", () => {
	it("has thread, CPU and stamp", () => {
		expect(
			thread("              ls 15140 [003]  2881.084534:         "),
		).to.deep.equal(["ls", 15140, 3, 2881084534000, POINTER]);
	});

	it("may have process and thread, and nanoseconds", () => {
		expect(
			thread(" ld-linux-x86-64   101/102   [000]     5.079213469: "),
		).to.deep.equal(["ld-linux-x86-64", 102, 0, 5079213469, POINTER]);
	});

	it("allows threads any name", () => {
		expect(thread("     Web Content 77 [001] 5.5: ")).to.deep.equal([
			"Web Content",
			77,
			1,
			55e8,
			POINTER,
		]);
		expect(thread("     Web 2 [x] 9 77 [001] 5.5: ")).to.deep.equal([
			"Web 2 [x] 9",
			77,
			1,
			55e8,
			POINTER,
		]);
		const gone = thread("             :-1    -1 [001] 5.5: ");
		expect(gone).to.deep.equal([":-1", undefined, 1, 55e8, POINTER]);
	});

	it("may lack the CPU and have a period", () => {
		const bare = thread("    ls 77 5.5: ");
		expect(bare).to.deep.equal(["ls", 77, undefined, 55e8, POINTER]);
		const period = thread("    ls 77 [001] 5.5:          1 ");
		expect(period).to.deep.equal(["ls", 77, 1, 55e8, POINTER]);
	});

	it("is followed by instruction and function, which are left aside", () => {
		const event = `${EVENT} ffffffff812b9034 kfree+0x10 ([kernel.kallsyms])`;
		expect(thread("    ls 77 [001] 5.5: ", event)).to.deep.equal([
			"ls",
			77,
			1,
			55e8,
			POINTER,
		]);
	});

	it("says what is missing", () => {
		const complaint = (line: string) => {
			const { reader } = read(`    ls 77 [001] 5.5: ${EVENT}\n${line}\n`);
			return reader.tally.complaints[0]?.text;
		};
		expect(complaint(`    ls 77 [001] ${EVENT}`)).to.equal("has no time stamp");
		expect(complaint(`    ls 77 ${EVENT}`)).to.equal("has no time stamp");
		expect(complaint(`    ls [001] 5.5: ${EVENT}`)).to.equal(
			"does not begin with a thread's name and number",
		);
		expect(complaint(`    ls 77 [9999] 5.5: ${EVENT}`)).to.equal(
			"has a [CPU] that cannot be",
		);
		expect(complaint("    ls 77 [001] 5.5: ")).to.equal("names no event");
	});
});
