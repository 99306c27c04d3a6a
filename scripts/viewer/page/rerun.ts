// Running the scenario again, beside the page: a worker boots the same machine and stops at the wanted event.
//
//   page --start: trace, plan--> worker (simulator.ts)
//        --{ event, what }-----> worker --bytes, chains or text--> page
//
// RR1: one run at a time. Of questions of one kind that wait for their turn only the last is asked; those that it overtakes
//      are never answered.

import type { RerunPlan } from "../../../kernel/trace/rerun";
import type { FreeChain } from "../../../mm/slab-cache";

/** What can be asked of the machine at an event, each with its answer. */
export interface Questions {
	/** What a frame holds. */
	readonly bytes: {
		readonly ask: { pfn: number };
		readonly answer: Uint8Array;
	};
	/** The free lists of a slab. */
	readonly chains: {
		readonly ask: { slab: number; slot: number };
		readonly answer: readonly FreeChain[];
	};
	/** A report of /proc. */
	readonly proc: { readonly ask: { name: string }; readonly answer: string };
}
export type Kind = keyof Questions;

/** What the worker is started with. */
export interface Start {
	readonly trace: Uint8Array;
	readonly salvage: boolean;
	readonly plan: RerunPlan;
}

/** A question as the worker gets it. */
export type Question = {
	[K in Kind]: {
		readonly kind: K;
		readonly event: number;
	} & Questions[K]["ask"];
}[Kind];

/** And its answer, or one sentence why there is none. */
export interface Reply {
	readonly answer?: unknown;
	readonly problem?: string;
}

interface Waiting {
	readonly question: Question;
	readonly done: (reply: Reply) => void;
}

/** The machine of the page's scenario. */
export class Rerun {
	private worker: Worker | null = null;
	private running: Waiting | null = null;
	private readonly waiting = new Map<Kind, Waiting>();

	constructor(
		private readonly code: string,
		private readonly start: Start,
	) {}

	/** Asks about the moment after an event (RR1). Rejects with one sentence when there is no answer. */
	async ask<K extends Kind>(
		kind: K,
		event: number,
		words: Questions[K]["ask"],
	): Promise<Questions[K]["answer"]> {
		const question = { kind, event, ...words } as unknown as Question;
		const { answer, problem } = await new Promise<Reply>((done) => {
			this.waiting.set(kind, { question, done });
			this.next();
		});
		if (problem !== undefined) throw new Error(problem);
		return answer as Questions[K]["answer"];
	}

	private next(): void {
		if (this.running !== null) return;
		for (const [kind, waiting] of this.waiting) {
			this.waiting.delete(kind);
			this.running = waiting;
			this.started().postMessage(waiting.question);
			return;
		}
	}

	private started(): Worker {
		if (this.worker !== null) return this.worker;
		const url = URL.createObjectURL(
			new Blob([this.code], { type: "text/javascript" }),
		);
		const worker = new Worker(url);
		const reply = (data: Reply): void => {
			this.running?.done(data);
			this.running = null;
			this.next();
		};
		worker.addEventListener("message", ({ data }: MessageEvent<Reply>) =>
			reply(data),
		);
		worker.addEventListener("error", ({ message }) =>
			reply({ problem: message }),
		);
		worker.postMessage(this.start);
		this.worker = worker;
		return worker;
	}
}
