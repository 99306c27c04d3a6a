// The events of the large recordings beside the checkout, read once, and whole replays of their pages.

import type { Kernel } from "../../../../kernel/kernel";
import { layGround } from "../../../../kernel/replay/ground";
import { PageAnswers } from "../../../../kernel/replay/pages/answers";
import { fillGround } from "../../../../kernel/replay/pages/fill";
import {
	type PagePlan,
	type PlanOptions,
	planPages,
} from "../../../../kernel/replay/pages/plan";
import { PagePlayer } from "../../../../kernel/replay/pages/player";
import { PageSurvey } from "../../../../kernel/replay/pages/survey";
import { KmemEvent } from "../../../../kernel/replay/reading/event";
import {
	type EventSink,
	TraceReader,
} from "../../../../kernel/replay/reading/trace-reader";
import type { Recording } from "../../../../kernel/replay/snapshot/recording";
import { mainTrace, traceNames, traceRecording } from "../snapshot/traces";

/** Whole name of the recording whose name begins like this; undefined when it is not there. */
export const fullName = (short: string): string | undefined =>
	traceNames().find((name) => name.startsWith(`${short}-`) || name === short);

/** A recording, and what its first pass saw. */
export interface Surveyed {
	readonly recording: Recording;
	readonly survey: PageSurvey;
	readonly reader: TraceReader;
	readonly bytes: Uint8Array;
}

/** The first pass over a recording. */
export function surveyed(name: string): Surveyed {
	const recording = traceRecording(name);
	const bytes = mainTrace(name);
	let ordinal = 0;
	const sink: EventSink = (event) => survey.event(event, ordinal++);
	const reader: TraceReader = new TraceReader(sink);
	const survey = new PageSurvey(reader.names);
	reader.push(bytes);
	reader.finish();
	return { recording, survey, reader, bytes };
}

/** What a replay of the pages of a recording comes to. */
export interface Played {
	readonly kernel: Kernel;
	readonly plan: PagePlan;
	readonly player: PagePlayer;
	readonly answers: PageAnswers;
	/** What the auditors said of the filled ground. */
	readonly complaints: readonly string[];
}

/** Plays the pages of a recording, those of its slabs included. */
export function playPages(
	{ recording, survey, reader }: Surveyed,
	options: PlanOptions,
): Played {
	const plan = planPages(survey, recording, options);
	const flags = plan.snapshot.flags!;
	const { kernel } = layGround(recording, flags, {
		recorder: { records: 1 << 12 },
	});
	const frames = fillGround(kernel, plan.start, flags, { withSlabs: true });
	const complaints = kernel.check();
	const answers = new PageAnswers(kernel);
	const player = new PagePlayer(kernel, {
		plan,
		names: reader.names,
		frames,
		slabPages: "requests",
		answers,
	});
	const event = new KmemEvent();
	const { log } = survey;
	for (let at = 0; at < log.length; at++)
		player.event(event, log.ordinal(at), false);
	player.finish();
	return { kernel, plan, player, answers, complaints };
}
