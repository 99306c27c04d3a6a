// When slabs were used, and by whom.

import { GrowingNumbers } from "./growing";

/** One moment for each slab, counted in events from 1 on, and the CPU of it. */
export class SlabUses {
	private readonly moments = new GrowingNumbers(); // by life
	private readonly cpus = new GrowingNumbers();

	/** The moment of a life; 0 for none. */
	when(life: number): number {
		return life < this.moments.length ? this.moments.at(life) : 0;
	}
	cpu(life: number): number {
		return life < this.cpus.length ? this.cpus.at(life) : 0;
	}

	set(life: number, moment: number, cpu: number): void {
		this.moments.set(life, moment);
		this.cpus.set(life, Math.max(cpu, 0));
	}
}
