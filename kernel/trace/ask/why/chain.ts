// An explanation: sentences in the order in which one thing led to the next, each with the numbers that decided it.
//
//   title    buddy_give: 16 pages at frame 4112 merge to order 6
//   chain    sentence (event 812)   free list of order 4 ...         { order: 4, blocks: 0 }
//            sentence               ...
//
// CH1: a chain has at least one sentence, and no sentence is empty.
// CH2: all of it is plain data.

/** Beginnings that are no names: they get a capital letter. */
const WORD = /^(?:somebody|no task|boot|pid) /;

/** One reason. */
export interface Step {
	/** The event that the sentence is about; null for a fact of the moment. */
	readonly event: number | null;
	readonly sentence: string;
	/** The numbers in the sentence, and others that decided, by name. */
	readonly numbers: Readonly<Record<string, number>>;
}

/** Why an event happened as it did. */
export interface Explanation {
	readonly event: number;
	/** Name of the event's code. */
	readonly name: string;
	readonly title: string;
	readonly chain: readonly Step[];
}

/** A chain that is being put together. */
export class Chain {
	readonly steps: Step[] = [];

	/** Adds a sentence about an event, or, with null, about the state of the machine. */
	say(
		event: number | null,
		sentence: string,
		numbers: Readonly<Record<string, number>> = {},
	): void {
		const isWord = WORD.test(sentence);
		const first = isWord ? sentence.charAt(0).toUpperCase() : "";
		const text = isWord ? first + sentence.slice(1) : sentence;
		this.steps.push({ event, sentence: text, numbers });
	}
}
