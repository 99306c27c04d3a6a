// Work that would hold up the play head: it waits until the play head rests.
//
//   move  move  move ........ rest --> work
//
// RS1: of works that were asked for while the play head moved only the last is done.

const REST = 160; // milliseconds without a move
const QUICK = 5; // milliseconds that work may take and still be done with every picture

/** Works that are put off, each time the next one comes. */
export class Resting {
	private timer = 0;

	/** Does the work when nothing else was asked for in a while. */
	afterwards(work: () => void): void {
		this.cancel();
		this.timer = window.setTimeout(work, REST);
	}

	cancel(): void {
		clearTimeout(this.timer);
	}
}

/** Work that is done at once as long as it is quick. */
export class Rest {
	private readonly resting = new Resting();
	private took = 0;

	/** Does the work now or at rest; returns whether it is done. */
	when(work: () => void): boolean {
		this.resting.cancel();
		if (this.took <= QUICK) {
			this.run(work);
			return true;
		}
		this.resting.afterwards(() => this.run(work));
		return false;
	}

	private run(work: () => void): void {
		const began = performance.now();
		work();
		this.took = performance.now() - began;
	}
}
