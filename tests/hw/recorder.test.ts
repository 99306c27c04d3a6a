import { expect } from "chai";
import fc from "fast-check";
import { CPU_BYTES, Cpu, Turn } from "../../hw/cpu";
import {
	EV_TEXT,
	type RecordedEvent,
	Recorder,
	ringBytes,
	textOf,
} from "../../hw/recorder";

const RECORDS = 8;
const INT_MAX = 2 ** 31 - 1;
const HEAD = 0;
const TAIL = 1;

interface Machine {
	readonly turn: Turn;
	readonly rings: readonly Int32Array[];
	readonly recorder: Recorder;
}

function create(cpus = 1, records = RECORDS, takesTurns = true): Machine {
	const registers = new ArrayBuffer(cpus * CPU_BYTES);
	const memory = new SharedArrayBuffer(cpus * ringBytes(records));
	const ids = Array.from({ length: cpus }, (_, id) => id);
	const turn = new Turn(
		ids.map((id) => new Cpu(registers, id * CPU_BYTES, id)),
	);
	const bytes = ringBytes(records);
	const rings = ids.map((id) => new Int32Array(memory, id * bytes, bytes / 4));
	return {
		turn,
		rings,
		recorder: new Recorder(turn, rings, records, takesTurns),
	};
}

/** Drains CPU `id`; what came and how much was lost before it. */
function drain(recorder: Recorder, id = 0): [RecordedEvent[], number] {
	const events: RecordedEvent[] = [];
	const lost = recorder.drain(id, (event) => events.push(event));
	return [events, lost];
}

/** Emits events whose `a` counts from `first` on. */
function emit(recorder: Recorder, count: number, first = 0): void {
	for (let i = 0; i < count; i++) recorder.emit(1, first + i, 0, 0, 0);
}

const numbers = (events: readonly RecordedEvent[]): number[] =>
	events.map((event) => event.a);

