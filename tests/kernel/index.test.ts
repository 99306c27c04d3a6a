import { expect } from "chai";
import {
	boot,
	events,
	FirstPass,
	isTrue,
	KeptEvents,
	Recording,
	type Replay,
	replayEmpty,
	replayFrom,
	replayOn,
	TraceReader,
	textSource,
} from "../../kernel";
import { recordingFolder } from "../../scripts/recording-folder";
import { LATE_FOLDER, lateTrace } from "../fixtures";

const KEPT_MAX = 1 << 26; // bytes

/** The package's names are all that is used here: what a program does that replays recordings by itself. */
describe("the package, to whoever replays recordings", function () {
	this.timeout(60_000);
	const recording = new Recording("late", recordingFolder(LATE_FOLDER));
	const text = lateTrace();

	it("reads a trace", () => {
		let allocations = 0;
		const reader: TraceReader = new TraceReader(({ kind, site }) => {
			if (kind !== events.KMALLOC) return;
			allocations++;
			expect(reader.names.text(site)).to.not.equal("");
		});
		reader.push(text);
		reader.finish();
		expect(reader.format).to.equal("trace-cmd");
		expect(reader.complaint).to.equal(null);
		expect(allocations).to.equal(reader.tally.byKind[events.KMALLOC]);
		expect(allocations).to.be.above(1000);
	});

	it("replays from a snapshot: the second pass from what the first one kept", () => {
		const snapshot = recording.snapshot("a")!;
		const results = [0, KEPT_MAX].map((keptMax) => {
			const first = new FirstPass(recording, snapshot, keptMax);
			first.push(text);
			first.finish();
			const replay = replayFrom(first, { scores: true });
			expect(replay.isKept).to.equal(keptMax > 0);
			if (replay.isKept) while (replay.playKept(1000));
			else replay.push(text);
			replay.finish();
			const score = replay.moments!.score();
			expect(isTrue(score)).to.be.a("boolean");
			const { played, failed, kernel } = replay;
			return { played, failed, score, hash: kernel.stateHash() };
		});
		expect(results[1]).to.deep.equal(results[0]);
		expect(results[0]!.played).to.be.above(38_000);
	});

	it("replays on any machine in one pass, from text or from kept events", () => {
		const kept = new KeptEvents(KEPT_MAX);
		const reader = new TraceReader((event) => kept.keep(event));
		reader.push(text);
		reader.finish();
		const machine = { memory: "256M", cpus: 2 };
		const pushed = replayOn(boot(machine));
		pushed.push(text);
		const empty = replayEmpty(null, machine);
		empty.push(text);
		const again = replayOn(boot(machine), null, null, {
			...{ reader, events: kept },
		});
		while (again.playKept(999));
		const ends = [pushed, empty, again].map((replay: Replay) => {
			replay.finish();
			const { played, failed, kernel } = replay;
			expect(kernel.check()).to.deep.equal([]);
			return { played, failed, hash: kernel.stateHash() };
		});
		expect(ends[1]).to.deep.equal(ends[0]);
		expect(ends[2]).to.deep.equal(ends[0]);
		expect(ends[0]!.played).to.equal(reader.tally.events);
	});

	it("makes a recording of texts", () => {
		const empty = new Recording(
			"none",
			textSource({ "meta/cmdline": "quiet" }),
		);
		expect(empty.snapshots).to.deep.equal([]);
		expect(() => empty.machine).to.throw(Error, /^[A-Z].*\.$/);
	});

	it("keeps to one way of a second pass", () => {
		const replay = replayOn(boot({ memory: "64M" }));
		expect(() => replay.playKept(1)).to.throw("no events were kept");
		const reader = new TraceReader(() => {});
		const kept = { reader, events: new KeptEvents(KEPT_MAX) };
		const again = replayOn(boot({ memory: "64M" }), null, null, kept);
		expect(again.playKept(1)).to.equal(false);
		expect(() => again.push(text)).to.throw("its events were kept");
	});
});
