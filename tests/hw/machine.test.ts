import { expect } from "chai";
import { CONTEXT_BYTES } from "../../hw/context";
import { CPU_BYTES } from "../../hw/cpu";
import { ThreadLocks, TurnLocks } from "../../hw/lock";
import { CPUS_MAX, Machine } from "../../hw/machine";
import { parseSize, pcMemoryMap } from "../../hw/memory-map";
import { RNG_WORDS, Rng } from "../../hw/rng";
import { Tlb } from "../../hw/tlb";
import { asPfn, asPhys, asVirt, GIB, MIB, PAGE_SIZE } from "../../hw/units";

const ADDRESS = asVirt(0x400000);
const RIGHTS = 7;

function powerOn(memory = "16M", cpus = 1, seed = 1): Machine {
	return Machine.powerOn({ map: pcMemoryMap(parseSize(memory)), cpus, seed });
}

/** A copy of a machine's buffer, as an image that was written and read again. */
function image(machine: Machine): ArrayBuffer {
	const bytes = new Uint8Array(machine.buffer.byteLength);
	bytes.set(new Uint8Array(machine.buffer));
	return bytes.buffer;
}

describe("a machine that is switched on", () => {
	it("has the memory of its map and the CPUs that were asked for", () => {
		const machine = powerOn("16M", 4);
		expect(machine.memory.bytes).to.equal(16 * MIB);
		expect(machine.memory.frameCount).to.equal(4096);
		expect(machine.cpus.map((cpu) => cpu.id)).to.deep.equal([0, 1, 2, 3]);
		expect(machine.cpus.every((cpu) => cpu.online)).to.equal(true);
		expect([machine.tlbs.length, machine.mmus.length]).to.deep.equal([4, 4]);
		expect(machine.turn.cpu).to.equal(machine.cpus[0]);
		expect(machine.locks).to.be.instanceOf(TurnLocks);
	});

	it("H2: has nothing in its RAM and no kernel yet", () => {
		const machine = powerOn("4M");
		const words = machine.memory.words;
		expect(words.every((word) => word === 0)).to.equal(true);
		expect(machine.statics).to.equal(0);
		expect(machine.contexts.size).to.equal(1);
		expect(machine.tlbs[0]!.used).to.equal(0);
	});

	it("is shared, so that other threads can be its CPUs", () => {
		expect(powerOn().buffer).to.be.instanceOf(SharedArrayBuffer);
	});

	it("draws the chance of its seed", () => {
		const rng = new Rng(new Int32Array(RNG_WORDS));
		rng.seed(99);
		expect(powerOn("4M", 1, 99).rng.next()).to.equal(rng.next());
	});

	it("is the same, to the byte, when it is built the same", () => {
		const bytes = (machine: Machine): Uint8Array =>
			new Uint8Array(image(machine));
		const first = bytes(powerOn("4M", 2, 5));
		expect(Buffer.compare(first, bytes(powerOn("4M", 2, 5)))).to.equal(0);
		expect(Buffer.compare(first, bytes(powerOn("4M", 2, 6)))).not.to.equal(0);
	});

	it("has 1 to 64 CPUs", () => {
		expect(powerOn("4M", CPUS_MAX).cpus.length).to.equal(64);
		for (const cpus of [0, -1, 1.5, CPUS_MAX + 1, Number.NaN])
			expect(() => powerOn("4M", cpus)).to.throw(
				`A machine has 1 to 64 CPUs; ${cpus} were asked for.`,
			);
	});

	it("says so when the host cannot hold it", () => {
		expect(() => powerOn("7T")).to.throw(
			/^The host cannot reserve 7\d{3}\.\d GiB .* give it less memory\.$/,
		);
	});
});

describe("the area behind the RAM", () => {
	it("H1: ends with the machine page, the last page of the buffer", () => {
		const { buffer, memory } = powerOn("16M", 3);
		const page = new Int32Array(buffer, buffer.byteLength - PAGE_SIZE);
		const magic = String.fromCharCode(
			...[24, 16, 8, 0].map((shift) => (page[0]! >>> shift) & 0xff),
		);
		expect(magic).to.equal("FSM1");
		expect([page[2], page[3]]).to.deep.equal([3, memory.bytes]);
	});

	it("has room for registers, TLBs, contexts and the page", () => {
		for (const cpus of [1, 2, 7, 64]) {
			const { buffer, memory } = powerOn("4M", cpus);
			const area = buffer.byteLength - memory.bytes;
			const parts = cpus * (CPU_BYTES + Tlb.BYTES) + CONTEXT_BYTES;
			expect(area).to.be.at.least(parts + PAGE_SIZE);
			expect(area % PAGE_SIZE).to.equal(0);
		}
	});

	it("keeps its parts apart: what one writes, no other sees", () => {
		const machine = powerOn("4M", 3);
		machine.setStatics(asPhys(0x200000));
		for (const cpu of machine.cpus) cpu.charge(1000 + cpu.id);
		machine.tlbs.forEach((tlb, id) => {
			for (let page = 0; page < 4096; page++)
				tlb.fill(
					asVirt(ADDRESS + page * PAGE_SIZE),
					1,
					asPfn(10 + id),
					RIGHTS,
					false,
					false,
				);
		});
		for (let i = 0; i < 600; i++) machine.contexts.child(0, `call ${i}`);
		const other = Machine.attach(machine.buffer);
		for (const [id, cpu] of other.cpus.entries()) {
			expect([cpu.cycles, cpu.online]).to.deep.equal([1000 + id, true]);
			const tlb = other.tlbs[id]!;
			expect(tlb.used).to.equal(Tlb.SMALL_ENTRIES);
			const page = asVirt(ADDRESS + 4095 * PAGE_SIZE);
			expect(tlb.frameAt(tlb.lookup(page, 1), page)).to.equal(10 + id);
		}
		expect(other.contexts.path(511)).to.deep.equal(["call 510"]);
		expect(other.statics).to.equal(0x200000);
		expect(other.map.lines()).to.deep.equal(machine.map.lines());
		const words = machine.memory.words;
		expect(words.every((word) => word === 0)).to.equal(true);
	});
});

