// The interpreter: runs compiled steps as a task's program, with all of its state in the task's kernel stack.
//
//   kernel stack, words from REGISTERS_BYTE on
//       0..1    2    3         4        5..6    7          8 ...
//       +------+----+---------+--------+-------+----------+--------+--------+--
//       | rng  | pc | waiting | failed | rest  |          | slot 0 | slot 1 | ...
//       +------+----+---------+--------+-------+----------+--------+--------+--
//   below: the groups of the task's holdings (holding.ts)
//
// An interpreter holds no fact of its own: made again over the same stack, it goes on where the other one stopped. So a memory image
// of a machine that runs a scenario is complete.
//
// IN1: between two calls of `next`, `waiting` is 1 if the instruction at pc has made a request whose result is to come.
// IN2: after at most BUSY_MAX instructions there is a request, so that no loop stands still in time.

import { ACCESS_WRITE } from "../../hw/mmu";
import type { Rng } from "../../hw/rng";
import { asPhys, directMap, NULL, PAGE_SIZE, pfnOf } from "../../hw/units";
import { ECHILD } from "../errno";
import {
	HELD_KMALLOC,
	HELD_MAPPING,
	HELD_OBJECT,
	HELD_PAGES,
	type Holding,
	type Holdings,
} from "../holding";
import { REGISTERS_BYTE } from "../life";
import {
	CALL_CACHE_ALLOC,
	CALL_CACHE_CREATE,
	CALL_CACHE_DESTROY,
	CALL_CACHE_FIND,
	CALL_CACHE_FREE,
	CALL_CACHE_SHRINK,
	CALL_COMPUTE,
	CALL_EXIT,
	CALL_KFREE,
	CALL_KMALLOC,
	CALL_KREALLOC,
	CALL_LOG,
	CALL_MAP,
	CALL_OBSERVE,
	CALL_PAGES_ALLOC,
	CALL_PAGES_FREE,
	CALL_PROTECT,
	CALL_READ,
	CALL_SLEEP,
	CALL_SPAWN,
	CALL_UNMAP,
	CALL_WAIT,
	CALL_WRITE,
	CALL_YIELD,
	type Program,
	type ProgramCode,
	Request,
	type Self,
} from "../program";
import {
	type CompiledProgram,
	type Instruction,
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
	PICK_LIFO,
	PICK_RANDOM,
} from "./instruction";

const REGISTERS = REGISTERS_BYTE / 4;
const PC = REGISTERS + 2;
const WAITING = REGISTERS + 3;
const FAILED = REGISTERS + 4;
const REST = REGISTERS + 5; // cycles still to compute, two words
const SLOTS = REGISTERS + 8;
/** Slots that fit into a kernel stack. */
export const SLOTS_MAX = 2000;
const BUSY_MAX = 256;
const BUSY_CYCLES = 256; // what so many instructions without a request cost
/** A counter of a loop that never falls. */
export const COUNT_MAX = 0x7fffffff;

/** Code that runs compiled steps. */
export const interpretedCode = (
	name: string,
	program: CompiledProgram,
): ProgramCode => ({
	name,
	start: (self) => new Interpreter(self, program),
});

/** One task's run through its instructions. */
export class Interpreter implements Program {
	private readonly code: readonly Instruction[];
	private readonly holdings: Holdings;
	private readonly words: Int32Array;
	private readonly rng: Rng;
	private readonly request = new Request(CALL_YIELD);
	private readonly more = { value: this.request, done: false as const };

	constructor(
		private readonly self: Self,
		program: CompiledProgram,
	) {
		this.code = program.instructions;
		this.holdings = self.holdings;
		this.words = self.words;
		this.rng = self.rng;
	}

	/** Takes the result of the last request and runs to the next one. */
	next(result: number): IteratorResult<Request, number> {
		if (this.words[WAITING] === 1) this.complete(result);
		for (let busy = 0; busy < BUSY_MAX; busy++) {
			const instruction = this.code[this.pc];
			if (instruction === undefined) return { value: 0, done: true };
			if (this.control(instruction)) continue;
			if (this.ask(instruction)) {
				this.words[WAITING] = 1;
				return this.more;
			}
			this.step();
		}
		this.send(CALL_COMPUTE, BUSY_CYCLES);
		return this.more;
	}

	// -- control -----------------------------------------------------------------

	/** Performs an instruction that needs no request; false when it needs one. */
	private control(instruction: Instruction): boolean {
		switch (instruction.op) {
			case OP_SET:
				this.setSlot(instruction.slot, this.draw(instruction));
				return this.step();
			case OP_SET_GROUP:
				this.setSlot(instruction.slot, this.groupSize(instruction.group));
				return this.step();
			case OP_SET_PAGES:
				this.setSlot(instruction.slot, this.pages(instruction.group));
				return this.step();
			case OP_TEST:
				return this.test(instruction);
			case OP_JUMP:
				return this.jump(instruction.target);
			case OP_JUMP_IF_FAILED:
				return this.words[FAILED] === 1
					? this.jump(instruction.target)
					: this.step();
			case OP_CHOOSE:
				return this.choose(instruction);
			default:
				return false;
		}
	}

