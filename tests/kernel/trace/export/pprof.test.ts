import { gunzipSync, gzipSync } from "node:zlib";
import { expect } from "chai";
import { Profile } from "pprof-format";
import { exportTrace } from "../../../../kernel/trace/export";
import { callSites } from "../../../../kernel/trace/export/call-sites";
import { spanOf } from "../../../../kernel/trace/export/span";
import type { Trace } from "../../../../kernel/trace/trace";
import { recordedTrace } from "../recorded";

/** The profile as its package reads it. */
function decoded(trace: Trace, options = {}): Profile {
	const pieces = [...exportTrace(trace, "pprof", options)] as Uint8Array[];
	const file = gzipSync(Buffer.concat(pieces));
	return Profile.decode(gunzipSync(file));
}

const text = ({ stringTable }: Profile, at: number | bigint): string =>
	stringTable.strings[Number(at)]!;

/** Names of a sample, outermost first. */
function pathOf(profile: Profile, locations: (number | bigint)[]): string[] {
	return locations
		.map((id) => {
			const location = profile.location.find((it) => it.id === id)!;
			const { functionId } = location.line[0]!;
			const found = profile.function.find((it) => it.id === functionId)!;
			return text(profile, found.name);
		})
		.reverse();
}

describe("pprof profile of a trace", () => {
	it("has the four types of heap profiles, and waste", () => {
		const profile = decoded(recordedTrace("buddy"));
		const types = profile.sampleType.map(({ type, unit }) => [
			text(profile, type),
			text(profile, unit),
		]);
		expect(types).to.deep.equal([
			["alloc_objects", "count"],
			["alloc_space", "bytes"],
			["inuse_objects", "count"],
			["inuse_space", "bytes"],
			["waste_space", "bytes"],
		]);
		expect(text(profile, profile.defaultSampleType)).to.equal("inuse_space");
		expect(text(profile, profile.periodType!.type)).to.equal("space");
	});

	it("has the numbers of the call sites", () => {
		for (const name of ["slab-life", "page-tables"]) {
			const trace = recordedTrace(name);
			const at = trace.events - 200;
			const profile = decoded(trace, { at });
			const rows = callSites(trace, spanOf(trace, { at }));
			const seen = profile.sample.map(({ locationId, value }) => ({
				path: pathOf(profile, locationId),
				values: value.map(Number),
			}));
			expect(seen).to.deep.equal(
				rows.map((row) => ({
					path: row.path,
					values: [
						...[row.totalCount, row.totalBytes, row.liveCount],
						...[row.liveBytes, row.wasteBytes],
					],
				})),
			);
		}
	});

	it("PP1: numbers things from 1, and string 0 is empty", () => {
		const profile = decoded(recordedTrace("slab-life"));
		expect(profile.stringTable.strings[0]).to.equal("");
		const { strings } = profile.stringTable;
		expect(new Set(strings).size).to.equal(strings.length);
		const ids = (list: readonly { id: number | bigint }[]): number[] =>
			list.map(({ id }) => Number(id));
		const count = profile.function.length;
		const numbers = Array.from({ length: count }, (_, at) => at + 1);
		expect(ids(profile.function)).to.deep.equal(numbers);
		expect(ids(profile.location)).to.deep.equal(numbers);
		expect(ids(profile.mapping)).to.deep.equal([1]);
		expect(profile.mapping[0]!.hasFunctions).to.equal(true);
		for (const { locationId } of profile.sample)
			for (const id of locationId) expect(Number(id)).to.be.within(1, count);
	});

	it("says which time it is about", () => {
		const trace = recordedTrace("buddy");
		const profile = decoded(trace, { from: 99, to: 1000 });
		const nanos = trace.event(1000).cycles - trace.event(100).cycles;
		expect(Number(profile.durationNanos)).to.equal(nanos);
		expect(text(profile, profile.comment[0]!)).to.equal(
			"buddy: events 100 to 1000, in use at event 1000",
		);
	});
});
