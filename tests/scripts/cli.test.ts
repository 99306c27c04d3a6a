import { expect } from "chai";
import { KernelPanic } from "../../hw/panic";
import { perform } from "./stage";

describe("the command line", () => {
	it("explains itself when nothing is asked", async () => {
		const { exitCode, out, note } = await perform([]);
		expect(exitCode).to.equal(0);
		expect(out).to.include("Usage: flagstone");
		expect(out).to.match(/Example:\n {2}\$ flagstone boot\n$/);
		expect(note).to.equal("");
	});

	it("explains each command, an example at the end", async () => {
		for (const command of ["boot", "scenarios", "help"]) {
			const { exitCode, out } = await perform(["help", command]);
			expect(exitCode).to.equal(0);
			expect(out).to.include(`Usage: flagstone ${command}`);
			expect(out.trimEnd()).to.match(/Example:\n {2}\$ flagstone .*$/);
			expect((await perform([command, "--help"])).out).to.equal(out);
		}
	});

	it("knows its version", async () => {
		expect((await perform(["--version"])).out).to.match(/^\d+\.\d+\.\d+\n$/);
	});

	it("refuses mistakes with one sentence that says what would be right", async () => {
		const cases: readonly (readonly [string[], RegExp])[] = [
			[["bot"], /^flagstone: unknown command 'bot'; did you mean boot\?\n$/],
			[["help", "bot"], /no command "bot"; did you mean boot\?\n$/],
			[["boot", "--memroy", "1M"], /'--memroy'; did you mean --memory\?\n$/],
			[["boot", "--cpus"], /argument missing\.\n$/],
			[["boot", "--cpus", "0"], /--cpus "0": expected .* from 1 to 64\.\n$/],
			[["boot", "--cpus", "two"], /expected a whole number/],
			[["boot", "--seed", "-1"], /--seed "-1": expected a whole number/],
			[["boot", "--ticks", "1.5"], /--ticks "1\.5": expected a whole number/],
			[["boot", "--memory", "lots"], /--memory "lots": expected a size such/],
			[["boot", "--proc", "slabinf"], /did you mean slabinfo\?\n$/],
			[["boot", "a", "b"], /too many arguments.*got 2\.\n$/],
			[["boot", "a", "b"], /[^.]\.\n$/],
			[["lesson.yaml"], /did you mean boot lesson\.yaml\?\n$/],
		];
		for (const [argv, sentence] of cases) {
			const { exitCode, out, note, request } = await perform(argv);
			expect(note, argv.join(" ")).to.match(sentence);
			expect(note.trimEnd()).to.not.include("\n");
			expect(exitCode).to.equal(2);
			expect(out).to.equal("");
			expect(request).to.equal(undefined);
		}
	});

	it("answers bad input with the engine's sentence and exit code 2", async () => {
		const { exitCode, note } = await perform(["boot"], () => {
			throw new Error("x.yaml, line 3, column 5: expected a number.");
		});
		expect(exitCode).to.equal(2);
		expect(note).to.equal(
			"flagstone: x.yaml, line 3, column 5: expected a number.\n",
		);
	});

	it("says that the simulated kernel panicked, exit code 1", async () => {
		const { exitCode, note } = await perform(["boot"], () => {
			throw new KernelPanic("no memory at all");
		});
		expect(exitCode).to.equal(1);
		expect(note).to.equal("Kernel panic - not syncing: no memory at all\n");
	});

	it("shows the stack of a bug", async () => {
		const { exitCode, note } = await perform(["boot"], () => {
			throw new TypeError("undefined is not a frame");
		});
		expect(exitCode).to.equal(70);
		expect(note).to.match(/^TypeError: undefined is not a frame\n +at /);
	});
});
