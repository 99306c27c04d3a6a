import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect } from "chai";
import fc from "fast-check";
import { KIND_NAMES } from "../../../../kernel/replay/reading/event";
import { LINE_MAX } from "../../../../kernel/replay/reading/lines";
import { TraceReader } from "../../../../kernel/replay/reading/trace-reader";
import { GFP_KERNEL } from "../../../../mm/gfp";
import {
	account,
	dice,
	fixture,
	fixtureNames,
	fixtureText,
	RECORDINGS,
	read,
} from "./support";

const HEAD = "            init-1       [000] .....     2.500000: ";
const EVENT = `${HEAD}kfree: call_site=f+0x1/0x2 ptr=00000000b7e50d1a\n`;

describe("a trace reader", () => {
	it("reads every fixture without a damaged line", () => {
		for (const name of fixtureNames()) {
			const { reader, events } = read(fixture(name));
			const { tally } = reader;
			expect(tally.complaints, name).to.deep.equal([]);
			expect(events.length, name).to.be.at.least(5);
			expect(tally.lines, name).to.equal(events.length + tally.headers);
			expect(reader.complaint, name).to.equal(null);
			expect(reader.gfpNames.unknownEvents, name).to.equal(0);
		}
	});

	it("makes the same events of one recording in five forms", () => {
		const forms = [
			"trace-cmd.txt",
			"trace-cmd-plugin.txt",
			"trace-cmd-raw.txt",
		];
		const [plain, plugin, raw] = forms.map((name) =>
			read(fixture(name)).events.filter(
				({ kind }) => kind !== "mm_page_alloc_extfrag",
			),
		);
		expect(plugin).to.deep.equal(plain);
		const withoutRaw = plain!.filter(({ time }) =>
			raw!.some((event) => event.time === time),
		);
		expect(withoutRaw.length).to.be.greaterThan(20);
		for (const event of withoutRaw) {
			const same = raw!.find(
				({ time, kind, pfn, low }) =>
					time === event.time &&
					kind === event.kind &&
					pfn === event.pfn &&
					low === event.low,
			);
			if (!same) continue;
			const { accounted: _a, order: _o, ...rest } = event;
			expect(same).to.include(rest);
		}
	});

	it("makes the same events whatever else a recorder was asked to print", () => {
		for (const [plain, more] of [
			["trace-cmd.txt", "trace-cmd-ns.txt"],
			["perf.txt", "perf-F.txt"],
		] as const) {
			const [one, other] = [plain, more].map((name) => {
				const { events } = read(fixture(name));
				return events.filter(
					({ kind }) => kind !== "mm_page_alloc_extfrag" && kind !== "mark",
				);
			});
			expect(one!.length, more).to.be.above(20);
			for (const event of one!) {
				const { time, order: _o, ...rest } = event;
				const same = other!.find(
					(each) =>
						Math.abs(Number(each.time) - Number(time)) < 1000 &&
						each.kind === event.kind &&
						each.low === event.low &&
						each.pfn === event.pfn,
				);
				if (same === undefined) continue;
				expect(same, more).to.include(rest);
				expect(Number(same.time) % 1000, more).to.be.above(0);
			}
		}
	});

	it("reads the fields of ftrace", () => {
		const { events, reader } = read(fixture("ftrace-hashed.txt"));
		expect(events[0]).to.deep.equal({
			...{ kind: "kmalloc", cpu: 0, pid: 1, comm: "init", time: 2797259000 },
			...{ interrupt: 0, depth: 0 },
			...{ site: "tracepoint_add_func+0xf7", low: 0x49462ded },
			...{
				bytesRequested: 64,
				bytesAllocated: 64,
				gfp: GFP_KERNEL,
				accounted: 0,
			},
		});
		expect(events.at(-2)).to.include({
			site: "virtio_pci_probe+0x22",
			bytesAllocated: 2048,
		});
		expect(events.at(-1)).to.include({
			kind: "mm_page_alloc",
			pfn: 0,
			comm: "kswapd0",
			pid: 38,
		});
		expect(reader.tally).to.include({
			cpus: 1,
			headers: 12,
			entriesInBuffer: 28131,
			entriesWritten: 28131,
		});
	});

	it("reads lines whose texts the recorder blanked", () => {
		const { events, reader } = read(fixture("ftrace-blanked.txt"));
		expect(reader.tally.blanked).to.be.greaterThan(5);
		for (const event of events)
			expect(event).to.not.have.any.keys("gfp", "cache");
		expect(reader.tally).to.include({
			hasHashedPointers: false,
			hashedPointers: 0,
		});
	});

	it("P1: makes the same events however the file is cut", () => {
		for (const name of fixtureNames()) {
			const whole = read(fixture(name));
			for (const sizes of [[1], [2, 3, 5], [64], [177]]) {
				const cut = read(fixture(name), sizes);
				expect(cut.events, name).to.deep.equal(whole.events);
				expect(account(cut.reader), name).to.deep.equal(account(whole.reader));
			}
		}
	});

	it("P1: makes the same events when it is cut at any byte", () => {
		const bytes = fixture("perf-F.txt").subarray(0, 700);
		const whole = read(bytes);
		for (let at = 1; at < bytes.length; at++)
			expect(read(bytes, [at, bytes.length]).events).to.deep.equal(
				whole.events,
			);
	});

	it("P3: makes no event of a line that is cut off anywhere", () => {
		for (const name of fixtureNames().filter((file) => file.endsWith(".txt"))) {
			const bytes = fixture(name);
			const whole = read(bytes).events;
			const roll = dice(name.length);
			for (let n = 0; n < 60; n++) {
				const { events, reader } = read(bytes.subarray(0, roll(bytes.length)));
				expect(events, name).to.deep.equal(whole.slice(0, events.length));
				expect(reader.tally.damaged, name).to.be.at.most(1);
			}
		}
	});

	it("tells a line that was cut off at the end", () => {
		const { reader } = read(EVENT + EVENT.slice(0, -9));
		expect(reader.tally.complaints).to.deep.equal([
			{ line: 2, text: "is cut off: the file ends within it" },
		]);
	});

	it("counts every line once, whatever is done to the file (Y1)", () => {
		const mutate = (bytes: Uint8Array, seed: number) => {
			const roll = dice(seed);
			const copy = Uint8Array.from(bytes);
			for (let n = roll(40); n >= 0; n--) copy[roll(copy.length)] = roll(256);
			const from = roll(copy.length);
			if (roll(3) === 0)
				copy.copyWithin(roll(copy.length), from, from + roll(300));
			return copy;
		};
		for (const name of fixtureNames())
			for (let seed = 1; seed < 60; seed++) {
				const { reader, events } = read(mutate(fixture(name), seed * 7919));
				const { tally } = reader;
				const parts =
					tally.headers +
					tally.stacks +
					tally.losses +
					tally.others +
					tally.blank +
					tally.damaged;
				expect(events.length + parts, `${name} ${seed}`).to.equal(tally.lines);
			}
	});

	it("accepts no number that was made absurd", () => {
		const { events } = read(fixture("ftrace-hashed.txt"));
		const text = fixtureText("ftrace-hashed.txt").replace(
			/((?:bytes_req|bytes_alloc|order|migratetype|node)=)(\d+)(?= |$)/gm,
			"$1999999999999999999999999$2",
		);
		const absurd = read(text);
		const untouched = events.filter(
			({ kind }) =>
				kind === "kfree" || kind === "kmem_cache_free" || kind === "mark",
		);
		expect(
			absurd.events
				.map(({ kind }) => kind)
				.filter((kind) => kind !== "rss_stat"),
		).to.deep.equal(untouched.map(({ kind }) => kind));
	});

	it("P2: takes noise of any kind", () => {
		fc.assert(
			fc.property(
				fc.uint8Array({ maxLength: 400 }),
				fc.boolean(),
				(noise, isTrace) => {
					const bytes = isTrace
						? Buffer.concat([
								Buffer.from(EVENT),
								noise,
								Buffer.from(`\n${EVENT}`),
							])
						: noise;
					const { events } = read(bytes, [37]);
					expect(events.length).to.equal(isTrace ? 2 : events.length);
				},
			),
		);
	});

	it("P2: takes lines of megabytes and many different names", () => {
		const long = Buffer.alloc(5_000_000, "x");
		const { reader, events } = read(
			Buffer.concat([Buffer.from(EVENT), long, Buffer.from(`\n${EVENT}`)]),
		);
		expect(events).to.have.length(2);
		expect(reader.tally.complaints).to.deep.equal([
			{ line: 2, text: `is longer than ${LINE_MAX} bytes` },
		]);
	});

	it("passes remarks and call chains by", () => {
		const { reader, events } = read(
			`# tracer: nop\n${EVENT} => kmem_cache_alloc\n\n##### CPU 1 buffer started ####\nCPU:1 [LOST 24 EVENTS]\n${EVENT}`,
		);
		expect(events).to.have.length(2);
		expect(reader.tally).to.include({
			headers: 2,
			stacks: 1,
			blank: 1,
			losses: 1,
			lostEvents: 24,
			damaged: 0,
		});
	});

	it("says why nothing can be made of a file", () => {
		const why = (text: string) => read(text).reader.complaint;
		expect(why("")).to.equal("is empty");
		expect(why("hello\n")).to.match(/^holds no line of a form that is known/);
		expect(why("PERFILE2\0\0\0\n\0")).to.match(/perf script/);
		expect(why(`${HEAD}sched_switch: a=b\n`)).to.match(
			/^holds no kmem event .*sched_switch/,
		);
		expect(why("# tracer: nop\n")).to.equal("holds no event");
		expect(why(`${HEAD}kfree: ptr=(nil)\n`)).to.equal(
			"holds no event that can be used: line 1 lacks call_site=",
		);
		expect(why(EVENT)).to.equal(null);
	});

	it("names what events refer to by number", () => {
		const sites: number[] = [];
		const reader = new TraceReader((event) => sites.push(event.site));
		reader.push(Buffer.from(EVENT + EVENT));
		reader.finish();
		expect(sites[0]).to.equal(sites[1]);
		expect(reader.names.text(sites[0]!)).to.equal("f+0x1");
	});
});