describe("a machine that is attached to", () => {
	it("is the same machine, from the buffer alone", () => {
		const machine = powerOn("16M", 2, 7);
		machine.memory.writeU32(asPhys(0x5000), 42);
		machine.setStatics(asPhys(0x5000));
		machine.cpus[1]!.setTask(asPhys(0x6000));
		const other = Machine.attach(machine.buffer);
		expect(other.memory.bytes).to.equal(16 * MIB);
		expect(other.memory.readU32(other.statics)).to.equal(42);
		expect(other.cpus[1]!.task).to.equal(0x6000);
		expect(other.rng.next()).to.equal(
			new Rng(new Int32Array(seeded(7))).next(),
		);
		other.cpus[0]!.charge(5);
		expect(machine.cpus[0]!.cycles).to.equal(5);
	});

	it("goes on from an image, and no longer with the original", () => {
		const machine = powerOn("4M", 2, 7);
		machine.rng.next();
		const copy = Machine.attach(image(machine));
		expect(copy.rng.next()).to.equal(machine.rng.next());
		copy.memory.writeU32(asPhys(0x1000), 1);
		expect(machine.memory.readU32(asPhys(0x1000))).to.equal(0);
	});

	it("gives all CPUs turns, unless a thread says which one it is", () => {
		const { buffer } = powerOn("4M", 2);
		expect(Machine.attach(buffer).locks).to.be.instanceOf(TurnLocks);
		const threads = [0, 1].map((cpu) => Machine.attach(buffer, cpu));
		expect(threads.map(({ turn }) => turn.cpu.id)).to.deep.equal([0, 1]);
		const words = new Int32Array(new SharedArrayBuffer(4));
		threads.forEach(({ locks }, cpu) => {
			expect(locks).to.be.instanceOf(ThreadLocks);
			locks.lock(words, 0);
			expect(words[0]).to.equal(cpu + 1);
			locks.unlock(words, 0);
		});
	});

	it("has the CPUs that it has", () => {
		const { buffer } = powerOn("4M", 2);
		for (const cpu of [2, -1, 0.5])
			expect(() => Machine.attach(buffer, cpu)).to.throw(
				`The machine has CPUs 0 to 1, not ${cpu}.`,
			);
	});

	it("is no other kind of buffer", () => {
		const sentence = "The buffer does not hold a Flagstone machine.";
		for (const bytes of [0, 100, PAGE_SIZE, 4 * MIB, 4 * MIB + 1])
			expect(() => Machine.attach(new ArrayBuffer(bytes))).to.throw(sentence);
	});

	it("is no machine of another layout", () => {
		const { buffer } = powerOn("4M");
		const page = new Int32Array(buffer, buffer.byteLength - PAGE_SIZE);
		page[1] = page[1]! + 1;
		expect(() => Machine.attach(buffer)).to.throw("does not hold");
	});
});

describe("a machine with more than 4 GiB", () => {
	it("has RAM, registers and statics beyond them", () => {
		const machine = powerOn("8G", 2);
		const { memory } = machine;
		expect(memory.bytes).to.equal(9 * GIB); // a hole below 4 GiB
		expect(memory.wide).to.equal(true);
		const high = asPhys(9 * GIB - 64);
		machine.setStatics(high);
		memory.writeU32(high, 77);
		machine.cpus[1]!.setTask(high);
		const other = Machine.attach(machine.buffer, 1);
		expect(other.memory.bytes).to.equal(9 * GIB);
		expect(other.statics).to.equal(high);
		expect(other.memory.readU32(other.turn.cpu.task)).to.equal(77);
	});
});

function seeded(seed: number): Int32Array {
	const state = new Int32Array(RNG_WORDS);
	new Rng(state).seed(seed);
	return state;
}
