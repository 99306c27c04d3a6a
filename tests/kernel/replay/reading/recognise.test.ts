import { expect } from "chai";
import { binaryFile } from "../../../../kernel/replay/reading/recognise";
import { fixture, fixtureText, read } from "./support";

const format = (file: string | Uint8Array) => read(file).reader.format;

describe("the format of a file", () => {
	it("is told by its content", () => {
		for (const name of [
			"ftrace-hashed.txt",
			"ftrace-blanked.txt",
			"ftrace-counter.txt",
		])
			expect(format(fixture(name)), name).to.equal("ftrace");
		for (const name of [
			"trace-cmd.txt",
			"trace-cmd-plugin.txt",
			"trace-cmd-ns.txt",
			"trace-cmd-raw.txt",
		])
			expect(format(fixture(name)), name).to.equal("trace-cmd");
		for (const name of ["perf.txt", "perf-F.txt"])
			expect(format(fixture(name)), name).to.equal("perf");
		expect(format(fixture("mtrace.txt"))).to.equal("mtrace");
		expect(format(fixture("short.rep"))).to.equal("malloclab");
	});

	it("is told without the header, and with other lines before", () => {
		const body = (name: string) =>
			fixtureText(name).replace(/^(#|cpus=).*\n/gm, "");
		expect(format(body("ftrace-hashed.txt"))).to.equal("ftrace");
		expect(format(body("trace-cmd.txt"))).to.equal("trace-cmd");
		expect(format(`my notes\n\n${fixtureText("perf.txt")}`)).to.equal("perf");
		expect(format(`\uFEFF${fixtureText("trace-cmd.txt")}`)).to.equal(
			"trace-cmd",
		);
		expect(format(`# a comment\n${body("ftrace-counter.txt")}`)).to.equal(
			"ftrace",
		);
	});

	it("is none for what is no trace", () => {
		for (const text of [
			"",
			"hello\nworld\n",
			"1\n2\n3\n",
			"{}\n",
			"\0\0\0\n\x01\x02\n",
		])
			expect(format(text), JSON.stringify(text)).to.equal(null);
	});

	it("is known of recordings in binary form", () => {
		expect(binaryFile(Buffer.from("PERFILE2xxxx"))).to.match(/perf script/);
		expect(binaryFile(Buffer.from("\x17\x08Dtracing6"))).to.match(
			/trace-cmd report/,
		);
		expect(binaryFile(Buffer.from("# tracer: nop"))).to.equal(null);
		expect(binaryFile(new Uint8Array(0))).to.equal(null);
	});
});