describe("the recordings of real kernels", () => {
	const present = existsSync(RECORDINGS) ? readdirSync(RECORDINGS) : [];
	const folders = present.filter((name) =>
		existsSync(join(RECORDINGS, name, "README.md")),
	);
	for (const folder of folders) {
		const path = join(RECORDINGS, folder);
		const counts = promised(readFileSync(join(path, "README.md"), "utf8"));
		for (const file of readdirSync(path).filter((name) =>
			name.endsWith(".txt.gz"),
		))
			it(`${folder}/${file} holds the events that were recorded`, () => {
				const reader = new TraceReader(() => {});
				reader.push(gunzipSync(readFileSync(join(path, file))));
				reader.finish();
				const found = new Map<string, number>();
				for (const [kind, name] of KIND_NAMES.entries())
					if (reader.tally.byKind[kind]! > 0)
						found.set(name, reader.tally.byKind[kind]!);
				expect(found).to.deep.equal(counts);
				expect(reader.tally).to.include({
					damaged: 0,
					others: 0,
					outOfOrder: 0,
				});
			});
	}
});

/** The table of counts in a recording's README. */
function promised(text: string): Map<string, number> {
	const rows = [...text.matchAll(/^\| (\w+) \| (\d+) \|$/gm)];
	const counts = rows.map(([, name, count]): [string, number] => [
		name === "tracing_mark_write" ? "mark" : name!,
		Number(count),
	]);
	const order: readonly string[] = KIND_NAMES;
	return new Map(
		counts.sort((a, b) => order.indexOf(a[0]) - order.indexOf(b[0])),
	);
}
