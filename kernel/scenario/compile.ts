// The compiler: steps become instructions, mistakes become problems.
//
//   - repeat:                           SET  s0 := 3
//       times: 3                     1: TEST s0 -> 8
//       steps:                          SET  s1 := draw of uniform [1, 9]
//         - alloc:                   3: TEST s1 -> 6
//             size: 64                  KMALLOC 64 -> group 1
//             count: {uniform: [1, 9]}  JUMP 3
//             as: objects            6: ...
//         - free: objects               JUMP 1
//                                    8:
//
// What the schema cannot say is checked here: that a group which is freed is filled somewhere, that GFP flags have known
// names, that an allocation says exactly one of size, cache and order. Every task has its own groups, numbered in the
// order in which the steps name them.

import { ACCESS_READ, ACCESS_WRITE } from "../../hw/mmu";
import { GFP_FLAGS, GFP_KERNEL } from "../../mm/gfp";
import { GROUP_MAX } from "../holding";
import {
	MAP_HUGE,
	PROT_EXEC,
	PROT_READ,
	PROT_WRITE,
	type TaskSpec,
} from "../program";
import { cacheSpec } from "./cache";
import {
	type Amount,
	type AmountText,
	compileAmount,
	sizeOf,
} from "./distribution";
import type {
	AccessDocument,
	AllocDocument,
	MapDocument,
	Pick,
	ReleaseDocument,
	StepDocument,
	TaskDocument,
	TouchDocument,
} from "./document";
import { type Expectation, parseExpectation } from "./expectation";
import {
	type CompiledProgram,
	Instruction,
	OP_CHOOSE,
	OP_COMPUTE,
	OP_CREATE,
	OP_DESTROY,
	OP_EXIT,
	OP_FIND,
	OP_FREE,
	OP_JUMP,
	OP_JUMP_IF_FAILED,
	OP_KMALLOC,
	OP_LOG,
	OP_MAP,
	OP_OBJECT,
	OP_OBSERVE,
	OP_PAGES,
	OP_PROTECT,
	OP_READ,
	OP_REALLOC,
	OP_SET,
	OP_SET_GROUP,
	OP_SET_PAGES,
	OP_SHRINK,
	OP_SLEEP,
	OP_SPAWN,
	OP_TEST,
	OP_TOUCH,
	OP_WAIT,
	OP_WRITE,
	OP_YIELD,
	PICK_FIFO,
	PICK_LIFO,
	PICK_RANDOM,
} from "./instruction";
import { COUNT_MAX, SLOTS_MAX } from "./interpreter";
import { didYouMean, type Path, type Problem } from "./validate";

const EVERYTHING = 10_000_000; // allocations until one fails, unless a count says less

/** What all tasks of a scenario share while they are compiled. */
export interface CompileContext {
	readonly problems: Problem[];
	/** Expectations that steps ask for, by the number of their observation. */
	readonly observations: Expectation[];
	/** Makes a task of the document, for spawn. */
	task(document: TaskDocument, path: Path): TaskSpec | null;
}

/** Compiles the steps of one task. */
export function compileSteps(
	steps: readonly StepDocument[],
	path: Path,
	context: CompileContext,
): CompiledProgram {
	const compiler = new Compiler(context);
	compiler.steps(steps, path);
	return compiler.finish(path);
}

/** True if the steps need an address space. */
export function mapsMemory(steps: readonly StepDocument[]): boolean {
	return steps.some((step) => {
		if (typeof step === "string") return false;
		if (step.map) return true;
		const inner = step.choose?.flatMap((choice) => [...choice.steps]) ?? [];
		return mapsMemory(step.repeat?.steps ?? inner);
	});
}

/** How a loop's counter begins: the instruction that sets it, and its operands. */
interface Count {
	readonly op: number;
	readonly amount?: Amount;
	readonly group?: number;
}

/** The place of a use that is checked when all steps are known. */
interface LabelUse {
	readonly name: string;
	readonly path: Path;
}

class Compiler {
	private readonly code: Instruction[] = [];
	private readonly groups = new Map<string, number>();
	private readonly filled = new Set<string>();
	private readonly uses: LabelUse[] = [];
	private readonly searches: Instruction[] = [];
	private slots = 0;

	constructor(private readonly context: CompileContext) {}

	steps(steps: readonly StepDocument[], path: Path): void {
		steps.forEach((step, index) => {
			this.step(step, [...path, index]);
		});
	}

