import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect } from "chai";
import { KmemEvent } from "../../../../kernel/replay/reading/event";
import { Expected } from "../../../../kernel/replay/reading/expected";
import { TraceReader } from "../../../../kernel/replay/reading/trace-reader";
import { Window } from "../../../../kernel/replay/reading/window";
import {
	account,
	dice,
	fixtureNames,
	fixtureText,
	RECORDINGS,
	read,
} from "./support";

const TEXTS = fixtureNames().filter((name) => name.endsWith(".txt"));

/** The same file as it is read word by word: no line is expected where a carriage return stands before its end. */
const wordByWord = (text: string) => text.replace(/\n/g, "\r\n");

function expectSame(text: string, what: string): void {
	const fast = read(Buffer.from(text, "latin1"));
	const slow = read(Buffer.from(wordByWord(text), "latin1"));
	expect(fast.events, what).to.deep.equal(slow.events);
	const [a, b] = [fast, slow].map(({ reader }) => ({
		...account(reader),
		bytes: 0,
		clock: reader.clock,
	}));
	expect(a, what).to.deep.equal(b);
}

/** Lines made of pieces of others, with letters changed in them: mostly right, now and then nearly. */
function mixed(lines: readonly string[], count: number, seed: number): string {
	const roll = dice(seed);
	const letters = "0123456789abcdefx()[]:=.+-/ \0\x80\xffZ";
	let text = "";
	for (let n = 0; n < count; n++) {
		let line = lines[roll(lines.length)] as string;
		const turn = roll(5);
		if (turn === 0) {
			const other = lines[roll(lines.length)] as string;
			const at = roll(line.length);
			line = line.slice(0, at) + other.slice(at);
		}
		if (turn === 1) {
			const at = roll(line.length);
			line = `${line.slice(0, at)}${letters[roll(letters.length)]}${line.slice(at + roll(2))}`;
		}
		if (turn === 2) line = line.slice(0, roll(line.length + 1));
		text += `${line}\n`;
	}
	return text;
}

describe("lines that go as expected", () => {
	it("E1: mean what they mean when they are read word by word", () => {
		for (const name of TEXTS) expectSame(fixtureText(name), name);
	});

	it("E1: also among lines that are nearly like them", () => {
		for (const [index, name] of TEXTS.entries()) {
			const lines = fixtureText(name).trimEnd().split("\n");
			const head = lines.slice(0, 14).join("\n");
			for (let seed = 1; seed <= 6; seed++)
				expectSame(
					`${head}\n${mixed(lines, 1500, seed * 31 + index)}`,
					`${name} ${seed}`,
				);
		}
	});

	it("E1: in whole recordings", function () {
		if (!existsSync(RECORDINGS)) this.skip();
		this.timeout(60_000);
		const files = [
			"s1-pipes-late-hashed/trace.txt.gz",
			"s4-perf-small/perf-script-F.txt.gz",
			"s5-tracecmd-small-2cpu/report.txt.gz",
			"s5-tracecmd-small-2cpu/report-raw.txt.gz",
		];
		for (const file of files) {
			const text = gunzipSync(readFileSync(join(RECORDINGS, file)));
			expectSame(text.toString("latin1"), file);
		}
	});

	it("E1: when there are more of them than the tables hold (E3)", () => {
		let text = "";
		for (let n = 0; n < 30_000; n++) {
			const site = `f${n % 6000}_a_function_with_a_long_name+0x1/0x2`;
			const second = n % 1500;
			text += `            init-1       [000] .....  ${second}.500000: kfree: call_site=${site} ptr=00000000b7e50d1a\n`;
		}
		const events: number[] = [];
		const reader = new TraceReader(({ site, time }) => {
			events.push(time);
			if (events.length % 1000 === 0)
				expect(reader.names.text(site)).to.equal(
					`f${(events.length - 1) % 6000}_a_function_with_a_long_name+0x1`,
				);
		});
		reader.push(Buffer.from(text));
		reader.finish();
		expect(reader.tally.damaged).to.equal(0);
		expect(events).to.deep.equal(
			Array.from({ length: 30_000 }, (_, n) => (n % 1500) * 1e9 + 5e8),
		);
	});

	it("E2: are not taken beyond what was delivered, nor across a line's end", () => {
		const line =
			"            init-1       [000] .....     2.500000: kfree: call_site=f+0x1/0x2 ptr=00000000b7e50d1a\n";
		const window = Window.of(line + line);
		const event = new KmemEvent();
		const expected = new Expected(window, event);
		event.clear(1);
		Object.assign(event, { cpu: 0, pid: 1, comm: 3, site: 5 });
		const at = (text: string) => line.indexOf(text);
		expected.keep(
			0,
			line.length - 1,
			{
				...{ isCount: false, seconds: 2e9 },
				...{ fractionAt: at("500000"), fractionEnd: at(": kfree") },
			},
			{
				...{ addressAt: at("00000000b7"), addressEnd: line.length - 1 },
				...{ frameAt: -1, frameEnd: -1 },
			},
		);
		const { length } = line;
		for (let limit = length; limit < length * 2; limit++)
			expect(expected.take(length, limit)).to.equal(-1);
		expect(expected.take(length, length * 2)).to.equal(length * 2);
		expect(event).to.include({ kind: 1, site: 5, low: 0xb7e50d1a | 0 });
		expect(event).to.include({ cpu: 0, pid: 1, comm: 3, time: 2.5e9 });
		for (let n = length; n < length * 2; n++) {
			const before = window.bytes[n]!;
			window.bytes[n] = 10;
			expect(expected.take(length, length * 2)).to.be.oneOf([-1, n + 1]);
			window.bytes[n] = before;
		}
	});
});
