// CPUs among themselves: making others forget translations, and making them stand still.
//
//   mailbox of a CPU, 8 words
//   word   0      1        2         3      4 .. 5        6 .. 7
//       +------+--------+---------+------+------------+------------+
//       | lock | seated | request | asid | first page | last page  |
//       +------+--------+---------+------+------------+------------+
//
//   sender                                  target
//   lock, write, store request   ------->   poll: does it, stores 0
//   wait until request is 0      <-------
//   unlock
//
// One host thread that gives the CPUs turns does the work for all of them: nobody else runs meanwhile. Where CPUs are
// threads, a CPU that somebody sits at is asked through its mailbox and answers at its next poll; one that nobody sits at
// is served by whoever asks, under its mailbox lock, so that nobody can sit down meanwhile.
//
// To flush the slabs of others, all others are stopped: each stands still in its poll, where it is in the middle of nothing,
// and its words may be touched until it is let go.
//
// J1: a flush returns when no CPU has the translations any more. J2: whoever waits for an answer answers others meanwhile.
// J3: stopping and draining may fail, because a CPU that does not poll cannot be asked; a flush waits for it.
// J4: whoever flushes may hold the lock of an address space, and a CPU that waits for a lock does not answer: so a space
// is changed by one CPU at a time, that of its task.
// J5: a CPU that holds another's mailbox does not stand still: whoever stops them all needs that mailbox next.
// [kernel/smp.c smp_call_function_many; arch/x86/mm/tlb.c flush_tlb_mm_range; kernel/stop_machine.c]

import { COST_IPI, COST_TLB_FLUSH, COST_TLB_FLUSH_PAGE } from "../hw/costs";
import type { Cpu } from "../hw/cpu";
import type { Machine } from "../hw/machine";
import type { Tlb } from "../hw/tlb";
import {
	asVirt,
	PAGE_SIZE,
	readLong,
	type VirtAddr,
	writeLong,
} from "../hw/units";
import type { TlbShootdown } from "../mm/address-space";
import type { PageAllocator } from "../mm/page-allocator";

const LOCK = 0;
const SEATED = 1;
const REQUEST = 2;
const ASID = 3;
const FIRST = 4;
const LAST = 6;

// Requests; 0 is none.
const FLUSH_RANGE = 1;
const FLUSH_SPACE = 2;
const DRAIN = 3;
const STOP = 4;
const STOPPED = 5; // the target's answer to STOP: it stands still until the word is 0

const LOOKS = 200; // at a word before it is worth to sleep
const PATIENCE = LOOKS + 1000; // looks, with sleeps of a tenth of a millisecond, until a CPU counts as not answering

/** Requests between the CPUs of one machine. */
export class Smp implements TlbShootdown {
	/** Each CPU is a thread of its own, and this one is the CPU that has the turn. */
	readonly threaded: boolean;

	/** `stopWords[stopLockAt]` is the lock that whoever stops the others takes. */
	constructor(
		private readonly machine: Machine,
		private readonly allocator: PageAllocator,
		private readonly stopWords: Int32Array,
		private readonly stopLockAt: number,
	) {
		this.threaded = machine.locks.shared;
	}

	/** This thread is its CPU from now on: others must ask it. Nothing to do for a thread that gives turns. */
	sit(): void {
		this.setSeated(1);
	}

	/** This thread is no CPU any more; what was asked is done before. */
	leave(): void {
		this.setSeated(0);
	}

	/** Does what other CPUs ask of this one. A thread that is a CPU calls it between its operations. */
	poll(): void {
		this.answer(true);
	}

	// --- translations

	flushPage(asid: number, va: VirtAddr): void {
		this.flushRange(asid, va, asVirt(va + PAGE_SIZE));
	}

	flushRange(asid: number, start: VirtAddr, end: VirtAddr): void {
		this.flushEverywhere(FLUSH_RANGE, asid, start, end);
	}

	flushSpace(asid: number): void {
		this.flushEverywhere(FLUSH_SPACE, asid, asVirt(0), asVirt(0));
	}

	// --- page lists

	/** Makes the other CPUs give back what waits on their page lists; those that do not answer keep it (drain_all_pages). */
	drainOthers(): void {
		if (!this.threaded) this.allocator.drainAll();
		else
			for (const cpu of this.others()) if (this.hasPages(cpu)) this.drain(cpu);
	}

	// --- standing still

	/** Runs `work` while all other CPUs stand still. False, with nothing done, when one of them does not answer (J3). */
	stopOthers(work: () => void): boolean {
		if (!this.threaded) {
			work();
			return true;
		}
		if (!this.lockPatiently(this.stopWords, this.stopLockAt)) return false;
		const stopped: Cpu[] = [];
		const others = this.others();
		while (stopped.length < others.length) {
			const next = others[stopped.length] as Cpu;
			if (!this.stop(next)) break;
			stopped.push(next);
		}
		const all = stopped.length === others.length;
		if (all) work();
		for (const cpu of stopped) this.letGo(cpu);
		this.machine.locks.unlock(this.stopWords, this.stopLockAt);
		return all;
	}

	// --- private

	private others(): Cpu[] {
		const { turn } = this.machine;
		return turn.cpus.filter((cpu) => cpu.online && cpu !== turn.cpu);
	}

	private hasPages(cpu: Cpu): boolean {
		return this.allocator.zones.some(({ pcp }) => pcp.state(cpu.id).count > 0);
	}

