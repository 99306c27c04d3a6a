import { expect } from "chai";
import {
	CPU_BYTES,
	Cpu,
	IRQ_CALL,
	IRQ_RESCHEDULE,
	IRQ_TIMER,
	MAILBOX_WORDS,
	Turn,
} from "../../hw/cpu";
import { asPfn, asPhys, asVirt } from "../../hw/units";

const KERNEL_ADDRESS = asVirt(0xffff_ffff_f000);

function cpusOn(buffer: ArrayBufferLike, count: number): Cpu[] {
	return Array.from(
		{ length: count },
		(_, id) => new Cpu(buffer, id * CPU_BYTES, id),
	);
}

function create(): Cpu {
	const [cpu] = cpusOn(new ArrayBuffer(CPU_BYTES), 1);
	cpu!.powerOn();
	return cpu!;
}

describe("a CPU", () => {
	it("comes up in the kernel with interrupts off and nothing to do", () => {
		const cpu = create();
		expect(cpu.online).to.equal(true);
		expect(cpu.interruptsOn).to.equal(false);
		expect(cpu.level).to.equal(0);
		expect([cpu.root, cpu.asid, cpu.task, cpu.context]).to.deep.equal([
			0, 0, 0, 0,
		]);
		expect([cpu.pending, cpu.faultAddress]).to.deep.equal([0, 0]);
		expect([cpu.cycles, cpu.deadline]).to.deep.equal([0, 0]);
	});

	it("is off before that", () => {
		const [cpu] = cpusOn(new ArrayBuffer(CPU_BYTES), 1);
		expect(cpu!.online).to.equal(false);
	});

	it("forgets everything when it is switched on again", () => {
		const cpu = create();
		cpu.charge(5);
		cpu.raise(IRQ_TIMER);
		cpu.mailbox.fill(7);
		cpu.powerOn();
		expect([cpu.cycles, cpu.pending]).to.deep.equal([0, 0]);
		expect([...cpu.mailbox]).to.deep.equal(new Array(MAILBOX_WORDS).fill(0));
	});

	it("keeps addresses beyond 4 GiB", () => {
		const cpu = create();
		for (const address of [
			0,
			0x1000,
			2 ** 31,
			2 ** 32 - 64,
			5 * 2 ** 32 + 64,
		]) {
			cpu.setTask(asPhys(address));
			expect(cpu.task).to.equal(address);
		}
		cpu.setFaultAddress(KERNEL_ADDRESS);
		expect(cpu.faultAddress).to.equal(KERNEL_ADDRESS);
	});

	it("C1: tells whoever keeps them of every change of address space and level, and nothing when he comes", () => {
		const cpu = create();
		const told: number[][] = [];
		cpu.setRoot(asPfn(1), 7);
		cpu.setKeeper({ keepSpace: (asid, level) => told.push([asid, level]) });
		expect(told).to.deep.equal([]);
		cpu.setUserMode(true);
		cpu.setRoot(asPfn(2), 8);
		cpu.powerOn();
		expect(told).to.deep.equal([
			[7, 3],
			[8, 3],
			[0, 0],
		]);
	});

	it("keeps an address space, a context, a mode and an interrupt flag", () => {
		const cpu = create();
		cpu.setRoot(asPfn(2 ** 31 - 1), 4095);
		cpu.setContext(17);
		cpu.setUserMode(true);
		cpu.setInterrupts(true);
		expect([cpu.root, cpu.asid]).to.deep.equal([2 ** 31 - 1, 4095]);
		expect(cpu.context).to.equal(17);
		expect([cpu.level, cpu.interruptsOn]).to.deep.equal([3, true]);
		cpu.setUserMode(false);
		cpu.setInterrupts(false);
		expect([cpu.level, cpu.interruptsOn]).to.deep.equal([0, false]);
	});

	it("collects interrupt lines until they are taken", () => {
		const cpu = create();
		cpu.raise(IRQ_TIMER);
		cpu.raise(IRQ_CALL);
		cpu.raise(IRQ_TIMER);
		expect(cpu.pending).to.equal(IRQ_TIMER | IRQ_CALL);
		expect(cpu.takePending()).to.equal(IRQ_TIMER | IRQ_CALL);
		expect(cpu.takePending()).to.equal(0);
		const lines = [IRQ_TIMER, IRQ_CALL, IRQ_RESCHEDULE];
		expect(lines.reduce((all, line) => all ^ line)).to.equal(7);
	});

	it("has all of it in the buffer, so that another view sees the same", () => {
		const buffer = new SharedArrayBuffer(CPU_BYTES);
		const [mine] = cpusOn(buffer, 1);
		const [other] = cpusOn(buffer, 1);
		mine!.powerOn();
		mine!.charge(123);
		mine!.setTask(asPhys(0x5000));
		mine!.mailbox[3] = 9;
		expect(other!.cycles).to.equal(123);
		expect(other!.task).to.equal(0x5000);
		expect(other!.mailbox[3]).to.equal(9);
	});

	it("stays within its own registers", () => {
		const buffer = new ArrayBuffer(3 * CPU_BYTES);
		const cpu = cpusOn(buffer, 3)[1]!;
		new Uint8Array(buffer).fill(0xee);
		cpu.powerOn();
		cpu.setTask(asPhys(2 ** 40));
		cpu.setRoot(asPfn(1), 1);
		cpu.setFaultAddress(KERNEL_ADDRESS);
		cpu.addIdle(1);
		cpu.chargeSystem(1);
		cpu.mailbox.fill(1);
		const around = [...new Uint8Array(buffer)].filter(
			(_, at) => Math.floor(at / CPU_BYTES) !== 1,
		);
		expect(new Set(around)).to.deep.equal(new Set([0xee]));
	});
});

