// Jiffies: when the timer of a recorded CPU ticked, told by the callbacks of RCU, which run when it does.
//
//   rcu_do_batch frees       ||||      |||||       ||||                   |||
//   ticks                 0  1         2           3          4           5       nanoseconds: every 4 ms in their rhythm
//                         0  1         2           3          4           5       a clock that counts events: with each burst,
//                                                                                 and where they are far apart in between
//
// A burst may come late, behind another interrupt, but never early: the rhythm is that of the earliest ones.
//
// JF1: the number of a tick never falls.

const PERIOD = 4_000_000; // ns: HZ is 250
const EARLY = PERIOD / 8; // a burst so far off the rhythm says nothing of it
const DRIFT = 0.02; // share of a delay that is believed to be the rhythm's
const STRAYS = 8; // bursts in a row off the rhythm make a new one
const BURST_EVENTS = 200; // bursts that follow so close belong to one tick, where the clock counts events
const PERIOD_EVENTS = 1200; // between two ticks, to begin with
const LATE = 1.5; // periods after which a tick without callbacks is supposed
const WEIGHT = 1 / 8; // of the last period

/** The ticks of one CPU. */
export class Jiffies {
	/** Ticks since the first event. */
	now = 0;
	private edge = 0; // time of the tick with the number `base`
	private base = 0;
	private strays = STRAYS; // the first burst begins the rhythm
	private period = PERIOD_EVENTS;
	private lastBurst = Number.NEGATIVE_INFINITY;

	constructor(private readonly clock: "nanoseconds" | "count") {}

	/** An event happened at `time`. Returns whether the CPU ticked since the one before. */
	advance(time: number): boolean {
		if (this.clock === "count") return this.advanceCount(time);
		const past = Math.floor((time - this.edge) / PERIOD) + this.base;
		if (past <= this.now) return false;
		this.now = past;
		return true;
	}

	/** Callbacks begin to run at `time`. Returns whether the CPU ticked since the last event. */
	burst(time: number): boolean {
		if (this.clock === "count") return this.burstCount(time);
		const nearest = Math.round((time - this.edge) / PERIOD);
		const late = time - this.edge - nearest * PERIOD;
		if (late > -EARLY && late < EARLY) {
			this.strays = 0;
			this.edge += late < 0 ? late : late * DRIFT;
		} else if (++this.strays > STRAYS) {
			this.strays = 0;
			this.base = late < 0 ? this.now + 1 : this.now; // this tick may be counted already
			this.edge = time;
		}
		return this.advance(time);
	}

	private advanceCount(time: number): boolean {
		if (time - this.edge < LATE * this.period) return false;
		this.edge += this.period;
		if (time - this.edge > this.period) this.edge = time; // others' events
		this.now++;
		return true;
	}

	private burstCount(time: number): boolean {
		const since = time - this.lastBurst;
		this.lastBurst = time;
		if (since <= BURST_EVENTS) return false;
		if (since < 2 * LATE * this.period)
			this.period += (since - this.period) * WEIGHT;
		this.edge = time;
		this.now++;
		return true;
	}
}
