import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { KernelPanic, panic } from "../../hw/panic";
import type { Self } from "../../kernel/program";
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

	it("is not looked for where there is no end", () => {
		expect(() => loadScenario("/dev/zero")).to.throw(
			/^\/dev\/zero is no scenario: it is longer than 16 MiB\.$/,
		);
	});

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

	it("refuses several documents, and nesting without end", () => {
		expect(complaint(...head, "---", ...head)).to.equal(
			"test.yaml:3:1: a file holds one scenario, found several documents.",
		);
		const { stackTraceLimit } = Error;
		Error.stackTraceLimit = 1; // mocha keeps whole stacks, and this one is deep a thousand times over
		const nested = complaint(`name: ${"[".repeat(1500)}`);
		Error.stackTraceLimit = stackTraceLimit;
		expect(nested).to.match(/^test\.yaml:1:\d+: nested too deeply\.$/);
	});

	it("refuses aliases that stand for nothing, for themselves, or for too much", () => {
		expect(complaint("name: *nobody")).to.equal(
			"test.yaml:1:7: there is no &nobody before *nobody.",
		);
		expect(complaint(...head, "tasks: &all [*all]")).to.equal(
			"test.yaml:3:14: *all is part of what it stands for.",
		);
		const bomb = [..."bcdefgh"].map((name, index) => {
			const below = `*${"abcdefg"[index]}`;
			return `${name}: &${name} [${Array(10).fill(below).join(", ")}]`;
		});
		expect(complaint("a: &a [x, x, x]", ...bomb)).to.equal(
			"test.yaml:1:1: aliases repeat too much of the document.",
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

		const mistake = (name: string, text: string): string => {
			write(name, text);
			const { tasks } = loadScenario(scenario(`./${name}`));
			try {
				tasks[0]?.spec.code.start({} as Self).next(0);
			} catch (error) {
				return (error as Error).message.replace(folder, "");
			}
			return "";
		};

		it("tell their mistakes in one sentence with the place", () => {
			expect(
				mistake("d.js", 'module.exports = function* () { throw Error("no") }'),
			).to.match(/d\.js:1:\d+: Error: no\.$/);
			expect(
				mistake("e.js", "module.exports = function* () {\n null.x }"),
			).to.match(/e\.js:2:\d+: TypeError: Cannot read .*\.$/);
			expect(
				mistake("f.js", "module.exports = function* () { yield }"),
			).to.match(/f\.js yields undefined, which is no request such as .*\.$/);
			expect(mistake("g.js", "module.exports = function () {}")).to.match(
				/g\.js exports a function that is no generator\.$/,
			);
		});

		it("leave a panic of the kernel what it is", () => {
			write("h.js", "module.exports = function* (self) { self.fail() }");
			const { tasks } = loadScenario(scenario("./h.js"));
			const self = { fail: () => panic("B3") } as unknown as Self;
			const program = tasks[0]?.spec.code.start(self);
			expect(() => program?.next(0)).to.throw(KernelPanic, "B3");
		});

		it("and scenarios have to be text that can be read", () => {
			const path = join(folder, "binary.yaml");
			writeFileSync(path, Buffer.from([0x6e, 0xff, 0x00, 0x80]));
			expect(() => loadScenario(path)).to.throw(
				/binary\.yaml is not UTF-8 text\.$/,
			);
			expect(() => {
				write("i.js", "module.exports = function* ({");
				loadScenario(scenario("./i.js"));
			}).to.throw(/s\.yaml:5:14: .*i\.js:\d+: SyntaxError: .*[^.]\.$/);
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
