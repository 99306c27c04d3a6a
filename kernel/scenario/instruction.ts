// Instructions: what the steps of a scenario become.
//
//   repeat: {times: 3, steps: [alloc]}        SET    slot 0 := 3
//                                          1: TEST   slot 0, 0 left -> 4, else one less
//                                             KMALLOC ...
//                                             JUMP   1
//                                          4: ...
//
// All instructions have one shape. They never change once compiled and are shared by all tasks that run them; what
// changes while they run is in the registers of the task (interpreter.ts).

import type { CacheSpec, TaskSpec } from "../program";
import type { Amount } from "./distribution";

// Control: no request.
export const OP_SET = 1; // slot := amount
export const OP_SET_GROUP = 2; // slot := things in the group
export const OP_SET_PAGES = 7; // slot := pages of the youngest of the group
export const OP_TEST = 3; // slot 0: to target; else one less and on
export const OP_JUMP = 4; // to target
export const OP_JUMP_IF_FAILED = 5; // to target when the last allocation or search failed
export const OP_CHOOSE = 6; // to one of the targets, by weight

// Kernel memory.
export const OP_KMALLOC = 10; // amount bytes, flags gfp, into group
export const OP_FIND = 11; // slot pair := the cache called text; without one it has failed
export const OP_OBJECT = 12; // of the cache in the slot pair, flags gfp, into group
export const OP_PAGES = 13; // order amount, flags gfp, into group
export const OP_FREE = 14; // one of group, by pick
export const OP_REALLOC = 15; // one of group, by pick, to amount bytes
export const OP_CREATE = 16; // a cache by detail
export const OP_SHRINK = 17; // the cache in the slot pair
export const OP_DESTROY = 18; // the cache in the slot pair

// Memory of the task.
export const OP_MAP = 20; // amount bytes, flags protection, at, into group
export const OP_PROTECT = 21; // youngest of group, flags protection
export const OP_TOUCH = 22; // page slot of the youngest of group (or any, pick random); flags 1 to write
export const OP_READ = 23; // amount bytes into the youngest of group, or at an address
export const OP_WRITE = 24; // the same, value

// Tasks.
export const OP_SPAWN = 30; // detail
export const OP_WAIT = 31; // flags 1: for all
export const OP_SLEEP = 32; // amount ticks
export const OP_COMPUTE = 33; // amount cycles
export const OP_YIELD = 34;
export const OP_EXIT = 35; // flags code
export const OP_LOG = 36; // text, with {group} for the number of things in it
export const OP_OBSERVE = 37; // flags number of the observation

// Which of a group.
export const PICK_FIFO = 0;
export const PICK_LIFO = 1;
export const PICK_RANDOM = 2;

/** One instruction; which fields count depends on `op`. */
export class Instruction {
	/** Register: a counter, or the first of a pair that holds a cache. */
	slot = 0;
	/** Group of the task's holdings; 0 for none. */
	group = 0;
	/** Instruction to go on with. */
	target = 0;
	amount: Amount | null = null;
	value: Amount | null = null;
	/** GFP flags, protection or another small number. */
	flags = 0;
	pick = PICK_FIFO;
	/** An address, 0 for none. */
	at = 0;
	text = "";
	detail: CacheSpec | TaskSpec | null = null;
	/** Of OP_CHOOSE. */
	weights: readonly number[] = [];
	targets: readonly number[] = [];
	/** Of OP_LOG: groups that the text names. */
	groups: readonly (readonly [name: string, group: number])[] = [];

	constructor(readonly op: number) {}
}

/** What a task's steps were compiled to. */
export interface CompiledProgram {
	readonly instructions: readonly Instruction[];
	/** Registers that it needs. */
	readonly slots: number;
}
