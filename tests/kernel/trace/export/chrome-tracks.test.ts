import { expect } from "chai";
import {
	ChromeEvents,
	type Track,
} from "../../../../kernel/trace/export/chrome-tracks";

const track = (): Track => ({ pid: 1, tid: 2, open: [], last: 0 });
const read = (events: ChromeEvents) => JSON.parse(`[${events.take()}]`);

describe("threads of a Chrome trace", () => {
	it("TK1: closes what was opened last, and nothing that is not open", () => {
		const events = new ChromeEvents(1e9);
		const cpu = track();
		events.open(cpu, "outer", 1000, {});
		events.open(cpu, "inner", 2000, { a: 1 });
		events.closeAll(cpu, 3000);
		events.close(cpu, 4000);
		expect(read(events)).to.deep.equal([
			{ ph: "B", name: "outer", pid: 1, tid: 2, ts: 1, args: {} },
			{ ph: "B", name: "inner", pid: 1, tid: 2, ts: 2, args: { a: 1 } },
			{ ph: "E", name: "inner", pid: 1, tid: 2, ts: 3 },
			{ ph: "E", name: "outer", pid: 1, tid: 2, ts: 3 },
		]);
	});

	it("TK2: does not go back in time", () => {
		const events = new ChromeEvents(2e9);
		const cpu = track();
		events.instant(cpu, "later", 5001, {});
		events.instant(cpu, "earlier", 3000, {});
		const stamps = read(events).map(({ ts }: { ts: number }) => ts);
		expect(stamps).to.deep.equal([2.501, 2.501]);
	});

	it("TK3: gives pieces that can be put one behind the other", () => {
		const events = new ChromeEvents(1e9);
		expect(events.take()).to.equal("");
		events.process(1, "CPUs");
		const first = events.take();
		events.counter(track(), "free", 10, 7);
		const second = events.take();
		expect(JSON.parse(`[${first}${second}]`)).to.have.length(3);
		expect(second.startsWith(",\n")).to.equal(true);
	});
});
