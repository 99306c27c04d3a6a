import { expect } from "chai";
import { Command, type Option } from "commander";
import {
	kernelOptions,
	procOption,
	seedOption,
	sizeOptions,
	ticksOption,
} from "../../../scripts/commands/options";

/** What a command with these options makes of a line. */
function parse(options: readonly Option[], line: string): object {
	const command = new Command("x").exitOverride();
	for (const option of options) command.addOption(option);
	command.parse(line.split(" ").filter(Boolean), { from: "user" });
	return command.opts();
}

const numbers = () => [...sizeOptions(), seedOption(), ticksOption()];

describe("options of several commands", () => {
	it("are checked where they are read, at both ends of their range", () => {
		expect(
			parse(
				numbers(),
				"--memory 4G --cpus 64 --seed 4294967295 --ticks 1000000000",
			),
		).to.deep.equal({
			memory: 2 ** 32,
			cpus: 64,
			seed: 2 ** 32 - 1,
			ticks: 1e9,
		});
		for (const line of [
			"--cpus 0",
			"--cpus 65",
			"--seed 4294967296",
			"--ticks 1000000001",
		])
			expect(() => parse(numbers(), line)).to.throw(
				/^--\w+ "\d+": expected a whole number from/,
			);
	});

	it("are absent where nobody gave them, but for a list of /proc texts", () => {
		const options = [...numbers(), ...kernelOptions(), procOption(["vmstat"])];
		expect(parse(options, "")).to.deep.equal({ proc: [] });
		expect(parse(options, "--proc vmstat --proc /proc/vmstat")).to.deep.equal({
			proc: ["vmstat", "vmstat"],
		});
	});
});
