import { expect } from "chai";
import { callSites } from "../../../../kernel/trace/export/call-sites";
import { spanOf } from "../../../../kernel/trace/export/span";
import { recordedTrace, tracedWork } from "../recorded";
import { exported } from "./support";

const UNITS = [
	...["bytes", "none", "nanoseconds", "microseconds"],
	...["milliseconds", "seconds"],
];

interface Profile {
	readonly type: string;
	readonly name: string;
	readonly unit: string;
	readonly startValue: number;
	readonly endValue: number;
	readonly samples: number[][];
	readonly weights: number[];
}

interface SpeedscopeFile {
	readonly $schema: string;
	readonly name: string;
	readonly exporter: string;
	readonly activeProfileIndex: number;
	readonly shared: { readonly frames: { readonly name: string }[] };
	readonly profiles: Profile[];
}

/** What breaks the rules of the published schema. */
function problems(file: SpeedscopeFile): string[] {
	const found: string[] = [];
	const must = (holds: boolean, what: string): void => {
		if (!holds) found.push(what);
	};
	const keys = ["$schema", "name", "exporter", "activeProfileIndex"];
	const known = new Set([...keys, "shared", "profiles"]);
	for (const key of Object.keys(file)) must(known.has(key), `key ${key}`);
	must(
		file.$schema === "https://www.speedscope.app/file-format-schema.json",
		"$schema",
	);
	const { frames } = file.shared;
	for (const frame of frames)
		must(typeof frame.name === "string" && frame.name !== "", "frame");
	must(new Set(frames.map(({ name }) => name)).size === frames.length, "twice");
	must(file.activeProfileIndex in file.profiles, "activeProfileIndex");
	for (const profile of file.profiles) {
		const { name, samples, weights } = profile;
		must(profile.type === "sampled", `type of ${name}`);
		must(UNITS.includes(profile.unit), `unit of ${name}`);
		must(samples.length === weights.length, `lengths of ${name}`);
		must(
			weights.every((it) => Number.isFinite(it) && it > 0),
			`weights of ${name}`,
		);
		const sum = weights.reduce((total, it) => total + it, 0);
		must(profile.endValue - profile.startValue === sum, `end of ${name}`);
		must(
			samples.every(
				(stack) => stack.length > 0 && stack.every((at) => at in frames),
			),
			`stacks of ${name}`,
		);
	}
	return found;
}

describe("speedscope file of a trace", () => {
	for (const name of ["buddy", "slab-life", "page-tables", "debian-boot"])
		it(`SS1, SS2: ${name} follows the schema`, function () {
			this.timeout(60_000);
			const trace = recordedTrace(name);
			const file = JSON.parse(exported(trace, "speedscope"));
			expect(problems(file)).to.deep.equal([]);
		});

	it("follows the schema when there is nothing to show", () => {
		const file = JSON.parse(
			exported(recordedTrace("buddy"), "speedscope", { at: -1 }),
		);
		expect(problems(file)).to.deep.equal([]);
		expect(file.profiles[0].endValue).to.equal(0);
	});

	it("has four profiles with the numbers of the call sites", () => {
		const trace = recordedTrace("slab-life");
		const at = 900;
		const file: SpeedscopeFile = JSON.parse(
			exported(trace, "speedscope", { at }),
		);
		const rows = callSites(trace, spanOf(trace, { at }));
		const sums = [
			rows.map((row) => row.liveBytes),
			rows.map((row) => row.totalBytes),
			rows.map((row) => row.totalCount),
			rows.map((row) => row.wasteBytes),
		].map((values) => values.reduce((sum, value) => sum + value, 0));
		expect(file.profiles.map(({ endValue }) => endValue)).to.deep.equal(sums);
		expect(file.profiles.map(({ name }) => name)).to.deep.equal([
			...["live bytes", "total bytes", "allocations", "waste bytes"],
		]);
		const { frames } = file.shared;
		const stacks = file.profiles[1]!.samples.map((stack) =>
			stack.map((frame) => frames[frame]!.name).join(" > "),
		);
		expect(stacks).to.deep.equal(rows.map(({ path }) => path.join(" > ")));
		expect(stacks.some((stack) => stack.startsWith("biologist > "))).to.equal(
			true,
		);
	});

	it("survives names that JSON has to quote", () => {
		const trace = tracedWork({ memory: "16M" }, (kernel) => {
			kernel.createCache({ name: 'a "b" \\c', size: 700 }).alloc(0xcc0);
		});
		const file: SpeedscopeFile = JSON.parse(exported(trace, "speedscope"));
		expect(file.shared.frames.map(({ name }) => name)).to.include('a "b" \\c');
	});
});
