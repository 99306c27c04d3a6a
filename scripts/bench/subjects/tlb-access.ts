// Reading words through the MMU of a CPU: every access a hit of its TLB, or every access a miss that walks four levels.

import { Cpu } from "../../../hw/cpu";
import { TurnLocks } from "../../../hw/lock";
import { Mmu } from "../../../hw/mmu";
import { Tlb } from "../../../hw/tlb";
import { asPfn, PAGE_SIZE } from "../../../hw/units";
import { mappedMemory, ROOT, reading } from "./mapped-pages";
import { type Subject, serve } from "./subject";

const MACHINE_BYTES = 64 * 1024; // registers, then the TLB

/** Reads `accesses` words a round; `kind` is hit or miss. */
export function tlbAccess(kind = "", accesses = ""): Subject {
	const memory = mappedMemory(MACHINE_BYTES);
	const { buffer, bytes, words } = memory;
	const cpu = new Cpu(buffer, bytes, 0);
	const tlb = new Tlb(buffer, bytes + PAGE_SIZE);
	const mmu = new Mmu(memory, cpu, tlb, new TurnLocks());
	cpu.powerOn();
	cpu.setRoot(asPfn(ROOT), 1);
	return reading(mmu, tlb, words, kind, accesses);
}

if (require.main === module) void serve(tlbAccess);