	private drain(cpu: Cpu): void {
		const { locks } = this.machine;
		const box = cpu.mailbox;
		if (!this.lockPatiently(box, LOCK)) return;
		if (locks.load(box, SEATED) === 0)
			for (const { pcp } of this.allocator.zones) pcp.drain(cpu.id);
		else {
			locks.store(box, REQUEST, DRAIN);
			if (!this.await(box, 0)) locks.swap(box, REQUEST, DRAIN, 0);
		}
		locks.unlock(box, LOCK);
	}

	private setSeated(seated: number): void {
		if (!this.threaded) return;
		const { locks, turn } = this.machine;
		const box = turn.cpu.mailbox;
		while (!this.lockPatiently(box, LOCK));
		locks.store(box, SEATED, seated);
		locks.unlock(box, LOCK);
	}

	private flushEverywhere(
		kind: number,
		asid: number,
		start: VirtAddr,
		end: VirtAddr,
	): void {
		const { turn, tlbs } = this.machine;
		turn.cpu.charge(flush(tlbs[turn.cpu.id] as Tlb, kind, asid, start, end));
		for (const cpu of this.others()) {
			if (this.threaded) this.ask(cpu, kind, asid, start, end);
			else this.flushFor(cpu, kind, asid, start, end);
		}
	}

	/** Flushes in another CPU's place. It is interrupted only if the address space is loaded there. */
	private flushFor(
		cpu: Cpu,
		kind: number,
		asid: number,
		start: VirtAddr,
		end: VirtAddr,
	): void {
		const tlb = this.machine.tlbs[cpu.id] as Tlb;
		const cost = flush(tlb, kind, asid, start, end);
		if (cpu.asid !== asid) return;
		this.machine.turn.cpu.charge(COST_IPI);
		cpu.chargeSystem(cost);
	}

	/** Sends a request and waits for the answer (J1, J2). */
	private ask(
		cpu: Cpu,
		kind: number,
		asid: number,
		start: VirtAddr,
		end: VirtAddr,
	): void {
		const { locks } = this.machine;
		const box = cpu.mailbox;
		while (!this.lockPatiently(box, LOCK));
		if (locks.load(box, SEATED) === 0)
			flush(this.machine.tlbs[cpu.id] as Tlb, kind, asid, start, end);
		else {
			box[ASID] = asid;
			writeLong(box, FIRST, start);
			writeLong(box, LAST, end);
			locks.store(box, REQUEST, kind);
			while (!this.await(box, 0));
			this.machine.turn.cpu.charge(COST_IPI);
		}
		locks.unlock(box, LOCK);
	}

	/** Does one request of this CPU's mailbox. */
	private serve(box: Int32Array, request: number): void {
		const { locks, turn, tlbs } = this.machine;
		if (request === STOP) {
			if (!locks.swap(box, REQUEST, STOP, STOPPED)) return; // taken back
			while (locks.load(box, REQUEST) === STOPPED)
				locks.pause(box, REQUEST, STOPPED);
			return;
		}
		if (request === DRAIN) {
			this.allocator.drainLocal();
			locks.swap(box, REQUEST, DRAIN, 0); // or it was taken back
			return;
		}
		const asid = box[ASID] as number;
		const start = asVirt(readLong(box, FIRST));
		const end = asVirt(readLong(box, LAST));
		const cpu = turn.cpu;
		cpu.chargeSystem(
			flush(tlbs[cpu.id] as Tlb, request, asid, start, end) + COST_IPI,
		);
		locks.store(box, REQUEST, 0);
	}

	/** Makes a CPU stand still; its mailbox stays locked until `letGo`. False when it does not answer. */
	private stop(cpu: Cpu): boolean {
		const { locks } = this.machine;
		const box = cpu.mailbox;
		if (!this.lockPatiently(box, LOCK)) return false;
		if (locks.load(box, SEATED) === 0) return true;
		locks.store(box, REQUEST, STOP);
		if (this.await(box, STOPPED)) return true;
		if (!locks.swap(box, REQUEST, STOP, 0)) return true; // in the last moment
		locks.unlock(box, LOCK);
		return false;
	}

	private letGo(cpu: Cpu): void {
		const { locks } = this.machine;
		locks.store(cpu.mailbox, REQUEST, 0);
		locks.unlock(cpu.mailbox, LOCK);
	}

	private answer(mayStop: boolean): void {
		const box = this.machine.turn.cpu.mailbox;
		const request = this.machine.locks.load(box, REQUEST);
		if (request !== 0 && (mayStop || request !== STOP))
			this.serve(box, request);
	}

	/** Answers others until a mailbox's request word is `answer`; false when that takes too long. */
	private await(box: Int32Array, answer: number): boolean {
		const { locks } = this.machine;
		for (let looks = 0; looks < PATIENCE; looks++) {
			const request = locks.load(box, REQUEST);
			if (request === answer) return true;
			this.answer(false); // J5
			if (looks >= LOOKS) locks.pause(box, REQUEST, request);
		}
		return false;
	}

	/** Takes a lock while answering others; false when it is held for too long. */
	private lockPatiently(words: Int32Array, at: number): boolean {
		const { locks } = this.machine;
		for (let looks = 0; looks < PATIENCE; looks++) {
			if (locks.tryLock(words, at)) return true;
			this.poll();
			if (looks >= LOOKS) locks.pause(words, at, locks.load(words, at));
		}
		return false;
	}
}

/** Flushes one TLB; returns the cycles that it takes. */
function flush(
	tlb: Tlb,
	kind: number,
	asid: number,
	start: VirtAddr,
	end: VirtAddr,
): number {
	if (kind === FLUSH_SPACE) {
		tlb.flushSpace(asid);
		return COST_TLB_FLUSH;
	}
	const pages = tlb.flushRange(asid, start, end);
	return pages < 0 ? COST_TLB_FLUSH : pages * COST_TLB_FLUSH_PAGE;
}
