// Specification of the kernel log: what goes in comes out in order, the oldest goes first, readers learn what they missed.

import { expect } from "chai";
import fc from "fast-check";
import { CPU_BYTES, Cpu, Turn } from "../../hw/cpu";
import { TurnLocks } from "../../hw/lock";
import { PhysicalMemory } from "../../hw/memory";
import { KernelPanic } from "../../hw/panic";
import { asPhys } from "../../hw/units";
import {
	KERN_DEBUG,
	KERN_INFO,
	KERN_NOTICE,
	KernelLog,
	type LogRecord,
	recordText,
} from "../../kernel/printk";

const BASE = asPhys(4096);

/** A log of `bytes` bytes on a machine of its own. */
function makeLog(bytes = 1024) {
	const buffer = new ArrayBuffer(64 * 1024);
	const memory = new PhysicalMemory(buffer, 64 * 1024);
	const cpu = new Cpu(new ArrayBuffer(CPU_BYTES), 0, 0);
	const attach = () =>
		new KernelLog(memory, new TurnLocks(), new Turn([cpu]), BASE, bytes);
	return { memory, cpu, attach, log: attach() };
}

function readAll(log: KernelLog): LogRecord[] {
	const records: LogRecord[] = [];
	const reader = log.reader();
	for (let at = reader.read(); at; at = reader.read()) records.push(at);
	return records;
}

describe("kernel log", () => {
	it("is empty in zeroed memory", () => {
		const { log } = makeLog();
		expect(log.text()).to.equal("");
		expect(log.reader().read()).to.equal(null);
	});

	it("prints lines as dmesg does", () => {
		const { log, cpu } = makeLog();
		log.info("Linux version 6.1.0");
		cpu.charge(1_234_567_890);
		log.notice("Policy zone: DMA32");
		expect(log.text()).to.equal(
			"[    0.000000] Linux version 6.1.0\n[    1.234567] Policy zone: DMA32\n",
		);
	});

	it("puts the time in front of every line of a record", () => {
		const text = "Mem-Info:\nactive_anon:1";
		expect(
			recordText({ number: 0, level: 6, cycles: 12_345e9, text }),
		).to.equal("[12345.000000] Mem-Info:\n[12345.000000] active_anon:1");
	});

	it("keeps level, number and a time of more than 32 bits", () => {
		const { log, cpu } = makeLog();
		cpu.charge(2 ** 40 + 3);
		log.print(KERN_DEBUG, "a");
		log.print(KERN_INFO, "");
		expect(readAll(log)).to.deep.equal([
			{ number: 0, level: KERN_DEBUG, cycles: 2 ** 40 + 3, text: "a" },
			{ number: 1, level: KERN_INFO, cycles: 2 ** 40 + 3, text: "" },
		]);
	});

	it("is in the memory: another view sees the same", () => {
		const { log, attach } = makeLog();
		log.info("one");
		const other = attach();
		other.info("two");
		expect(readAll(log).map(({ text }) => text)).to.deep.equal(["one", "two"]);
	});

	it("stays inside its region", () => {
		const { memory, log } = makeLog(512);
		memory.fill(asPhys(BASE + 512), 64, 0xaa);
		memory.fill(asPhys(BASE - 64), 64, 0xaa);
		for (let i = 0; i < 200; i++) log.info("x".repeat(i % 70));
		for (const edge of [BASE - 64, BASE + 512]) {
			const bytes = memory.bytesAt(asPhys(edge), 64);
			expect(bytes.every((byte) => byte === 0xaa)).to.equal(true);
		}
	});

	it("pushes the oldest out and tells a reader how many it missed (K2)", () => {
		const { log } = makeLog(512);
		const slow = log.reader();
		log.info("first");
		expect(slow.read()?.text).to.equal("first");
		for (let i = 1; i <= 50; i++) log.info(`line ${i}`);
		const next = slow.read() as LogRecord;
		expect(slow.missed).to.equal(next.number - 1);
		expect(next.text).to.equal(`line ${next.number}`);
	});

	it("cuts a text that is larger than the ring can bear", () => {
		const { log } = makeLog(512);
		log.info("y".repeat(5000));
		expect(readAll(log)[0]!.text).to.equal("y".repeat(112));
	});

	it("keeps Latin-1 and replaces the rest", () => {
		const { log } = makeLog();
		log.info("Grüße, \u{4e16}");
		expect(readAll(log)[0]!.text).to.equal("Grüße, ?");
	});

	it("tells the console what is grave enough", () => {
		const { log } = makeLog();
		const seen: string[] = [];
		log.attachConsole(({ text }) => seen.push(text));
		log.info("silent: the level of a zeroed log is 0");
		log.setConsoleLevel(KERN_INFO);
		log.info("not grave enough");
		log.print(KERN_NOTICE, "shown");
		expect(seen).to.deep.equal(["shown"]);
		expect(readAll(log), "all are kept").to.have.length(3);
	});

	it("refuses a region without room", () => {
		expect(() => makeLog(128)).to.throw(KernelPanic, "too small");
	});

	it("always holds the newest records, whole and in order", () => {
		const lines = fc.array(fc.string({ maxLength: 200 }), { maxLength: 60 });
		fc.assert(
			fc.property(
				lines,
				fc.integer({ min: 320, max: 2000 }),
				(texts, bytes) => {
					const { log } = makeLog(bytes);
					const reader = log.reader();
					const seen: LogRecord[] = [];
					for (const text of texts) {
						log.info(text);
						if (text.length % 3 === 0) continue;
						for (let at = reader.read(); at; at = reader.read()) seen.push(at);
					}
					const limit = ((bytes - 64) & ~7) >>> 2;
					const kept = readAll(log);
					const newest = kept.length === 0 ? texts : texts.slice(-kept.length);
					expect(kept.map(({ text }) => text)).to.deep.equal(
						newest.map((text) => text.slice(0, limit)),
					);
					for (const { number, text } of seen)
						expect(text).to.equal(texts[number]!.slice(0, limit));
					const last = seen.at(-1);
					if (last)
						expect(seen.length + reader.missed).to.equal(last.number + 1);
				},
			),
		);
	});
});
