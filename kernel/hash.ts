// A hash of the whole state, to tell whether two machines are the same.
//
//   for each block of frames   free: who it is            in use: who it is, and every word in it
//   behind the RAM             registers, TLBs, call tree, machine page: every word
//
// What lies in free memory does not count, nor do the page records of frames inside blocks, which say nothing. Two lanes of
// 32 bits are mixed word by word; this is made to notice differences, not to resist anybody.

import { asPfn, asPhys, PAGE_WORDS, physOf } from "../hw/units";
import { PAGE_RECORD_BYTES } from "../mm/page";
import { eachBlock, type FrameUse, PAGE_RECORDS } from "./frames";
import type { KernelParts } from "./parts";

const RECORD_WORDS = PAGE_RECORD_BYTES / 4;

/** Two lanes that take in words. */
class Mixer {
	private first = 0x811c9dc5 | 0;
	private second = 0x9747b28c | 0;

	words(words: Int32Array, start: number, end: number): void {
		let a = this.first;
		let b = this.second;
		for (let at = start; at < end; at++) {
			const word = words[at] as number;
			a = Math.imul(a ^ word, 0x01000193);
			b = Math.imul(b ^ word, 0x85ebca6b);
			b ^= b >>> 15;
		}
		this.first = a;
		this.second = b;
	}

	/** 16 hexadecimal digits. */
	digits(): string {
		const hex = (lane: number): string =>
			(lane >>> 0).toString(16).padStart(8, "0");
		return hex(this.first) + hex(this.second);
	}
}

/** 16 hexadecimal digits. */
export function hashState(parts: KernelParts): string {
	const { machine, mm } = parts;
	const mixer = new Mixer();
	for (const cpu of machine.cpus) cpu.readMeters(); // when a clock was last looked at is no difference
	eachBlock(parts, (start, count, use, owner) => {
		if (mm.pages.has(start)) {
			const at = mm.pages.at(asPfn(start));
			mixer.words(mm.pages.words, at, at + RECORD_WORDS);
		}
		if (!countsInside(use) || owner === PAGE_RECORDS) return;
		for (let frame = start; frame < start + count; frame++)
			mixFrame(parts, mixer, frame);
	});
	const area = machine.memory.bytes;
	const hardware = new Int32Array(machine.buffer, area);
	mixer.words(hardware, 0, hardware.length);
	return mixer.digits();
}

const countsInside = (use: FrameUse): boolean =>
	use !== "free" && use !== "pcp" && use !== "hole" && use !== "firmware";

function mixFrame(parts: KernelParts, mixer: Mixer, frame: number): void {
	const address = physOf(asPfn(frame));
	const bank = parts.machine.memory.bank(asPhys(address));
	const start = address >>> 2; // of the low 32 bits: the index inside the bank
	mixer.words(bank, start, start + PAGE_WORDS);
}
