// When the events of a batch happened, packed.
//
//   event order    cpu 0: 900   cpu 1: 870   cpu 0: 960   cpu 0: 990     cycles
//                         900          870           60           30     since the event before it on the same CPU
//   written        by code (by-code.ts): what one kind of event costs is often the same
//
//   STEPS   a byte, then a varint each
//   PLAIN   a byte, then the eight bytes of each, in event order, for stamps that are no clock's (little endian, as the host is)
//
// T1: what was written is read back bit for bit but for the sign of a zero, also where clocks fall or have fractions.

import type { VarintInput, VarintOutput } from "./varint";

const STEPS = 0;
const PLAIN = 1;
const CPUS = 256;

/** Packs and unpacks the stamps of one batch after the other; `order` lists the batch's events by code. */
export class CycleColumn {
	private readonly steps: Float64Array;
	private readonly stepBytes: Uint8Array; // the same memory
	private readonly before = new Float64Array(CPUS);

	constructor(private readonly order: Uint16Array) {
		this.steps = new Float64Array(order.length);
		this.stepBytes = new Uint8Array(this.steps.buffer);
	}

	write(
		out: VarintOutput,
		cycles: Float64Array,
		cpus: Uint8Array,
		count: number,
	): void {
		const { order, steps } = this;
		if (this.takeSteps(cycles, cpus, count)) {
			out.byte(STEPS);
			for (let at = 0; at < count; at++)
				out.whole(steps[order[at] as number] as number);
		} else {
			out.byte(PLAIN);
			steps.set(cycles.subarray(0, count));
			out.bytes(this.stepBytes, count * 8);
		}
	}

	/** Reads the stamps of `count` events whose CPUs are known. Throws an Error when their form is none. */
	read(
		input: VarintInput,
		cycles: Float64Array,
		cpus: Uint8Array,
		count: number,
	): void {
		const { order, steps, before } = this;
		const form = input.byte();
		if (form === PLAIN) {
			input.bytes(this.stepBytes, count * 8);
			cycles.set(steps.subarray(0, count));
			return;
		}
		if (form !== STEPS) throw new Error(`stamps have the unknown form ${form}`);
		for (let at = 0; at < count; at++)
			cycles[order[at] as number] = input.whole();
		before.fill(0);
		for (let index = 0; index < count; index++) {
			const cpu = cpus[index] as number;
			const now = (before[cpu] as number) + (cycles[index] as number);
			cycles[index] = now;
			before[cpu] = now;
		}
	}

	/** Works out the steps; false when one is no whole number from 0 to 2^53. */
	private takeSteps(
		cycles: Float64Array,
		cpus: Uint8Array,
		count: number,
	): boolean {
		const { steps, before } = this;
		before.fill(0);
		for (let index = 0; index < count; index++) {
			const cpu = cpus[index] as number;
			const now = cycles[index] as number;
			const step = now - (before[cpu] as number);
			if (!(step >= 0 && now <= 2 ** 53 && Math.floor(step) === step))
				return false;
			steps[index] = step;
			before[cpu] = now;
		}
		return true;
	}
}