	/** Checks what only the whole can tell, and appends what happens when a cache is not found. */
	finish(path: Path): CompiledProgram {
		const known = [...this.filled];
		for (const { name, path: at } of this.uses)
			if (!this.filled.has(name))
				this.problem(
					at,
					`nothing is called "${name}" in this task${didYouMean(name, known)}; give it a name with "as" where it is allocated or mapped`,
				);
		if (this.groups.size > GROUP_MAX)
			this.problem(path, `a task can have at most ${GROUP_MAX} names`);
		if (this.slots > SLOTS_MAX)
			this.problem(path, "the steps need more counters than a stack holds");
		this.emit(OP_EXIT);
		for (const jump of this.searches) {
			jump.target = this.code.length;
			this.emit(OP_LOG).text = `there is no cache called "${jump.text}"`;
			this.emit(OP_EXIT).flags = 1;
		}
		return { instructions: this.code, slots: this.slots };
	}

	private step(step: StepDocument, path: Path): void {
		if (step === "yield") this.emit(OP_YIELD);
		else if (step === "wait") this.emit(OP_WAIT);
		else {
			const verb = Object.keys(step)[0] as keyof typeof step;
			this.verb(step, [...path, verb]);
		}
	}

	private verb(step: Exclude<StepDocument, string>, path: Path): void {
		if (step.alloc) this.alloc(step.alloc, path);
		else if (step.free !== undefined) this.release(step.free, path);
		else if (step.unmap !== undefined) this.release(step.unmap, path);
		else if (step.realloc) this.realloc(step.realloc, path);
		else if (step.map) this.map(step.map, path);
		else if (step.protect) this.protect(step.protect, path);
		else if (step.touch !== undefined) this.touch(step.touch, path);
		else if (step.read) this.access(OP_READ, step.read, path);
		else if (step.write) this.access(OP_WRITE, step.write, path);
		else if (step.create) this.emit(OP_CREATE).detail = cacheSpec(step.create);
		else if (step.shrink !== undefined) this.onCache(OP_SHRINK, step.shrink);
		else if (step.destroy !== undefined) this.onCache(OP_DESTROY, step.destroy);
		else this.taskVerb(step, path);
	}

	private taskVerb(step: Exclude<StepDocument, string>, path: Path): void {
		if (step.repeat) this.repeat(step.repeat, path);
		else if (step.choose) this.choose(step.choose, path);
		else if (step.sleep !== undefined)
			this.emit(OP_SLEEP).amount = this.amount(step.sleep, path);
		else if (step.compute !== undefined)
			this.emit(OP_COMPUTE).amount = this.amount(step.compute, path);
		else if (step.spawn) this.spawn(step.spawn, path);
		else if (step.wait !== undefined)
			this.emit(OP_WAIT).flags = step.wait === "all" ? 1 : 0;
		else if (step.exit !== undefined) this.emit(OP_EXIT).flags = step.exit;
		else if (step.log !== undefined) this.log(step.log);
		else if (step.expect !== undefined) this.expect(step.expect, path);
	}

	// -- loops -------------------------------------------------------------------

	/** Does `body` as many times as `count` says when the loop begins. */
	private loop(count: Count, body: () => void, untilFailure = false): void {
		const slot = this.slots++;
		Object.assign(this.emit(count.op), { ...count, slot });
		const test = this.emit(OP_TEST);
		test.slot = slot;
		const start = this.code.length - 1;
		body();
		const stop = untilFailure ? this.emit(OP_JUMP_IF_FAILED) : null;
		this.emit(OP_JUMP).target = start;
		test.target = this.code.length;
		if (stop !== null) stop.target = this.code.length;
	}

	/** A body that is done `count` times: no loop for once. */
	private times(
		count: AmountText | undefined,
		path: Path,
		body: () => void,
	): void {
		if (count === undefined || count === 1) body();
		else this.loop(this.drawn(count, [...path, "count"]), body);
	}

	private repeat(
		repeat: NonNullable<Exclude<StepDocument, string>["repeat"]>,
		path: Path,
	): void {
		const count =
			repeat.times === "forever"
				? { op: OP_SET, amount: () => COUNT_MAX }
				: this.drawn(repeat.times, [...path, "times"]);
		this.loop(count, () => this.steps(repeat.steps, [...path, "steps"]));
	}

