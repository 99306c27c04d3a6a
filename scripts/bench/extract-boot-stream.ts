// Makes boot-stream.bin.gz: the kmalloc and kfree calls of a recorded boot as an op stream.
//
//   node -r ts-node/register scripts/bench/extract-boot-stream.ts TRACE.txt.gz
//
// Calls are matched by pointer. Frees of NULL and of objects older than the trace are dropped. An address that is handed
// out while it is live was freed on a path that is not traced (bulk frees), so its free is put before that allocation.
// What is live at the end is freed in the order in which it was allocated.

import { readFileSync, writeFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { benchFile } from "./files";
import { packOps } from "./streams";

const ALLOC = / kmalloc: .* ptr=(\w+) bytes_req=(\d+) /;
const FREE = / kfree: .* ptr=(\w+)/;
const HIGHEST_SPECIAL = 16n; // NULL, and the address that stands for an object of no bytes

/** Follows pointers through the trace and numbers the allocations. */
class Matcher {
	private readonly ops: number[] = [];
	private readonly live = new Map<string, number>();
	private count = 0;

	line(text: string): void {
		const alloc = ALLOC.exec(text);
		if (alloc) this.alloc(alloc[1] as string, Number(alloc[2]));
		const free = FREE.exec(text);
		if (free) this.free(free[1] as string);
	}

	/** The ops, with frees of all that is live. */
	done(): number[] {
		for (const pointer of [...this.live.keys()]) this.free(pointer);
		return this.ops;
	}

	private alloc(pointer: string, bytes: number): void {
		if (BigInt(`0x${pointer}`) <= HIGHEST_SPECIAL) return;
		this.free(pointer);
		this.live.set(pointer, this.count++);
		this.ops.push(bytes);
	}

	private free(pointer: string): void {
		const number = this.live.get(pointer);
		if (number === undefined) return;
		this.live.delete(pointer);
		this.ops.push(number - this.count);
	}
}

/** Ops of a recorded boot from the text of its trace. */
export function bootOps(trace: string): number[] {
	const matcher = new Matcher();
	for (const line of trace.split("\n")) matcher.line(line);
	return matcher.done();
}

function extract(path: string): void {
	const ops = bootOps(gunzipSync(readFileSync(path)).toString());
	const packed = gzipSync(packOps(ops), { level: 9 });
	writeFileSync(benchFile("boot-stream.bin.gz"), packed);
	console.error(`${ops.length} ops, ${packed.length} bytes`);
}

if (require.main === module) extract(process.argv[2] ?? "");
