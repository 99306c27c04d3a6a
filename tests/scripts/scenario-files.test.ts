import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { SCENARIO_SCHEMA } from "../../kernel/scenario/scenario";
import {
	DEFAULT_SCENARIO,
	loadScenario,
	parseScenario,
	shippedNames,
	shippedScenarios,
} from "../../scripts/scenario-files";

describe("scripts/scenario-files", () => {
	const complaint = (...lines: string[]): string => {
		try {
			parseScenario(`${lines.join("\n")}\n`, "test.yaml");
		} catch (error) {
			return (error as Error).message;
		}
		return "";
	};
	const head = ["name: test", "title: A test"];

	it("ships nine scenarios or more, each with a title and a lesson, the default first", () => {
		const shipped = shippedScenarios();
		expect(shipped.length).to.be.at.least(9);
		expect(shipped[0]?.name).to.equal(DEFAULT_SCENARIO);
		for (const { name, title, teaches, path } of shipped) {
			expect(path.endsWith(`${name}.yaml`)).to.equal(true);
			expect(title.length, name).to.be.within(10, 60);
			expect(teaches.length, name).to.be.above(60);
		}
		expect(new Set(shipped.map(({ title }) => title)).size).to.equal(
			shipped.length,
		);
	});

	it("every shipped scenario is called as its file, and expects something", () => {
		for (const name of shippedNames()) {
			const scenario = loadScenario(name);
			expect(scenario.name).to.equal(name);
			expect(scenario.expectations.length, name).to.be.at.least(3);
		}
	});

	it("describes every part for editors", () => {
		for (const [key, part] of Object.entries(SCENARIO_SCHEMA.properties ?? {}))
			expect(JSON.stringify(part), key).to.match(/"(description|\$ref)"/);
	});

	it("says which scenario was meant", () => {
		expect(() => loadScenario("budy")).to.throw(
			'No scenario is called "budy" (did you mean "buddy"?).',
		);
		expect(() => loadScenario("unheard-of-thing")).to.throw(
			/; there are debian-boot, .*\.$/,
		);
		expect(() => loadScenario("./nowhere.yaml")).to.throw(
			"There is no scenario file ./nowhere.yaml.",
		);
	});

	it("says file, line and column of a mistake, and what was expected", () => {
		expect(complaint(...head, "tick: 3")).to.equal(
			'test.yaml:3:1: unknown key "tick" (did you mean "ticks"?).',
		);
		expect(complaint(...head, "machine:", "  cpus: many")).to.equal(
			'test.yaml:4:9: expected a number of CPUs from 1 to 64, found "many".',
		);
		expect(
			complaint(
				...head,
				"tasks:",
				"  - name: t",
				"    steps:",
				"      - aloc: { size: 3 }",
			),
		).to.equal('test.yaml:6:9: unknown key "aloc" (did you mean "alloc"?).');
	});

	it("tells the first of several mistakes", () => {
		expect(complaint("title: 3", "name: test", "ticks: -1")).to.equal(
			"test.yaml:1:8: expected a title, found 3.",
		);
	});

	it("points into the text of an expectation, quoted or not", () => {
		expect(complaint(...head, "expect:", "  - vmstat.pgfree >> 3")).to.equal(
			'test.yaml:4:20: expected a number or a value such as vmstat.pgfree, found ">".',
		);
		expect(complaint(...head, "expect:", '  - "vmstats.x > 3"')).to.equal(
			'test.yaml:4:6: no report is called "vmstats" (did you mean "vmstat"?).',
		);
	});

	it("says what is wrong with YAML that is none", () => {
		expect(complaint("name: [1, 2")).to.match(/^test\.yaml:\d+:\d+: .+\.$/);
		expect(complaint(...head, "title: again")).to.match(
			/^test\.yaml:3:1: Map keys must be unique\.$/,
		);
		expect(complaint("")).to.equal(
			"test.yaml:1:1: expected a Flagstone scenario, found nothing.",
		);
	});

	describe("programs", () => {
		let folder: string;
		before(() => {
			folder = mkdtempSync(join(tmpdir(), "flagstone-"));
		});
		after(() => rmSync(folder, { recursive: true }));

		const write = (name: string, text: string): string => {
			const path = join(folder, name);
			writeFileSync(path, text);
			return path;
		};
		const scenario = (program: string): string =>
			write(
				"s.yaml",
				`name: test\ntitle: A test\ntasks:\n  - name: t\n    program: ${program}\n`,
			);

		it("are JavaScript or TypeScript modules beside the scenario", () => {
			write("a.js", "module.exports = function* () {};");
			write("b.ts", "export default function* (): Generator {}");
			for (const file of ["./a.js", "./b.ts"])
				expect(loadScenario(scenario(file)).tasks).to.have.length(1);
		});

		it("must exist, and export a function", () => {
			write("c.js", "module.exports = 3;");
			expect(() => loadScenario(scenario("./no.js"))).to.throw(
				/s\.yaml:5:14: there is no file .*no\.js\.$/,
			);
			expect(() => loadScenario(scenario("./c.js"))).to.throw(
				/c\.js exports no generator function as its default\.$/,
			);
		});
	});
});