	private choose(
		choices: NonNullable<Exclude<StepDocument, string>["choose"]>,
		path: Path,
	): void {
		const choose = this.emit(OP_CHOOSE);
		const ends: Instruction[] = [];
		const targets = choices.map((choice, index) => {
			const start = this.code.length;
			this.steps(choice.steps, [...path, index, "steps"]);
			ends.push(this.emit(OP_JUMP));
			return start;
		});
		for (const end of ends) end.target = this.code.length;
		Object.assign(choose, {
			targets,
			weights: choices.map((choice) => choice.weight ?? 1),
		});
	}

	// -- kernel memory -----------------------------------------------------------

	private alloc(alloc: AllocDocument, path: Path): void {
		const kinds = ["size", "cache", "order"].filter((kind) => kind in alloc);
		if (kinds.length !== 1) {
			const found = kinds.join(" and ") || "none";
			this.problem(
				path,
				`alloc needs exactly one of size, cache and order, found ${found}`,
			);
			return;
		}
		const flags = this.gfp(alloc.gfp, path);
		const group = this.fill(alloc.as);
		const slot = alloc.cache === undefined ? 0 : this.find(alloc.cache);
		this.allocTimes(alloc, path, () => {
			const { size, order } = alloc;
			const take = this.emit(
				slot !== 0 ? OP_OBJECT : size !== undefined ? OP_KMALLOC : OP_PAGES,
			);
			if (size !== undefined)
				take.amount = this.amount(size, [...path, "size"]);
			if (order !== undefined)
				take.amount = this.amount(order, [...path, "order"]);
			Object.assign(take, { slot, flags, group });
		});
	}

	private allocTimes(
		what: AllocDocument | MapDocument,
		path: Path,
		body: () => void,
	): void {
		if (!what.until_failure) {
			this.times(what.count, path, body);
			return;
		}
		const count = what.count ?? EVERYTHING;
		this.loop(this.drawn(count, [...path, "count"]), body, true);
	}

	private release(release: ReleaseDocument, path: Path): void {
		const { what, order, count } =
			typeof release === "string"
				? { what: release, order: undefined, count: undefined }
				: release;
		const group = this.use(what, release === what ? path : [...path, "what"]);
		const times =
			count === undefined
				? { op: OP_SET_GROUP, group }
				: this.drawn(count, [...path, "count"]);
		this.loop(times, () => {
			Object.assign(this.emit(OP_FREE), { group, pick: pickOf(order) });
		});
	}

	private realloc(
		realloc: NonNullable<Exclude<StepDocument, string>["realloc"]>,
		path: Path,
	): void {
		const group = this.use(realloc.what, [...path, "what"]);
		Object.assign(this.emit(OP_REALLOC), {
			group,
			amount: this.amount(realloc.size, [...path, "size"]),
			pick: pickOf(realloc.order),
			flags: this.gfp(realloc.gfp, path),
		});
	}

	/** Emits the search for a cache; the slot pair where it will be, never 0. */
	private find(name: string): number {
		this.slots += 2 + (this.slots === 0 ? 1 : 0);
		const find = this.emit(OP_FIND);
		find.text = name;
		find.slot = this.slots - 2;
		const jump = this.emit(OP_JUMP_IF_FAILED);
		jump.text = name;
		this.searches.push(jump);
		return find.slot;
	}

	private onCache(op: number, name: string): void {
		const slot = this.find(name);
		this.emit(op).slot = slot;
	}

	// -- memory of the task ------------------------------------------------------

	private map(map: MapDocument, path: Path): void {
		const flags =
			protectionOf(map.protection ?? "rw") | (map.huge ? MAP_HUGE : 0);
		const group = this.fill(map.as);
		const at = map.at === undefined ? 0 : sizeOf(map.at);
		this.allocTimes(map, path, () => {
			const amount = this.amount(map.size, [...path, "size"]);
			Object.assign(this.emit(OP_MAP), { flags, group, at, amount });
		});
	}

	private protect(
		protect: { readonly what: string; readonly protection: string },
		path: Path,
	): void {
		Object.assign(this.emit(OP_PROTECT), {
			group: this.use(protect.what, [...path, "what"]),
			flags: protectionOf(protect.protection),
		});
	}

