import { expect } from "chai";
import { readScenario } from "../../../kernel/scenario/scenario";
import { problemsOf, runTasks, scenarioOf } from "./support";

describe("kernel/scenario/scenario", () => {
	it("fills in what a short document leaves out", () => {
		const scenario = scenarioOf({});
		expect(scenario.machine).to.deep.equal({
			memoryBytes: 64 * 1024 * 1024,
			map: null,
			image: null,
			reserved: [],
			cpus: 1,
			seed: 1,
		});
		expect(scenario.ticks).to.equal(1000);
		expect(scenario.commandLine).to.equal("");
		expect(scenario.tasks).to.deep.equal([]);
	});

	it("reads a firmware map and a kernel image, whose ends are their last bytes", () => {
		const { machine } = scenarioOf({
			machine: {
				map: ["0x0-0x9fbff usable", "0xf0000-0xfffff reserved"],
				image: {
					code: "0x1000-0x1d31",
					rodata: "0x2000-0x2fff",
					data: "0x3000-0x3fff",
					init: "0x4000-0x4fff",
					bss: "0x5000-0x5fff",
				},
			},
		});
		expect(machine.memoryBytes).to.equal(null);
		expect(machine.map).to.deep.equal([
			{ start: 0, end: 0x9fc00, type: "usable" },
			{ start: 0xf0000, end: 0x100000, type: "reserved" },
		]);
		expect(machine.image?.code).to.deep.equal({ start: 0x1000, bytes: 0xd32 });
	});

	it("refuses memory beside a map", () => {
		expect(
			problemsOf({ machine: { memory: "1M", map: ["0x0-0xfff usable"] } }),
		).to.deep.equal([
			"machine.memory: a machine has either memory or a map, not both",
		]);
	});

	it("refuses what no machine can be, at its place", () => {
		expect(problemsOf({ machine: { memory: "3K" } })).to.deep.equal([
			"machine.memory: Memory size 3072 bytes is not a whole number of 4 KiB pages",
		]);
		expect(problemsOf({ machine: { memory: 0 } })[0]).to.match(
			/^machine\.memory: /,
		);
		const map = ["0x0-0x1ffffff usable", "0x1000000-0x2ffffff usable"];
		expect(problemsOf({ machine: { map } })).to.deep.equal([
			"machine.map: Memory map: ranges 0x0-0x1ffffff and 0x1000000-0x2ffffff overlap",
		]);
	});

	it("makes a process of a task that maps memory, and a thread of others", () => {
		const kinds = (task: object): boolean | undefined =>
			scenarioOf({ tasks: [{ name: "t", ...task }] }).tasks[0]?.spec
				.kernelThread;
		expect(kinds({ steps: [] })).to.equal(true);
		expect(kinds({ steps: [{ map: { size: 1 } }] })).to.equal(false);
		expect(kinds({ kind: "process", steps: [] })).to.equal(false);
		expect(
			problemsOf({
				tasks: [{ name: "t", kind: "thread", steps: [{ map: { size: 1 } }] }],
			}),
		).to.deep.equal([
			'tasks.0.kind: task "t" maps memory, which a thread of the kernel cannot',
		]);
	});

	it("wants steps or a program for each task, and CPUs that exist", () => {
		expect(problemsOf({ tasks: [{ name: "t" }] })).to.deep.equal([
			'tasks.0: task "t" needs steps or a program, and not both',
		]);
		expect(
			problemsOf({ tasks: [{ name: "t", cpu: 1, steps: [] }] }),
		).to.deep.equal([
			"tasks.0.cpu: there is no CPU 1: the machine has CPUs 0 to 0",
		]);
	});

	it("loads programs through whoever has files", () => {
		const document = {
			name: "x",
			title: "x",
			tasks: [{ name: "t", program: "./p.js" }],
		};
		const asked: string[] = [];
		const read = readScenario(document, (path) => {
			asked.push(path);
			return function* () {};
		});
		expect("problems" in read).to.equal(false);
		expect(asked).to.deep.equal(["./p.js"]);
		expect(problemsOf({ tasks: document.tasks })).to.deep.equal([
			"tasks.0.program: programs cannot be loaded here",
		]);
		const failed = readScenario(document, () => {
			throw new Error("There is no such file.");
		});
		expect("problems" in failed && failed.problems[0]?.message).to.equal(
			"There is no such file",
		);
	});

	it("collects the children that steps spawn", () => {
		const scenario = scenarioOf({
			tasks: [
				{
					name: "t",
					steps: [
						{
							spawn: {
								name: "a",
								steps: [{ spawn: { name: "b", steps: [] } }],
							},
						},
					],
				},
			],
		});
		expect(scenario.children.map(({ name }) => name).sort()).to.deep.equal([
			"a",
			"b",
		]);
	});

	it("has expectations of the end and of steps", () => {
		const scenario = scenarioOf({
			expect: ["no leaks"],
			tasks: [{ name: "t", steps: [{ expect: "vmstat.a > 1" }] }],
		});
		expect(scenario.expectations.map(({ text }) => text)).to.deep.equal([
			"no leaks",
		]);
		expect(scenario.observations.map(({ text }) => text)).to.deep.equal([
			"vmstat.a > 1",
		]);
		expect(problemsOf({ expect: ["leaks"] })[0]).to.match(
			/^expect\.0: expected/,
		);
	});

	it("starts as many tasks as it says", () => {
		const { world } = runTasks({
			tasks: [{ name: "t", count: 4, steps: [{ log: "here" }] }],
		});
		expect(world.lines).to.have.length(4);
	});
});