describe("the clock of a CPU", () => {
	it("C2: is the sum of what was charged", () => {
		const cpu = create();
		cpu.charge(20);
		cpu.chargeSystem(300);
		cpu.addIdle(4000);
		expect(cpu.cycles).to.equal(4320);
		expect(cpu.systemCycles).to.equal(300);
		expect(cpu.idleCycles).to.equal(4000);
	});

	it("counts single cycles after months", () => {
		const cpu = create();
		const quarter = 90 * 86_400 * 1e9;
		cpu.charge(quarter);
		cpu.charge(1);
		expect(cpu.cycles - quarter).to.equal(1);
		cpu.setDeadline(quarter + 4e6);
		expect(cpu.deadline).to.equal(quarter + 4e6);
	});
});

describe("a meter of a CPU", () => {
	it("is charged when the clock is read, and begins anew", () => {
		const cpu = create();
		const words = new Int32Array(4);
		const told: number[] = [];
		cpu.addMeter({ words, at: 2, cycles: 20, onRead: (n) => told.push(n) });
		words[2] = 3;
		expect(cpu.stamp).to.equal(0);
		expect(cpu.cycles).to.equal(60);
		expect(cpu.stamp).to.equal(60);
		expect([...words]).to.deep.equal([0, 0, 0, 0]);
		expect(cpu.cycles).to.equal(60);
		words[2] = 1;
		cpu.readMeters();
		expect(cpu.stamp).to.equal(80);
		expect(told).to.deep.equal([3, 1]);
	});

	it("counts up to 2^32", () => {
		const cpu = create();
		const words = Int32Array.of(-1);
		cpu.addMeter({ words, at: 0, cycles: 2, onRead: null });
		expect(cpu.cycles).to.equal(2 * (2 ** 32 - 1));
	});

	it("is one of several", () => {
		const cpu = create();
		const words = Int32Array.of(5, 7);
		cpu.addMeter({ words, at: 0, cycles: 10, onRead: null });
		cpu.addMeter({ words, at: 1, cycles: 100, onRead: null });
		cpu.charge(1);
		expect(cpu.cycles).to.equal(751);
	});
});

describe("a turn", () => {
	const areas = (count: number): [Int32Array[], Float64Array[]] => {
		const words = Array.from({ length: count }, () => new Int32Array(8));
		return [words, words.map((area) => new Float64Array(area.buffer))];
	};
	const turnOf = (count: number): Turn =>
		new Turn(cpusOn(new ArrayBuffer(count * CPU_BYTES), count));

	it("begins with CPU 0 and an empty area, until the kernel has made some", () => {
		const turn = turnOf(2);
		expect(turn.cpu.id).to.equal(0);
		expect([turn.local[0], turn.counters[0]]).to.deep.equal([0, 0]);
		turn.seat(1);
		expect(turn.cpu.id).to.equal(1);
		expect([turn.local[0], turn.counters[0]]).to.deep.equal([0, 0]);
	});

	it("can begin with another CPU, for a thread that is that CPU", () => {
		const cpus = cpusOn(new ArrayBuffer(2 * CPU_BYTES), 2);
		const turn = new Turn(cpus, 1);
		const [words, doubles] = areas(2);
		turn.setAreas(words, doubles);
		expect(turn.cpu).to.equal(cpus[1]);
		expect(turn.local).to.equal(words[1]);
	});

	it("shows the area of the CPU that has it", () => {
		const turn = turnOf(3);
		const [words, doubles] = areas(3);
		turn.setAreas(words, doubles);
		expect(turn.local).to.equal(words[0]);
		for (const id of [2, 1, 0]) {
			turn.seat(id);
			expect(turn.cpu.id).to.equal(id);
			expect(turn.local).to.equal(words[id]);
			expect(turn.counters).to.equal(doubles[id]);
		}
	});

	it("shows anybody's area to readers, whoever has the turn", () => {
		const turn = turnOf(2);
		const [words, doubles] = areas(2);
		turn.setAreas(words, doubles);
		expect(turn.areaOf(1)).to.equal(words[1]);
		expect(turn.countersOf(1)).to.equal(doubles[1]);
		expect(turn.cpu.id).to.equal(0);
	});

	it("takes new areas in place of the old ones", () => {
		const turn = turnOf(2);
		turn.setAreas(...areas(2));
		const [words, doubles] = areas(2);
		turn.setAreas(words, doubles);
		expect(turn.local).to.equal(words[0]);
		expect(turn.countersOf(1)).to.equal(doubles[1]);
	});

	it("tells its followers each area that comes to be the current one", () => {
		const turn = turnOf(2);
		const seen: Int32Array[] = [];
		turn.follow({ sit: (area) => seen.push(area) });
		const before = turn.local;
		const [words, doubles] = areas(2);
		turn.setAreas(words, doubles);
		turn.seat(1);
		turn.seat(0);
		expect(seen.length).to.equal(4);
		[before, words[0], words[1], words[0]].forEach((area, i) => {
			expect(seen[i]).to.equal(area);
		});
	});

	it("tells a follower that left nothing more, and the others what they are told", () => {
		const turn = turnOf(2);
		const seen: string[] = [];
		const one = { sit: () => seen.push("one") };
		const other = { sit: () => seen.push("other") };
		turn.follow(one);
		turn.follow(other);
		turn.leave(one);
		turn.leave(one);
		turn.seat(1);
		expect(seen).to.deep.equal(["one", "other", "other"]);
	});
});
