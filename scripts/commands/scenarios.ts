// flagstone scenarios: what is shipped, one line each.

import { Command } from "commander";
import type { Engine } from "../engine";
import type { Host } from "../host";
import { pad, width } from "../report/text";

interface Options {
	readonly json?: true;
	readonly color: boolean;
}

/** The command, ready to be added to a program. It hands its exit code to `done`. */
export function scenariosCommand(
	engine: Engine,
	host: Host,
	done: (exitCode: number) => void,
): Command {
	return new Command("scenarios")
		.summary("list the shipped scenarios")
		.description("Lists the shipped scenarios and what each one shows.")
		.option("--json", "print the list as one JSON document")
		.option("--no-color", "no colours")
		.addHelpText("after", EXAMPLE)
		.action((options: Options) => {
			if (options.json)
				host.out(`${JSON.stringify(engine.scenarios(), null, "\t")}\n`);
			else host.out(listText(engine, host, options));
			done(0);
		});
}

const EXAMPLE = `
Example:
  $ flagstone scenarios`;

function listText(engine: Engine, host: Host, options: Options): string {
	const { paint } = host.terminal(!options.color);
	const entries = engine.scenarios();
	const names = Math.max(0, ...entries.map(({ name }) => width(name)));
	return entries
		.map(({ name, title }) => {
			const mark = name === engine.defaultScenario ? " (default)" : "";
			return `${paint.bold(pad(name, names))}  ${title}${paint.dim(mark)}\n`;
		})
		.join("");
}