	private touch(touch: TouchDocument, path: Path): void {
		const whole = typeof touch === "string";
		const what = whole ? touch : touch.what;
		const group = this.use(what, whole ? path : [...path, "what"]);
		const page = this.slots++;
		this.emit(OP_SET).slot = page;
		const pages = whole ? undefined : touch.pages;
		const times =
			pages === undefined
				? { op: OP_SET_PAGES, group }
				: this.drawn(pages, [...path, "pages"]);
		this.loop(times, () => {
			Object.assign(this.emit(OP_TOUCH), {
				group,
				slot: page,
				pick: !whole && touch.order === "random" ? PICK_RANDOM : PICK_FIFO,
				flags: whole || touch.write !== false ? ACCESS_WRITE : ACCESS_READ,
			});
		});
	}

	private access(op: number, access: AccessDocument, path: Path): void {
		const { what, address, offset, value, count } = access;
		if ((what === undefined) === (address === undefined)) {
			this.problem(
				path,
				"expected exactly one of what and address in a read or a write",
			);
			return;
		}
		if (op === OP_READ && value !== undefined)
			this.problem([...path, "value"], "a read has no value");
		const group = what === undefined ? 0 : this.use(what, [...path, "what"]);
		const at = address === undefined ? 0 : sizeOf(address);
		this.times(count, path, () => {
			Object.assign(this.emit(op), {
				group,
				at,
				amount: this.amount(offset ?? 0, [...path, "offset"]),
				value: this.amount(value ?? 0, [...path, "value"]),
			});
		});
	}

	// -- tasks -------------------------------------------------------------------

	private spawn(document: TaskDocument, path: Path): void {
		const spec = this.context.task(document, path);
		if (spec === null) return;
		this.times(document.count, path, () => {
			this.emit(OP_SPAWN).detail = spec;
		});
	}

	private log(text: string): void {
		const log = this.emit(OP_LOG);
		log.text = text;
		log.groups = [...this.groups].filter(([name]) =>
			text.includes(`{${name}}`),
		);
	}

	private expect(texts: string | readonly string[], path: Path): void {
		const list = typeof texts === "string" ? [texts] : texts;
		list.forEach((text, index) => {
			const at = typeof texts === "string" ? path : [...path, index];
			const parsed = parseExpectation(text);
			if ("message" in parsed)
				this.context.problems.push({ path: at, inKey: false, ...parsed });
			else {
				const number = this.context.observations.push(parsed) - 1;
				this.emit(OP_OBSERVE).flags = number;
			}
		});
	}

	// -- words -------------------------------------------------------------------

	private emit(op: number): Instruction {
		const instruction = new Instruction(op);
		this.code.push(instruction);
		return instruction;
	}

	private group(name: string): number {
		const known = this.groups.get(name);
		if (known !== undefined) return known;
		this.groups.set(name, this.groups.size + 1);
		return this.groups.size;
	}
	private fill(name: string | undefined): number {
		if (name === undefined) return 0;
		this.filled.add(name);
		return this.group(name);
	}
	private use(name: string, path: Path): number {
		this.uses.push({ name, path });
		return this.group(name);
	}

	private amount(text: AmountText, path: Path): Amount {
		try {
			return compileAmount(text);
		} catch (error) {
			this.problem(path, (error as Error).message.replace(/\.$/, ""));
			return () => 0;
		}
	}
	private drawn(text: AmountText, path: Path): Count {
		return { op: OP_SET, amount: this.amount(text, path) };
	}

	private gfp(text: string | undefined, path: Path): number {
		if (text === undefined) return GFP_KERNEL;
		let flags = 0;
		for (const name of text.split("|")) {
			const flag = GFP_FLAGS.get(name);
			if (flag === undefined)
				this.problem(
					[...path, "gfp"],
					`no GFP flag is called "${name}"${didYouMean(name, [...GFP_FLAGS.keys()])}`,
				);
			flags |= flag ?? 0;
		}
		return flags;
	}

	private problem(path: Path, message: string): void {
		this.context.problems.push({ path, inKey: false, message });
	}
}

function pickOf(pick: Pick | undefined): number {
	if (pick === "random") return PICK_RANDOM;
	return pick === "lifo" ? PICK_LIFO : PICK_FIFO;
}

function protectionOf(text: string): number {
	if (text === "none") return 0;
	return (
		(text.includes("r") ? PROT_READ : 0) |
		(text.includes("w") ? PROT_WRITE : 0) |
		(text.includes("x") ? PROT_EXEC : 0)
	);
}