	private test(instruction: Instruction): boolean {
		const left = this.slot(instruction.slot);
		if (left <= 0) return this.jump(instruction.target);
		if (left < COUNT_MAX) this.setSlot(instruction.slot, left - 1); // COUNT_MAX is forever
		return this.step();
	}

	private choose({ weights, targets }: Instruction): boolean {
		let total = 0;
		for (const weight of weights) total += weight;
		let left = this.rng.fraction() * total;
		for (let i = 0; i < weights.length; i++) {
			left -= weights[i] as number;
			if (left < 0) return this.jump(targets[i] as number);
		}
		return this.jump(targets.at(-1) as number);
	}

	private step(): boolean {
		return this.jump(this.pc + 1);
	}
	private jump(target: number): boolean {
		this.words[PC] = target;
		return true;
	}

	// -- requests ----------------------------------------------------------------

	/** Fills in the request of an instruction; false when there is nothing to ask, as with an empty group. */
	private ask(instruction: Instruction): boolean {
		const { group, flags, slot } = instruction;
		switch (instruction.op) {
			case OP_KMALLOC:
				return this.send(CALL_KMALLOC, this.draw(instruction), flags, 0, group);
			case OP_FIND:
				this.request.text = instruction.text;
				return this.send(CALL_CACHE_FIND);
			case OP_OBJECT:
				return this.send(CALL_CACHE_ALLOC, this.pair(slot), flags, 0, group);
			case OP_PAGES:
				return this.send(
					CALL_PAGES_ALLOC,
					this.draw(instruction),
					flags,
					0,
					group,
				);
			case OP_FREE:
				return this.free(instruction);
			case OP_REALLOC:
				return this.realloc(instruction);
			case OP_CREATE:
				this.request.detail = instruction.detail;
				return this.send(CALL_CACHE_CREATE);
			case OP_SHRINK:
				return this.send(CALL_CACHE_SHRINK, this.pair(slot));
			case OP_DESTROY:
				return this.send(CALL_CACHE_DESTROY, this.pair(slot));
			default:
				return this.askOwn(instruction);
		}
	}

	private askOwn(instruction: Instruction): boolean {
		const { group, flags, at } = instruction;
		switch (instruction.op) {
			case OP_MAP:
				return this.send(CALL_MAP, this.draw(instruction), flags, at, group);
			case OP_PROTECT:
				return this.protect(instruction);
			case OP_TOUCH:
				return this.touch(instruction);
			case OP_READ:
			case OP_WRITE:
				return this.access(instruction);
			case OP_SPAWN:
				this.request.detail = instruction.detail;
				return this.send(CALL_SPAWN);
			case OP_WAIT:
				return this.send(CALL_WAIT);
			case OP_SLEEP:
				return this.send(CALL_SLEEP, this.draw(instruction));
			case OP_COMPUTE:
				return this.compute(instruction);
			case OP_EXIT:
				return this.send(CALL_EXIT, flags);
			case OP_LOG:
				this.request.text = this.logText(instruction);
				return this.send(CALL_LOG);
			case OP_OBSERVE:
				return this.send(CALL_OBSERVE, flags);
			default:
				return this.send(CALL_YIELD);
		}
	}

	private send(call: number, a = 0, b = 0, c = 0, group = 0): boolean {
		const request = this.request;
		request.call = call;
		request.a = a;
		request.b = b;
		request.c = c;
		request.group = group;
		return true;
	}

	/** Takes in a result, and goes on to the next instruction unless this one is not done yet. */
	private complete(result: number): void {
		this.words[WAITING] = 0;
		const instruction = this.code[this.pc] as Instruction;
		switch (instruction.op) {
			case OP_KMALLOC:
			case OP_OBJECT:
			case OP_PAGES:
			case OP_REALLOC:
			case OP_MAP:
				this.words[FAILED] = result <= 0 ? 1 : 0;
				break;
			case OP_FIND:
				this.setPair(instruction.slot, result);
				this.words[FAILED] = result === 0 ? 1 : 0;
				break;
			case OP_WAIT:
				if (instruction.flags === 1 && result !== -ECHILD) return;
				break;
			case OP_COMPUTE:
				this.setRest(result);
				if (result > 0) return;
		}
		this.step();
	}

	// -- what is held ------------------------------------------------------------

	private free(instruction: Instruction): boolean {
		const holding = this.pick(instruction);
		if (holding === NULL) return false;
		const { holdings } = this;
		const address = holdings.address(holding);
		switch (holdings.kind(holding)) {
			case HELD_KMALLOC:
				return this.send(CALL_KFREE, address);
			case HELD_OBJECT:
				return this.send(CALL_CACHE_FREE, address);
			case HELD_PAGES:
				return this.send(CALL_PAGES_FREE, pfnOf(address));
			default:
				return this.send(CALL_UNMAP, address, this.bytes(holding));
		}
	}

