import { expect } from "chai";
import { read, readLine, type Seen } from "./support";

const EVENT = "kfree: call_site=f+0x1/0x2 ptr=00000000b7e50d1a";
const thread = (prefix: string) => {
	const event = readLine(prefix + EVENT, "# tracer: nop\n");
	if (typeof event === "string") return event;
	const { comm, pid, cpu, time } = event as Seen;
	return [comm, pid, cpu, time];
};

describe("the prefix of ftrace and trace-cmd", () => {
	it("has thread, CPU, flags and stamp", () => {
		expect(
			thread("            init-1       [000] .....     2.797259: "),
		).to.deep.equal(["init", 1, 0, 2797259000]);
		expect(
			thread("          <idle>-0       [012] d..1.            3: "),
		).to.deep.equal(["<idle>", 0, 12, 3]);
		expect(
			thread("            init-1     [000]     2.797259144: "),
		).to.deep.equal(["init", 1, 0, 2797259144]);
		expect(
			thread("            init-1       [000] ....     2.797259: "),
		).to.deep.equal(["init", 1, 0, 2797259000]);
		expect(
			thread("            init-1       [000] .N.1.2   2.797259: "),
		).to.deep.equal(["init", 1, 0, 2797259000]);
	});

	it("tells where the CPU was, if the flags do", () => {
		const context = (flags: string) => {
			const event = readLine(
				`            init-1       [000] ${flags}     2.5: ${EVENT}`,
				"# tracer: nop\n",
			) as Seen;
			return [event.interrupt, event.depth];
		};
		expect(context(".....")).to.deep.equal([0, 0]);
		expect(context("d.s3.")).to.deep.equal([1, 3]);
		for (const letter of "hHzZ")
			expect(context(`d.${letter}2.`)).to.deep.equal([2, 2]);
		expect(context(""), "no flags").to.deep.equal([undefined, undefined]);
	});

	it("may have the column of the thread group", () => {
		expect(
			thread("            init-1       (      1) [001] .....     2.5: "),
		).to.deep.equal(["init", 1, 1, 25e8]);
		expect(
			thread("           <...>-4194303 (-------) [001] d..2.     2.5: "),
		).to.deep.equal(["<...>", 4194303, 1, 25e8]);
	});

	it("allows threads any name", () => {
		expect(
			thread("     Web Content-1       [000] .....     2.5: "),
		).to.deep.equal(["Web Content", 1, 0, 25e8]);
		expect(
			thread("  a-1 [000] b-2 -77      [000] .....     2.5: "),
		).to.deep.equal(["a-1 [000] b-2 ", 77, 0, 25e8]);
		expect(
			thread("   kworker/u4:0-45       [001] ...2.     2.5: "),
		).to.deep.equal(["kworker/u4:0", 45, 1, 25e8]);
		expect(
			thread("  ld-linux-x86-64-110   [001]     7.5: ").slice(0, 2),
		).to.deep.equal(["ld-linux-x86-64", 110]);
	});

	it("may have lost its leading blanks", () => {
		expect(thread("init-1 [000] ..... 2.5: ")).to.deep.equal([
			"init",
			1,
			0,
			25e8,
		]);
		expect(thread("rcu-p-17 (1) [000] ..... 2.5: ")).to.deep.equal([
			"rcu-p",
			17,
			0,
			25e8,
		]);
	});

	it("says what is missing", () => {
		expect(thread("            init       [000] .....     2.5: ")).to.equal(
			"does not begin with a thread's name and number",
		);
		expect(thread("            init-99999999999 [000] ..... 2.5: ")).to.equal(
			"does not begin with a thread's name and number",
		);
		expect(thread("            init-1       .....     2.5: ")).to.equal(
			"has no [CPU] behind the thread",
		);
		expect(thread("            init-1       [9999] .....     2.5: ")).to.equal(
			"has no [CPU] behind the thread",
		);
		expect(thread("            init-1       [000] .....     x: ")).to.equal(
			"has no time stamp",
		);
		expect(
			readLine(
				"            init-1       [000] .....     2.5: ",
				"# tracer: nop\n",
			),
		).to.equal("names no event");
	});

	it("is the same whether lines are alike or not", () => {
		const rows = ["aa-1", "aa-2", "aa-1", "ab-1", "aa-1", "aa-1"].map(
			(name, n) =>
				`${name.padStart(18)}       [00${n & 1}] .....     2.${n}: ${EVENT}\n`,
		);
		const seen = read(rows.join("")).events.map(({ comm, pid, cpu, time }) => [
			comm,
			pid,
			cpu,
			time,
		]);
		expect(seen).to.deep.equal([
			["aa", 1, 0, 20e8],
			["aa", 2, 1, 21e8],
			["aa", 1, 0, 22e8],
			["ab", 1, 1, 23e8],
			["aa", 1, 0, 24e8],
			["aa", 1, 1, 25e8],
		]);
	});
});
