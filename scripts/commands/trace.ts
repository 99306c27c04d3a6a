// flagstone trace FILE QUESTION ...: asks a trace what happened.
//
//   FILE --> reader --> Trace --> question --> text, or one JSON document      stdout
//                                 what is missing from the file                stderr
//   exit  0 answered | 2 no trace, a damaged or later one, what there is not, bad usage
//
// The question is a command of its own behind the file, with its own options and help, so the words are cut in two first:
// the file and the question are the first two that are no options.
//
// TR1: a file that was cut short is answered as far as it goes, with a word on stderr; one that is damaged in its middle only
//      with --salvage.

import { Argument, Command, Option } from "commander";
import { parseMoment } from "../../kernel/trace/moment";
import { Trace } from "../../kernel/trace/trace";
import type { Host } from "../host";
import { pad } from "../report/text";
import { inFile, lossesOf, openWhole } from "../trace-file";
import { oneOf, UsageError } from "../usage";
import type { Answering, Question } from "./trace-question";
import { QUESTIONS, taskProc } from "./trace-questions";

const DEFAULT_QUESTION = "summary";
const NAME_COLUMNS = 18;

/** The command, ready to be added to a program. It hands its exit code to `done`. */
export function traceCommand(
	host: Host,
	done: (exitCode: number) => void,
): Command {
	const command = new Command("trace");
	return command
		.summary("ask a trace what happened")
		.description(
			"Asks a recorded trace about frames, objects, caches, tasks and moments.",
		)
		.usage("FILE QUESTION [options]")
		.argument("[words...]", "the file, the question and what belongs to it")
		.allowUnknownOption()
		.helpOption(false)
		.addHelpText("after", `\n${QUESTION_WORDS}`)
		.action((words: readonly string[]) => {
			ask(words, command, host);
			done(0);
		});
}

const QUESTION_WORDS = `Questions (each has its own --help):
${QUESTIONS.map((question) => `  ${pad(usageOf(question), NAME_COLUMNS)}${question.summary}`).join("\n")}

Moments, for --at, --from and --to:
  1234              after event 1234; events are numbered from 0
  tick:20           before the first event of tick 20
  stage:smp_init    when this stage of boot has ended
  start, end        before the first event, after the last one

Example:
  $ flagstone trace buddy.trace frame 1234`;

function usageOf({ name, subject, second }: Question): string {
	const words = [subject, second].flatMap((each) => each?.[0] ?? []);
	return [name, ...words.map((word) => word.toUpperCase())].join(" ");
}

function ask(words: readonly string[], command: Command, host: Host): void {
	const { file, name, rest } = cut(words);
	const wantsHelp = rest.includes("--help") || rest.includes("-h");
	if (wantsHelp && name === null) {
		command.outputHelp();
		return;
	}
	if (file === null && !wantsHelp)
		throw new UsageError(
			"trace needs a file to ask, such as: flagstone trace buddy.trace summary.",
		);
	const question = questionOf(name ?? DEFAULT_QUESTION);
	const asking = questionCommand(question, (subjects, options) =>
		answer(file as string, question, subjects, options, host),
	);
	asking.exitOverride().configureOutput({
		writeOut: (text) => host.out(text),
		writeErr: () => {},
	});
	asking.parse(rest, { from: "user" });
}

interface Cut {
	readonly file: string | null;
	/** The question; null when only a file is named. */
	readonly name: string | null;
	/** Everything else, in order. */
	readonly rest: readonly string[];
}

/** Options that take the next word. */
const TAKES_WORD =
	/^(--(at|from|to|kind|frame|cache|task|limit|by|sort|format|output|lifetimes)|-o)$/;

function cut(words: readonly string[]): Cut {
	const plain = words.flatMap((word, at) => {
		const isValue = TAKES_WORD.test(words[at - 1] ?? "");
		return isValue || word.startsWith("-") ? [] : [at];
	});
	const [first = -1, second = -1] = plain;
	const one = words[first] ?? null;
	const isHelp = words.some((word) => word === "--help" || word === "-h");
	// `trace frame --help` asks about a question and has no file
	if (isHelp && second < 0 && isQuestion(one))
		return { file: null, name: one, rest: without(words, [first]) };
	return {
		file: one,
		name: words[second] ?? null,
		rest: without(words, [first, second]),
	};
}

const isQuestion = (word: string | null): boolean =>
	QUESTIONS.some(({ name }) => name === word);

const without = (
	words: readonly string[],
	places: readonly number[],
): string[] => words.filter((_, at) => !places.includes(at));

function questionOf(word: string): Question {
	const own = taskProc(word);
	if (own !== null) return own;
	const names = QUESTIONS.map(({ name }) => name);
	const name = oneOf("question", word, names);
	return QUESTIONS.find((each) => each.name === name) as Question;
}

function questionCommand(
	question: Question,
	run: (subjects: readonly string[], options: Answering) => void,
): Command {
	const { name, subject, second, summary, example } = question;
	const command = new Command(`flagstone trace FILE ${name}`)
		.description(`${summary[0]?.toUpperCase()}${summary.slice(1)}.`)
		.addHelpText("after", `\nExample:\n  $ flagstone trace FILE ${example}`);
	const subjects = [subject, second].filter((each) => each !== undefined);
	for (const [word, what] of subjects)
		command.addArgument(new Argument(`<${word}>`, what));
	for (const option of optionsOf(question)) command.addOption(option);
	return command.action((...given: unknown[]) => {
		const words = given.slice(0, subjects.length) as string[];
		run(words, given[subjects.length] as Answering);
	});
}

function optionsOf({ hasMoment, options }: Question): Option[] {
	const moment = new Option(
		"--at <moment>",
		"an event, tick:N, stage:NAME, start or end",
	).default("end");
	return [
		...(hasMoment ? [moment] : []),
		...(options?.() ?? []),
		new Option("--json", "print the answer as one JSON document"),
		new Option("--salvage", "read what is left of a damaged trace"),
		new Option("--no-color", "no colours"),
	];
}

function answer(
	file: string,
	question: Question,
	subjects: readonly string[],
	options: Answering,
	host: Host,
): void {
	const open = openWhole(file, options.salvage === true); // TR1
	try {
		const trace = new Trace(open.trace);
		host.note(lossesOf(file, open.trace));
		const at = question.hasMoment ? (options.at ?? "end") : "end";
		const moment = parseMoment(at, trace);
		const terminal = host.terminal(!options.color);
		const [subject = "", second = ""] = subjects;
		question.answer({
			...{ file, trace, subject, second, moment },
			...{ options, terminal, host },
		});
	} catch (error) {
		throw inFile(file, error);
	} finally {
		open.close();
	}
}
