// Running the scenario again, beside the page: a worker boots the same machine and stops at the wanted event.
//
//   page --{ pfn, event }--> worker (simulator.ts) --4096 bytes--> page
//
// RR1: one run at a time; a question that comes while one runs waits for it.

/** What the worker is started with. */
export interface RerunPlan {
	/** The scenario as plain data, and what its options changed. */
	readonly document: unknown;
	readonly overrides: unknown;
	readonly ticks: number | null;
}

interface Answer {
	readonly id: number;
	readonly bytes?: Uint8Array;
	readonly problem?: string;
}

/** Answers what a frame held at an event. */
export class Rerun {
	private worker: Worker | null = null;
	private readonly waiting = new Map<number, (answer: Answer) => void>();
	private next = 0;

	constructor(
		private readonly code: string,
		private readonly plan: RerunPlan,
	) {}

	/** The bytes of a frame after an event. Rejects with one sentence when the scenario cannot run. */
	async bytes(pfn: number, event: number): Promise<Uint8Array> {
		const id = this.next++;
		const answer = await new Promise<Answer>((resolve) => {
			this.waiting.set(id, resolve);
			this.start().postMessage({ id, pfn, event, plan: this.plan });
		});
		if (answer.bytes !== undefined) return answer.bytes;
		throw new Error(answer.problem ?? "the scenario cannot run here");
	}

	private start(): Worker {
		if (this.worker !== null) return this.worker;
		const url = URL.createObjectURL(
			new Blob([this.code], { type: "text/javascript" }),
		);
		const worker = new Worker(url);
		worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => {
			this.waiting.get(data.id)?.(data);
			this.waiting.delete(data.id);
		});
		worker.addEventListener("error", ({ message }) => {
			for (const [id, resolve] of this.waiting)
				resolve({ id, problem: message });
			this.waiting.clear();
		});
		this.worker = worker;
		return worker;
	}
}