describe("the flight recorder", () => {
	it("keeps what happened, when, where and in which context", () => {
		const { turn, recorder } = create();
		turn.cpu.charge(2 ** 40 + 1);
		turn.cpu.setContext(17);
		recorder.emit(300, 1, -2, INT_MAX, -INT_MAX - 1);
		expect(drain(recorder)).to.deep.equal([
			[
				{
					cycles: 2 ** 40 + 1,
					cpu: 0,
					code: 300,
					context: 17,
					a: 1,
					b: -2,
					c: INT_MAX,
					d: -INT_MAX - 1,
				},
			],
			0,
		]);
	});

	it("hands events out once, oldest first", () => {
		const { recorder } = create();
		emit(recorder, 3);
		expect(numbers(drain(recorder)[0])).to.deep.equal([0, 1, 2]);
		expect(drain(recorder)).to.deep.equal([[], 0]);
		emit(recorder, 2, 3);
		expect(numbers(drain(recorder)[0])).to.deep.equal([3, 4]);
	});

	it("keeps the order of CPUs that take turns in one ring", () => {
		const { turn, recorder } = create(3);
		for (const cpu of [2, 0, 1]) {
			turn.seat(cpu);
			emit(recorder, 1, cpu * 10);
		}
		const [events] = drain(recorder, recorder.ringOf(2));
		expect(numbers(events)).to.deep.equal([20, 0, 10]);
		expect(events.map((event) => event.cpu)).to.deep.equal([2, 0, 1]);
	});

	it("F3: listeners hear everything, in order, however small the ring", () => {
		const { turn, recorder } = create(2);
		emit(recorder, 3, 1000);
		const heard: number[] = [];
		const again: number[] = [];
		recorder.listen((_cycles, _code, cpu, _context, a) => heard.push(a, cpu));
		recorder.listen((_cycles, _code, _cpu, _context, a) => again.push(a));
		for (let i = 0; i < 10 * RECORDS; i++) {
			turn.seat(i % 2);
			emit(recorder, 1, i);
		}
		recorder.flush();
		const all = Array.from({ length: 10 * RECORDS }, (_, i) => i);
		expect(again).to.deep.equal(all);
		expect(heard).to.deep.equal(all.flatMap((i) => [i, i % 2]));
		expect(recorder.lost(0)).to.equal(0);
		recorder.hush();
		emit(recorder, 1);
		recorder.flush();
		expect(again.length).to.equal(all.length);
	});

	it("writes texts as records of sixteen letters", () => {
		const { recorder } = create();
		recorder.emitText("kmalloc-64 \u2603 and more");
		const [events] = drain(recorder);
		expect(events.map(({ code }) => code)).to.deep.equal([EV_TEXT, EV_TEXT]);
		const text = events.map(({ a, b, c, d }) => textOf(a, b, c, d)).join("");
		expect(text).to.equal("kmalloc-64 ? and more");
	});

	it("writes to the ring of the CPU that has the turn, where CPUs are threads", () => {
		const { turn, recorder } = create(3, RECORDS, false);
		turn.seat(2);
		emit(recorder, 1, 20);
		turn.seat(1);
		emit(recorder, 2, 10);
		expect(drain(recorder, 0)).to.deep.equal([[], 0]);
		const [events] = drain(recorder, 1);
		expect(numbers(events)).to.deep.equal([10, 11]);
		expect(events.map((event) => event.cpu)).to.deep.equal([1, 1]);
		expect(numbers(drain(recorder, 2)[0])).to.deep.equal([20]);
	});

	it("holds as many records as it has room for, and loses none of them", () => {
		const { recorder } = create();
		emit(recorder, RECORDS);
		const [events, lost] = drain(recorder);
		expect(numbers(events)).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7]);
		expect(lost).to.equal(0);
	});

	it("F2: keeps the newest and counts the others when nobody listens", () => {
		const { recorder } = create();
		emit(recorder, RECORDS + 3);
		const [events, lost] = drain(recorder);
		expect(numbers(events)).to.deep.equal([3, 4, 5, 6, 7, 8, 9, 10]);
		expect(lost).to.equal(3);
		expect(recorder.lost(0)).to.equal(3);
	});

	it("F2: knows what it lost before anybody drains, and adds it up", () => {
		const { recorder } = create(2);
		emit(recorder, RECORDS);
		expect(recorder.lost(0)).to.equal(0);
		emit(recorder, 5);
		expect(recorder.lost(0)).to.equal(5);
		drain(recorder);
		expect(recorder.lost(0)).to.equal(5);
		emit(recorder, 3 * RECORDS);
		expect(recorder.lost(0)).to.equal(5 + 2 * RECORDS);
		expect(drain(recorder)[1]).to.equal(2 * RECORDS);
		expect(recorder.lost(0)).to.equal(5 + 2 * RECORDS);
		expect(recorder.lost(1)).to.equal(0);
	});

	it("goes on when its counts pass 2^31 and 2^32", () => {
		for (const start of [INT_MAX - 2, -3]) {
			const { rings, recorder } = create();
			rings[0]![HEAD] = start;
			rings[0]![TAIL] = start;
			emit(recorder, 6);
			const [events, lost] = drain(recorder);
			expect(numbers(events)).to.deep.equal([0, 1, 2, 3, 4, 5]);
			expect(lost).to.equal(0);
			emit(recorder, RECORDS + 1);
			expect(drain(recorder)[1]).to.equal(1);
		}
	});

	it("is in the buffer, so that another view drains it", () => {
		const { turn, rings, recorder } = create();
		emit(recorder, 2);
		const other = new Recorder(turn, rings, RECORDS);
		expect(numbers(drain(other)[0])).to.deep.equal([0, 1]);
		expect(drain(recorder)[0]).to.deep.equal([]);
	});

	it("stays within its ring", () => {
		const { turn, rings, recorder } = create(3, RECORDS, false);
		turn.seat(1);
		emit(recorder, 5 * RECORDS, -1);
		for (const id of [0, 2])
			expect(rings[id]!.every((word) => word === 0)).to.equal(true);
	});

	it("agrees with a list from which the oldest fall out", () => {
		const steps = fc.array(fc.integer({ min: -1, max: 20 }), { maxLength: 30 });
		fc.assert(
			fc.property(steps, (steps) => {
				const { recorder } = create();
				let emitted = 0;
				let handedOut = 0;
				let waiting: number[] = [];
				let lost = 0;
				for (const step of steps) {
					if (step >= 0) {
						emit(recorder, step, emitted);
						for (let i = 0; i < step; i++) waiting.push(emitted++);
						lost += Math.max(0, waiting.length - RECORDS);
						waiting = waiting.slice(-RECORDS);
					} else {
						const [events] = drain(recorder);
						expect(numbers(events)).to.deep.equal(waiting);
						handedOut += waiting.length;
						waiting = [];
					}
					expect(recorder.lost(0)).to.equal(lost);
					expect(handedOut + waiting.length + lost).to.equal(emitted);
				}
			}),
		);
	});

	it("F4: hands over to another what nobody has heard yet", () => {
		const early = create(1, 16);
		emit(early.recorder, 20); // of which four are lost
		const next = create(1, 64);
		early.recorder.handOver(next.recorder);
		emit(next.recorder, 2, 20);
		const [events, lost] = drain(next.recorder);
		expect(lost).to.equal(0);
		expect(numbers(events)).to.deep.equal(
			Array.from({ length: 18 }, (_, i) => i + 4),
		);
		expect(next.recorder.lost(0)).to.equal(4);
	});

	it("F4: hands its listeners over, who miss nothing and hear nothing twice", () => {
		const early = create(1, 16);
		const heard: number[] = [];
		early.recorder.listen((_cycles, _code, _cpu, _context, a) => {
			heard.push(a);
		});
		emit(early.recorder, 21);
		const next = create(1, 64);
		early.recorder.handOver(next.recorder);
		emit(next.recorder, 5, 21);
		next.recorder.flush();
		expect(heard).to.deep.equal(Array.from({ length: 26 }, (_, i) => i));
		early.turn.seat(0); // nobody follows there any more
	});
});
