import { expect } from "chai";
import {
	type Expectation,
	evaluate,
	type Fact,
	type FactSource,
	growthPlaces,
	parseExpectation,
} from "../../../kernel/scenario/expectation";

describe("kernel/scenario/expectation", () => {
	const facts: Record<string, readonly Fact[]> = {
		"vmstat.pgfree": [{ value: 120, whole: 0, scale: 1 }],
		"growth(vmstat.pgfree)": [{ value: 7, whole: 0, scale: 1 }],
		"meminfo.MemFree": [{ value: 40_000, whole: 64_000, scale: 1024 }],
		"meminfo.Active(anon)": [{ value: 0, whole: 64_000, scale: 1024 }],
		"slabinfo.kmalloc-64.active_objs": [{ value: 60, whole: 64, scale: 1 }],
		"slabinfo.kmalloc-64.num_objs": [{ value: 64, whole: 64, scale: 1 }],
		"task.worker.exit": [0, 3].map((value) => ({ value, whole: 0, scale: 1 })),
		"task.a.state": [{ value: "zombie", whole: 0, scale: 1 }],
	};
	const source = (damage: string[] = [], leaks: string[] = []): FactSource => ({
		look: (place) => facts[place.text] ?? `there is no ${place.text}`,
		damage: () => damage,
		leaks: () => leaks,
	});
	const parse = (text: string): Expectation => {
		const parsed = parseExpectation(text);
		if ("message" in parsed) throw new Error(parsed.message);
		return parsed;
	};
	const judge = (text: string, from = source()): string => {
		const { held, detail } = evaluate(parse(text), from);
		return held ? "held" : detail;
	};
	const complaint = (text: string): string => {
		const parsed = parseExpectation(text);
		return "message" in parsed ? `${parsed.offset}: ${parsed.message}` : "";
	};

	it("compares values with numbers, all six ways", () => {
		expect(judge("vmstat.pgfree > 100")).to.equal("held");
		expect(judge("vmstat.pgfree >= 120")).to.equal("held");
		expect(judge("vmstat.pgfree == 120")).to.equal("held");
		expect(judge("vmstat.pgfree != 7")).to.equal("held");
		expect(judge("vmstat.pgfree <= 120")).to.equal("held");
		expect(judge("100 < vmstat.pgfree")).to.equal("held");
		expect(judge("vmstat.pgfree < 120")).to.equal("vmstat.pgfree is 120");
	});

	it("compares values with values", () => {
		expect(
			judge("slabinfo.kmalloc-64.active_objs<=slabinfo.kmalloc-64.num_objs"),
		).to.equal("held");
		expect(judge("meminfo.Active(anon) > meminfo.MemFree")).to.equal(
			"meminfo.Active(anon) is 0, meminfo.MemFree is 40000",
		);
	});

	it("knows how much a counter grew", () => {
		expect(judge("growth(vmstat.pgfree) == 7")).to.equal("held");
		expect(judge("growth( vmstat.pgfree ) > 7")).to.equal(
			"growth(vmstat.pgfree) is 7",
		);
		expect(
			growthPlaces(parse("growth(vmstat.a) < growth(vmstat.b)")).map(
				({ parts }) => parts,
			),
		).to.deep.equal([
			["vmstat", "a"],
			["vmstat", "b"],
		]);
		expect(growthPlaces(parse("no leaks"))).to.deep.equal([]);
	});

	it("takes percentages of the whole, where there is one", () => {
		expect(judge("meminfo.MemFree >= 62.5%")).to.equal("held");
		expect(judge("meminfo.MemFree >= 63 %")).to.equal(
			"meminfo.MemFree is 40000",
		);
		expect(judge("slabinfo.kmalloc-64.active_objs > 90%")).to.equal("held");
		expect(judge("vmstat.pgfree > 5%")).to.equal(
			"a percentage has no meaning here",
		);
	});

	it("compares sizes as sizes", () => {
		expect(judge("meminfo.MemFree > 39M")).to.equal("held");
		expect(judge("meminfo.MemFree > 40M")).to.equal("meminfo.MemFree is 40000");
		expect(judge("meminfo.MemFree == 40000K")).to.equal("held");
		expect(judge("vmstat.pgfree < 1K")).to.equal("held");
	});

	it("asks every task of a name", () => {
		expect(judge("task.worker.exit <= 3")).to.equal("held");
		expect(judge("task.worker.exit == 0")).to.equal("task.worker.exit is 3");
		expect(judge("task.a.state == zombie")).to.equal("held");
		expect(judge("task.a.state == running")).to.equal("task.a.state is zombie");
	});

	it("passes on what the auditors and the books say", () => {
		expect(judge("audit clean")).to.equal("held");
		expect(judge("no  leaks")).to.equal("held");
		const bad = source(["B1 broken"], ["3 pages", "1 object"]);
		expect(judge("audit clean", bad)).to.equal("B1 broken");
		expect(judge("no leaks", bad)).to.equal("3 pages; 1 object");
	});

	it("does not hold when there is no such value", () => {
		expect(judge("vmstat.pgfoo > 1")).to.equal("there is no vmstat.pgfoo");
	});

	it("says where a text goes wrong and what was expected", () => {
		expect(complaint("vmstat.pgfree")).to.equal(
			"13: expected a comparison (==, !=, <, <=, > or >=), found the end",
		);
		expect(complaint("vmstat.pgfree => 3")).to.equal(
			'14: expected a comparison (==, !=, <, <=, > or >=), found "=>"',
		);
		expect(complaint("vmstat.pgfree >")).to.equal(
			"15: expected a number or a value such as vmstat.pgfree, found the end",
		);
		expect(complaint("vmstat.pgfree > 3 apples")).to.equal(
			'18: expected the end, found "apples"',
		);
		expect(complaint("vmstat > 3")).to.equal(
			'0: expected a name behind "vmstat", such as vmstat.pgfree',
		);
		expect(complaint("vmstats.pgfree > 3")).to.equal(
			'0: no report is called "vmstats" (did you mean "vmstat"?)',
		);
		expect(complaint("weather.rain > 3")).to.match(
			/known are buddyinfo, .*machine$/,
		);
		expect(complaint("growth(vmstat.pgfree > 3")).to.equal(
			'21: expected ")", found ">"',
		);
		expect(complaint("growth(task.a.exit) > 3")).to.equal(
			'7: growth() knows only the reports of /proc, not "task"',
		);
		expect(complaint("")).to.match(/^0: expected a number/);
	});
});
