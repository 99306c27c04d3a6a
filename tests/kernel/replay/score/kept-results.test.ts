// The kept results stay true: what is among the fixtures is replayed again.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { expect } from "chai";
import {
	type FidelityRow,
	fidelityRow,
} from "../../../../kernel/replay/score/fidelity";
import type { Score } from "../../../../kernel/replay/score/score";
import { noProgress } from "../../../../scripts/progress";
import { runReplay } from "../../../../scripts/replay-run";
import { RECORDINGS } from "../reading/support";

const FIXTURES = join(__dirname, "..", "..", "..", "fixtures");
const KEPT: readonly FidelityRow[] = JSON.parse(
	readFileSync(join(FIXTURES, "fidelity.json"), "utf8"),
);

/** A recording, replayed and compared. */
async function scoreOf(
	name: string,
	trace: string,
	folder = join(FIXTURES, "recordings"),
): Promise<Score | null> {
	const compare = join(folder, name);
	const { score } = await runReplay(
		{
			...{ files: [join(compare, trace)], compare, from: null, flavour: null },
			...{ memoryBytes: null, cpus: null, seed: null },
			...{ commandLine: null, policy: null, proc: [], trace: null },
		},
		{ stdin: Readable.from([]), progress: noProgress, print: () => {} },
	);
	return score;
}

describe("the kept results of replays", function () {
	this.timeout(60_000);
	for (const [name, trace] of [
		["m1-boot-256m", "trace.txt.gz"],
		["s5-tracecmd-small-2cpu", "report.txt.gz"],
	] as const)
		it(`are what ${name} scores now`, async () => {
			const score = await scoreOf(name, trace);
			const kept = KEPT.find(({ recording }) => recording === name);
			expect(
				JSON.parse(JSON.stringify(fidelityRow(score as Score))),
			).to.deep.equal(kept);
		});

	for (const [name, equal, apart] of [
		["s1-pipes-late-hashed", 0.998, null],
		["s3-small-late-nohashopt", 1, 0.11],
	] as const)
		it(`judge of ${name} what a running machine's recording can tell`, async function () {
			if (!existsSync(join(RECORDINGS, name))) this.skip();
			const score = await scoreOf(name, "trace.txt.gz", RECORDINGS);
			const found = new Map(score?.aims.map((aim) => [aim.name, aim]));
			expect(found.get("geometry")?.found).to.be.at.least(equal);
			expect(found.get("slabs held")?.reached).to.equal(true);
			expect(score?.slabinfo).to.have.length(3);
			expect(found.get("free pages")?.reached).to.equal(null);
			const newSlabs = found.get("new slabs")?.found;
			if (apart === null) expect(newSlabs).to.equal(null);
			else expect(newSlabs).to.be.at.most(apart);
		});

	it("give every movable page of a boot exactly the recorded frame", async () => {
		const score = await scoreOf("m1-boot-256m", "trace.txt.gz");
		const movable = score?.allocations?.types.find(
			({ type }) => type === "Movable",
		);
		expect([movable?.count, movable?.share]).to.deep.equal([721, 1]);
	});
});