	private realloc(instruction: Instruction): boolean {
		const holding = this.pick(instruction);
		if (holding === NULL || this.holdings.kind(holding) !== HELD_KMALLOC)
			return false;
		const address = this.holdings.address(holding);
		const bytes = Math.max(1, this.draw(instruction)); // 0 would free it behind the group's back
		return this.send(CALL_KREALLOC, address, bytes, instruction.flags);
	}

	private protect({ group, flags }: Instruction): boolean {
		const holding = this.youngest(group);
		if (holding === NULL || this.holdings.kind(holding) !== HELD_MAPPING)
			return false;
		const address = this.holdings.address(holding);
		return this.send(CALL_PROTECT, address, this.bytes(holding), flags);
	}

	/** One page: the next one, or any. */
	private touch({ group, slot, pick, flags }: Instruction): boolean {
		const holding = this.youngest(group);
		if (holding === NULL) return false;
		const pages = this.pagesOf(holding);
		const counted = this.slot(slot);
		this.setSlot(slot, counted + 1);
		const page = pick === PICK_RANDOM ? this.rng.below(pages) : counted % pages;
		const address = this.virtual(holding) + page * PAGE_SIZE;
		return flags === ACCESS_WRITE
			? this.send(CALL_WRITE, address, counted)
			: this.send(CALL_READ, address);
	}

	private access(instruction: Instruction): boolean {
		const holding = this.youngest(instruction.group);
		if (instruction.group !== 0 && holding === NULL) return false;
		const base = holding === NULL ? instruction.at : this.virtual(holding);
		const address = base + Math.floor(this.draw(instruction) / 4) * 4;
		if (instruction.op === OP_READ) return this.send(CALL_READ, address);
		const value = instruction.value?.(this.rng) ?? 0;
		return this.send(CALL_WRITE, address, value);
	}

	private compute(instruction: Instruction): boolean {
		const rest = this.rest();
		return this.send(CALL_COMPUTE, rest > 0 ? rest : this.draw(instruction));
	}

	/** One of a group as the instruction picks; 0 when it is empty. */
	private pick({ group, pick }: Instruction): Holding {
		const size = this.groupSize(group);
		if (size === 0) return NULL;
		if (pick === PICK_RANDOM)
			return this.holdings.groupAt(this.self.task, group, this.rng.below(size));
		if (pick === PICK_LIFO) return this.youngest(group);
		return this.holdings.groupFirst(this.self.task, group);
	}

	private youngest(group: number): Holding {
		return group === 0 ? NULL : this.holdings.groupLast(this.self.task, group);
	}
	private groupSize(group: number): number {
		return this.holdings.groupSize(this.self.task, group);
	}

	/** Pages of the youngest of a group; 0 when it is empty. */
	private pages(group: number): number {
		const holding = this.youngest(group);
		return holding === NULL ? 0 : this.pagesOf(holding);
	}
	private pagesOf(holding: Holding): number {
		const pages = this.holdings.pages(holding);
		if (pages > 0) return pages;
		return Math.max(1, Math.ceil(this.holdings.size(holding) / PAGE_SIZE));
	}
	private bytes(holding: Holding): number {
		return this.pagesOf(holding) * PAGE_SIZE;
	}
	/** Where the task sees it: kernel memory through the direct map. */
	private virtual(holding: Holding): number {
		const address = this.holdings.address(holding);
		const isMapping = this.holdings.kind(holding) === HELD_MAPPING;
		return isMapping ? address : directMap(asPhys(address));
	}

	private logText({ text, groups }: Instruction): string {
		let line = text;
		for (const [name, group] of groups)
			line = line.replaceAll(`{${name}}`, String(this.groupSize(group)));
		return line;
	}

	// -- registers ---------------------------------------------------------------

	private get pc(): number {
		return this.words[PC] as number;
	}
	private draw(instruction: Instruction): number {
		return instruction.amount?.(this.rng) ?? 0;
	}
	private slot(slot: number): number {
		return this.words[SLOTS + slot] as number;
	}
	private setSlot(slot: number, value: number): void {
		this.words[SLOTS + slot] = Math.min(value, COUNT_MAX);
	}
	private pair(slot: number): number {
		return this.number(SLOTS + slot);
	}
	private setPair(slot: number, value: number): void {
		this.setNumber(SLOTS + slot, value);
	}
	private rest(): number {
		return this.number(REST);
	}
	private setRest(cycles: number): void {
		this.setNumber(REST, cycles);
	}
	private number(word: number): number {
		const low = (this.words[word] as number) >>> 0;
		return (this.words[word + 1] as number) * 2 ** 32 + low;
	}
	private setNumber(word: number, value: number): void {
		this.words[word] = value;
		this.words[word + 1] = value / 2 ** 32;
	}
}
